"""Conditions of a customer at a person-day: covariates, past conversions, latent intent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.adstock import pair_touches
from attrigraph.attribution.incremental.intent import Intent, fit_intent
from attrigraph.attribution.incremental.triggers import Triggers, fit_triggers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays

MIN_CHANNELS = 2
"""Minimum number of channels with touches: latent intent is estimated from their covariance."""

MAX_CUSTOMERS = 60_000
"""Maximum number of customers for the fit of touch rates and triggered touches."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Columns of a person-day that depend only on earlier events.

    Attributes:
        triggers: touches caused by other touches.
        intent: touch rates given latent intent; None if there are too few channels or their counts
            are uncorrelated.
        expected: float64 ``[customers, keys]``, touches per day predicted by covariates.
    """

    triggers: Triggers
    intent: Intent | None
    expected: NDArray[np.float64]

    def columns(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        """Float64 ``[m, columns]``: covariates, then past conversions, then latent intent."""
        columns = [histories.covariates[person_days.customer]]
        if histories.repeats:
            columns.append(np.log1p(person_days.earlier)[:, None])
        if self.intent is not None:
            columns.append(self._intent(histories, person_days)[:, None])
        return np.concatenate(columns, axis=1)

    def _intent(self, histories: Histories, person_days: PersonDays) -> NDArray[np.float64]:
        assert self.intent is not None
        pairs = pair_touches(histories, person_days, include_earlier=True)
        triggered = self.triggers.expected(pairs.row, pairs.key, pairs.age, pairs.rows)
        expected = self.expected[person_days.customer] * person_days.time[:, None]
        return self.intent.posterior_mean(pairs.counts(), expected, triggered)


def learn_conditions(histories: Histories, rng: np.random.Generator) -> Conditions:
    """Fit triggered touches and touch rates; large populations are sampled."""
    sample = histories
    if histories.customers > MAX_CUSTOMERS:
        sample = histories.of_customers(
            np.sort(rng.choice(histories.customers, MAX_CUSTOMERS, replace=False))
        )
    triggers = fit_triggers(sample, rng)
    touched = np.bincount(histories.key, minlength=len(histories.keys)) > 0
    if touched.sum() < MIN_CHANNELS:
        return Conditions(triggers, None, np.zeros((histories.customers, len(histories.keys))))
    counts, days, triggered = counts_at_risk(sample, triggers)
    intent = fit_intent(counts, days, sample.covariates, triggered)
    expected = intent.expected(histories.covariates)
    return Conditions(triggers, intent if intent.is_detected else None, expected)


def counts_at_risk(
    histories: Histories, triggers: Triggers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Touches ``[customers, keys]`` while at risk, the days at risk, and triggered touches.

    If a conversion ends the risk, touches after it are not counted, because converting may change
    what a customer is shown.
    """
    end = np.full(histories.customers, histories.days)
    if not histories.repeats:
        end[histories.converter] = np.maximum(histories.converted, 1e-6)
    at_risk = histories.time <= end[histories.customer]
    customer, key = histories.customer[at_risk], histories.key[at_risk]
    shape = (histories.customers, len(histories.keys))
    counts = np.bincount(customer * shape[1] + key, minlength=shape[0] * shape[1]).reshape(shape)
    age = end[customer] - histories.time[at_risk]
    triggered = triggers.expected(customer, key, age, histories.customers)
    return counts.astype(np.float64), end, triggered
