"""Conditions of a customer at a person-day: what the hazard depends on apart from exposure.

Covariates, past conversions, phases in the market and latent intent. Touches in the purchase window
are no condition: see ``purchase_window``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.adstock import pair_all_touches, pair_touches
from attrigraph.attribution.incremental.intent import Intent, fit_intent
from attrigraph.attribution.incremental.past_conversions import gap_columns, gap_knots
from attrigraph.attribution.incremental.purchase_window import purchase_touches
from attrigraph.attribution.incremental.touch_calendar import TouchCalendar, touch_calendar
from attrigraph.attribution.incremental.triggers import Triggers, fit_triggers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.adstock import TouchPairs
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.market_phases import MarketPhases
    from attrigraph.attribution.incremental.person_days import PersonDays

MIN_CHANNELS = 2
"""Minimum number of channels with touches: latent intent is estimated from their covariance."""

MAX_CUSTOMERS = 60_000
"""Maximum number of customers for the fit of touch rates and triggered touches."""

INTENTS_AT_ONCE = 100_000
"""Person-days whose latent intent is inferred at once; each takes some hundred numbers."""

RIDGE = 1.0
"""Penalty on the effect of exposures, covariates and latent intent: a prior sd of 1 on the logit
scale."""

FOLLOWING_RIDGE = 30.0
"""Penalty on the effect of exposures of channels that follow phases in the market. Earlier touches
alone can hardly separate such an effect from the phases, and the prior expects phases."""

WEAK_RIDGE = 0.01
"""Penalty on the effects of past conversions and phases, which are large."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Columns of a person-day that depend only on earlier events.

    Attributes:
        triggers: touches caused by other touches.
        intent: touch rates given latent intent; None if there are too few channels or their counts
            are uncorrelated.
        expected: float64 ``[customers, keys]``, touches per day predicted by covariates, on the
            average over the calendar.
        calendar: how often each channel touches people over the calendar.
        knots: float64 ``[knots]``, of the time since the last conversion.
        carry_over: share of the effect of touches that a conversion leaves, in [0, 1].
        delayed: whether effects rise before they fall.
        phases: phases in the market; None if no channel is found to follow any.
    """

    triggers: Triggers
    intent: Intent | None
    expected: NDArray[np.float64]
    calendar: TouchCalendar
    knots: NDArray[np.float64]
    carry_over: float = 0.0
    delayed: bool = False
    phases: MarketPhases | None = None

    def pairs(self, histories: Histories, person_days: PersonDays) -> TouchPairs:
        """Person-days with the touches that act on them."""
        return pair_touches(
            histories, person_days, carry_over=self.carry_over, delayed=self.delayed
        )

    def columns(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        """Float64 ``[m, columns]``: covariates, past conversions, phases, intent."""
        columns = [
            histories.covariates[person_days.customer],
            gap_columns(self.knots, person_days),
        ]
        if self.phases is not None:
            columns.append(self.phases.column(histories, person_days)[:, None])
        if self.intent is not None:
            columns.append(self._intents(histories, person_days)[:, None])
        return np.concatenate(columns, axis=1)

    def penalty(self, histories: Histories) -> NDArray[np.float64]:
        """Ridge ``[columns]`` on the effects of the columns."""
        weak = len(self.knots) + int(self.phases is not None)
        sizes = histories.covariates.shape[1], weak, int(self.intent is not None)
        return np.repeat([RIDGE, WEAK_RIDGE, RIDGE], sizes)

    def main_penalty(self) -> NDArray[np.float64]:
        """Ridge ``[keys]`` on the main effects of the channels."""
        ridge = np.full(self.expected.shape[1], RIDGE)
        if self.phases is not None:
            ridge[self.phases.channels] = FOLLOWING_RIDGE
        return ridge

    def _intents(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        """Posterior mean of latent intent ``[m]``, in blocks, which bounds memory."""
        rows = np.arange(len(person_days))
        intents = [
            self._intent(histories, person_days.take(rows[start : start + INTENTS_AT_ONCE]))
            for start in range(0, len(rows), INTENTS_AT_ONCE)
        ]
        return np.concatenate([np.zeros(0), *intents])

    def _intent(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        assert self.intent is not None
        return self.intent.posterior_mean(*self._counts(histories, person_days))

    def loading_gradient(
        self, histories: Histories, person_days: PersonDays
    ) -> NDArray[np.float64]:
        """Derivative ``[m, keys]`` of the column of latent intent in its loadings.

        It is ``[m, 0]`` without latent intent.
        """
        if self.intent is None:
            return np.zeros((len(person_days), 0))
        return self.intent.loading_gradient(*self._counts(histories, person_days))

    def _counts(
        self, histories: Histories, person_days: PersonDays
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Touches until each person-day, and the expected and the triggered ones, ``[m, keys]``."""
        pairs = pair_all_touches(histories, person_days)
        triggered = self.triggers.expected(pairs.row, pairs.key, pairs.age, pairs.rows)
        days = self.calendar.days_until(person_days.time)
        return pairs.counts(), self.expected[person_days.customer] * days, triggered


def learn_conditions(histories: Histories, rng: np.random.Generator) -> Conditions:
    """Fit triggered touches and touch rates; large populations are sampled."""
    sample = histories
    if histories.customers > MAX_CUSTOMERS:
        sample = histories.of_customers(
            np.sort(rng.choice(histories.customers, MAX_CUSTOMERS, replace=False))
        )
    triggers = fit_triggers(sample, rng)
    touched = np.bincount(histories.key, minlength=len(histories.keys)) > 0
    conditions = Conditions(
        triggers,
        None,
        np.zeros((histories.customers, len(histories.keys))),
        touch_calendar(histories),
        gap_knots(histories),
    )
    if touched.sum() < MIN_CHANNELS:
        return conditions
    counts, end, triggered = counts_at_risk(sample, triggers)
    days = conditions.calendar.days_until(end)
    intent = fit_intent(counts, days, sample.covariates, triggered)
    expected = intent.expected(histories.covariates)
    return replace(conditions, intent=intent if intent.is_detected else None, expected=expected)


def counts_at_risk(
    histories: Histories, triggers: Triggers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Touches ``[customers, keys]`` before the first conversion, these days, triggered touches.

    Touches after it are not counted, because converting may change what a customer is shown, nor
    are those at the moment of purchase, which happen because of it.
    """
    end = np.maximum(histories.until_first_conversion, 1e-6)
    at_risk = histories.time <= end[histories.customer]
    at_risk[purchase_touches(histories)] = False
    customer, key = histories.customer[at_risk], histories.key[at_risk]
    shape = (histories.customers, len(histories.keys))
    counts = np.bincount(customer * shape[1] + key, minlength=shape[0] * shape[1]).reshape(shape)
    age = end[customer] - histories.time[at_risk]
    triggered = triggers.expected(customer, key, age, histories.customers)
    return counts.astype(np.float64), end, triggered
