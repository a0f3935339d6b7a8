"""Phases in the market: intent that comes and goes, seen in the touches that follow it.

Each customer is in the market or not, a Markov chain over days (a hidden Markov model; Baum et al.
1970; Netzer, Lattin & Srinivasan 2008 for customers). While in the market, channels that follow
intent touch the customer more often:

    P(enter) = entry, P(leave) = leave per day
    touches of channel c on a day  ~  Poisson(expected_c * off_c), in the market (expected_c * on_c)

The probability of being in the market at a person-day, given *earlier* touches alone (the forward
algorithm), is a condition of the hazard, ``log(1 + (r - 1) P)``: the log of a hazard that is r
times as high in the market. Rates and chain are estimated by expectation maximisation from touches
before the first conversion, without conversions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, logit

from attrigraph.attribution.incremental.adstock import pair_all_touches
from attrigraph.attribution.incremental.daily_touches import (
    DailyTouches,
    TouchRates,
    day_of,
    touch_rates,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays
    from attrigraph.attribution.incremental.touch_calendar import TouchCalendar

STEPS: Final = 80
"""Maximum number of steps of expectation maximisation."""

MIN_GAIN: Final = 0.05
"""Gain of the log-likelihood per step at convergence."""

MEAN_DAYS: Final = (1.5, 14.0)
"""Minimum and maximum mean length of a phase; what lasts longer is lasting intent."""

SHARE: Final = (0.002, 0.4)
"""Minimum and maximum share of time in the market."""

MIN_Z: Final = 4.0
"""Minimum z-score over customers of the log-likelihood that phases gain."""

MIN_RATIO: Final = 2.0
"""Touches in the market over those outside of it from which a channel that stops after purchases
follows the phases. Channels that followed none had up to 1.3, those that did 5 and more."""

MIN_DAYS: Final = 4.0
"""Mean length of a phase from which such a channel follows them. Touches that others trigger come
in bursts of 2 to 3 days, and phases in the market of a week were estimated at 6 to 7.5."""

HAZARD_RATIO: Final = 11.0
"""Ratio of hazards in the form of the condition; its effect, a power of the form, is estimated."""

MAX_CUSTOMERS: Final = 20_000
"""Maximum number of customers for the fit of the chain."""

CELLS_AT_ONCE: Final = 5_000_000
"""Channels times days times customers that are expanded at once."""

MAX_EVIDENCE: Final = 30.0
"""Limit of the log-likelihood ratio of one day."""


@dataclass(frozen=True, slots=True, eq=False)
class MarketPhases:
    """A fitted chain.

    Attributes:
        rates: expected touches of the channels that follow the phases.
        entry: probability per day to enter the market.
        leave: probability per day to leave it.
        off: float64 ``[channels]``, touches out of the market, relative to the expected ones.
        on: float64 ``[channels]``, in the market.
    """

    rates: TouchRates
    entry: float
    leave: float
    off: NDArray[np.float64]
    on: NDArray[np.float64]

    @property
    def channels(self) -> NDArray[np.int64]:
        """The channels whose touches show the phases."""
        return self.rates.channels

    def column(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        """The condition ``[m]`` of the hazard."""
        probability = self.probability(histories, person_days)
        return np.asarray(np.log1p((HAZARD_RATIO - 1) * probability))

    def probability(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        """Probability ``[m]`` of being in the market, given earlier touches.

        Touches in the purchase window do not count, as they may be part of the purchase.
        """
        odds = np.empty(len(person_days))
        customers, place = np.unique(person_days.customer, return_inverse=True)
        order = np.argsort(place, kind="stable")
        days = len(self.rates.calendar.edges) - 1
        step = max(CELLS_AT_ONCE // (days * len(self.channels)), 1)
        for start in range(0, len(customers), step):
            some = customers[start : start + step]
            first, last = np.searchsorted(place[order], [start, start + len(some)])
            rows = order[first:last]
            odds[rows] = self._until(histories, some, person_days.take(rows), place[rows] - start)
        return expit(odds + self._of_the_day(histories, person_days))

    def _until(
        self,
        histories: Histories,
        customers: NDArray[np.int64],
        person_days: PersonDays,
        place: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Log odds ``[m]`` from the touches of earlier days and the rates of the day so far."""
        edges = self.rates.calendar.edges
        day = day_of(self.rates.calendar, person_days.time)
        touches = self.rates.daily(histories, customers)
        probability, _ = forward(self, evidence_of(self, touches))
        passed = np.clip((person_days.time - edges[day]) / np.diff(edges)[day], 0.0, 1.0)
        expected = touches.expected[:, day, place]
        return np.asarray(
            logit(probability[day, place]) - passed * ((self.on - self.off) @ expected)
        )

    def _of_the_day(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        """Log odds ``[m]`` that the day's earlier touches add."""
        evidence = np.zeros(len(histories.keys))
        evidence[self.channels] = np.log(self.on / self.off)
        day = day_of(self.rates.calendar, person_days.time)
        pairs = pair_all_touches(histories, person_days)
        touched = day_of(self.rates.calendar, person_days.time[pairs.row] - pairs.age)
        weight = evidence[pairs.key] * (touched == day[pairs.row])
        return np.bincount(pairs.row, weight, len(person_days)).astype(np.float64)


def find_phases(
    histories: Histories,
    channels: NDArray[np.int64],
    expected: NDArray[np.float64],
    calendar: TouchCalendar,
    rng: np.random.Generator,
) -> MarketPhases | None:
    """Phases that channels follow, from the touches before the first conversion; None if none.

    Args:
        histories: the population; large ones are sampled.
        channels: int64 ``[channels]``; none has no phases.
        expected: float64 ``[customers, keys]``, touches per day predicted by covariates.
        calendar: how often each channel touches people over the calendar.
        rng: chooses the customers.
    """
    if not len(channels) or not expected[:, channels].any(axis=0).all():
        return None
    size = min(histories.customers, CELLS_AT_ONCE // (len(calendar.edges) * len(channels)) + 1)
    size = min(size, MAX_CUSTOMERS)
    customers = np.sort(rng.choice(histories.customers, size, replace=False))
    rates = touch_rates(histories, channels, expected, calendar, customers)
    end = histories.until_first_conversion[customers]
    day = np.where(end < histories.days, day_of(calendar, end), len(calendar.edges))
    return fit_phases(rates, rates.daily(histories, customers).before(day))


def find_phases_among(
    histories: Histories,
    follows: NDArray[np.bool_],
    stops: NDArray[np.bool_],
    expected: NDArray[np.float64],
    calendar: TouchCalendar,
    rng: np.random.Generator,
) -> MarketPhases | None:
    """Phases of channels that follow them, and of those that may.

    Args:
        histories: the population.
        follows: bool ``[keys]``, channels whose future touches predict conversions.
        stops: bool ``[keys]``, channels whose future touches show nothing, or too little.
        expected: see ``find_phases``.
        calendar: see ``find_phases``.
        rng: chooses the customers.
    """
    among = np.flatnonzero(follows | stops)
    phases = find_phases(histories, among, expected, calendar, rng)
    follows = follows.copy()
    if phases is not None and phases.leave <= 1 / MIN_DAYS:
        follows[among] |= phases.on > MIN_RATIO * phases.off
    kept = among[follows[among]]
    if len(kept) == len(among):
        return phases
    return find_phases(histories, kept, expected, calendar, rng)


def fit_phases(rates: TouchRates, touches: DailyTouches) -> MarketPhases | None:
    """Estimate the chain; None if touches do not show phases significantly."""
    flat = touches.count.sum(axis=(1, 2)) / np.maximum(touches.expected.sum(axis=(1, 2)), 1e-9)
    flat = np.maximum(flat, 1e-9)
    phases = MarketPhases(rates, 0.01, 0.2, 0.9 * flat, 3.0 * flat)
    likelihood, previous = np.zeros(1), -np.inf
    for _ in range(STEPS):
        phases, likelihood = _maximised(phases, touches)
        if likelihood.sum() - previous < MIN_GAIN:
            break
        previous = float(likelihood.sum())
    gain = likelihood - _likelihood(flat, touches)
    error = np.sqrt(((gain - gain.mean()) ** 2).sum())
    return phases if gain.sum() > MIN_Z * error else None


def evidence_of(phases: MarketPhases, touches: DailyTouches) -> NDArray[np.float64]:
    """Log-likelihood ratio ``[days, customers]`` of each day's touches, in the market over not."""
    ratio = np.tensordot(np.log(phases.on / phases.off), touches.count, axes=1)
    ratio -= np.tensordot(phases.on - phases.off, touches.expected, axes=1)
    return np.asarray(np.clip(ratio, -MAX_EVIDENCE, MAX_EVIDENCE))


def forward(
    phases: MarketPhases, evidence: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability in the market on each day given the days before, and log-likelihoods.

    Args:
        phases: the chain.
        evidence: float64 ``[days, customers]``, see ``evidence_of``.

    Returns:
        ``[days, customers]``, and the log-likelihood ``[customers]`` relative to never being in
        the market.
    """
    days, customers = evidence.shape
    now = np.full(customers, phases.entry / (phases.entry + phases.leave))
    probability, likelihood = np.empty((days, customers)), np.zeros(customers)
    for day in range(days):
        probability[day] = now
        weight = now * np.exp(evidence[day])
        total = weight + 1 - now
        likelihood += np.log(total)
        now = phases.entry + (1 - phases.entry - phases.leave) * weight / total
    return probability, likelihood


def backward(phases: MarketPhases, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Likelihood ratio ``[days, customers]`` of all later days, in the market on the day or not."""
    ratio = np.ones(evidence.shape)
    for day in range(len(evidence) - 2, -1, -1):
        later = np.exp(evidence[day + 1]) * ratio[day + 1]
        stays = phases.leave + (1 - phases.leave) * later
        ratio[day] = np.clip(stays / (1 - phases.entry + phases.entry * later), 1e-9, 1e9)
    return ratio


def _maximised(
    phases: MarketPhases, touches: DailyTouches
) -> tuple[MarketPhases, NDArray[np.float64]]:
    """One step of expectation maximisation, and the log-likelihoods before it."""
    evidence = evidence_of(phases, touches)
    probability, likelihood = forward(phases, evidence)
    later = backward(phases, evidence)
    filtered = expit(logit(probability) + evidence)
    smoothed = expit(logit(probability) + evidence + np.log(later))
    entry, leave = _transitions(phases, filtered[:-1], (np.exp(evidence) * later)[1:])
    on = _ratio(smoothed, touches)
    off = _ratio(1 - smoothed, touches)
    step = MarketPhases(phases.rates, entry, leave, off, on)
    return step, likelihood + _likelihood(phases.off, touches)


def _transitions(
    phases: MarketPhases, filtered: NDArray[np.float64], later: NDArray[np.float64]
) -> tuple[float, float]:
    """Estimated probabilities to enter and to leave, within their limits."""
    stays = filtered * (1 - phases.leave) * later
    leaves = filtered * phases.leave
    enters = (1 - filtered) * phases.entry * later
    out = (1 - filtered) * (1 - phases.entry)
    total = stays + leaves + enters + out
    in_market, off_market = ((stays + leaves) / total).sum(), ((enters + out) / total).sum()
    leave = np.clip((leaves / total).sum() / in_market, 1 / MEAN_DAYS[1], 1 / MEAN_DAYS[0])
    entry = (enters / total).sum() / off_market
    share = np.clip(entry / (entry + leave), *SHARE)
    return float(leave * share / (1 - share)), float(leave)


def _ratio(weight: NDArray[np.float64], touches: DailyTouches) -> NDArray[np.float64]:
    """Touches over expected ones ``[channels]``, with one more of both."""
    count = (touches.count * weight).sum(axis=(1, 2)) + 1.0
    return np.asarray(count / ((touches.expected * weight).sum(axis=(1, 2)) + 1.0))


def _likelihood(rate: NDArray[np.float64], touches: DailyTouches) -> NDArray[np.float64]:
    """Log-likelihood ``[customers]`` of one rate relative to expected touches, but a constant."""
    log_rate = np.tensordot(np.log(rate), touches.count.sum(axis=1), axes=1)
    return np.asarray(log_rate - np.tensordot(rate, touches.expected.sum(axis=1), axes=1))
