"""Conversions per customer in a test, with and without each channel, from the fitted hazard.

The population of the model plays the last days of its window over again, as many as the test has.
Its customers at risk at their start are those of the test; touches before them act in both groups.
Who is treated gets the touches of these days, and from who is held out one channel is withheld.

A customer's expected conversions mu are the sum of the fitted hazards. If a conversion ends the
risk, at most one follows, and the variance is m - m^2 with m the mean of mu. If conversions do not
change the rate, they are Poisson given mu, and it is m + Var(mu). Between the two further ones come
at r times the rate of first ones, so that

    variance = m + r E[mu^2] - m^2

In a test that is k times as long as the window, mu and further conversions are k times as many, and
of first conversions there are 1 - (1 - m)^k.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.channel_credit import Stage
from attrigraph.attribution.incremental.game import Coalitions, play
from attrigraph.attribution.incremental.person_days import sample_person_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Response

MAX_ROWS: Final = 400_000
"""Approximate number of person-days that are played; larger populations are sampled."""

BLOCK_ROWS: Final = 100_000
"""Person-days played at once."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Conversions of one customer of a group in the dates of the test.

    Attributes:
        mean: expected conversions.
        variance: of the number of conversions.
    """

    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Arms:
    """The groups of a test of one channel.

    Attributes:
        treated: those who get the channel.
        held_out: those from whom it is withheld.
    """

    treated: Arm
    held_out: Arm

    @property
    def effect(self) -> float:
        """Conversions that the channel causes per treated customer."""
        return self.treated.mean - self.held_out.mean

    def variance_per_customer(self, share: float) -> float:
        """Variance of the measured effect times the number of customers, ``share`` held out."""
        return self.treated.variance / (1 - share) + self.held_out.variance / share


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """The groups of tests of every channel.

    Attributes:
        customers: number of customers who can take part.
        arms: one per key, in the order of the histories.
    """

    customers: int
    arms: tuple[Arms, ...]


def play_test(
    histories: Histories,
    response: Response,
    days: float,
    multiplier: NDArray[np.float64],
    rng: np.random.Generator,
) -> Participants:
    """The groups of tests of some days.

    Args:
        histories: the population that the model was fitted to.
        response: the fitted response.
        days: length of the test, > 0.
        multiplier: float64 ``[keys]``, effect of each channel over that of the model.
        rng: samples customers and times.
    """
    length = min(days, histories.window_days)
    start = histories.days - length
    everyone = _at_risk(histories, start)
    size = max(int(MAX_ROWS // max(np.ceil(length), 1)), 1)
    chosen = np.sort(rng.permutation(everyone)[:size])
    step = max(int(BLOCK_ROWS // max(np.ceil(length), 1)), 1)
    expected = np.concatenate(
        [
            _expected(histories, response, start, chosen[begin : begin + step], rng)
            for begin in range(0, len(chosen), step)
        ]
    )
    with_all, ratio = expected[:, -1:], histories.repeat_ratio
    without = np.maximum(with_all - multiplier * (with_all - expected[:, :-1]), 0.0)
    treated, *held_out = (
        _arm(one, ratio, days / length) for one in np.hstack([with_all, without]).T
    )
    return Participants(len(everyone), tuple(Arms(treated, arm) for arm in held_out))


def _at_risk(histories: Histories, start: float) -> NDArray[np.int64]:
    """Customers who can convert from a day on."""
    everyone = histories.customers_at_risk
    if histories.repeats:
        return everyone
    return everyone[histories.until_first_conversion[everyone] > start]


def _expected(
    histories: Histories,
    response: Response,
    start: float,
    customers: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Expected conversions ``[customers, keys + 1]``: without each channel, and with all."""
    person_days = sample_person_days(histories, rng, among=customers)
    person_days = person_days.take(np.flatnonzero(person_days.time > start))
    keys = len(histories.keys)
    running = np.concatenate([~np.eye(keys, dtype=bool), np.ones((1, keys), dtype=bool)])
    coalitions = Coalitions(running, np.zeros(running.shape), np.arange(keys), exact=False)
    stage = Stage.of(replace(histories, warm_up=start), response, person_days)
    scene = replace(stage.scene, dependence=1 - histories.repeat_ratio)
    share = play(scene, response.effects, coalitions).share
    place = np.searchsorted(customers, person_days.customer)
    columns = [np.bincount(place, column, len(customers)) for column in share.T]
    return np.stack(columns, axis=1).astype(np.float64)


def _arm(expected: NDArray[np.float64], repeat_ratio: float, length: float) -> Arm:
    """The group of customers who are expected to do so, ``length`` times as long."""
    mean = float(expected.mean())
    first = 1 - (1 - min(mean, 1.0)) ** length
    mean = repeat_ratio * length * mean + (1 - repeat_ratio) * first
    second = repeat_ratio * float(((length * expected) ** 2).mean())
    return Arm(mean, max(mean + second - mean**2, 0.0))
