"""What held of a customer at a moment: covariates, past conversions, latent intent."""

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
"""One hidden cause shows only where channels vary together."""

CUSTOMERS = 60_000
"""Customers from which touch rates and triggered touches are learnt."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Turns moments into columns that no touch after the moment can change.

    Attributes:
        triggers: touches that other touches cause.
        intent: touch rates that reveal intent; None where there are too few channels for it, or
            their counts do not vary together.
        expected: float64 ``[customers, keys]``, touches a day that covariates let expect.
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
        seen = pair_touches(histories, person_days, whole=True)
        triggered = self.triggers.expected(seen.row, seen.key, seen.age, seen.rows)
        expected = self.expected[person_days.customer] * person_days.time[:, None]
        return self.intent.posterior_mean(seen.counts(), expected, triggered)


def learn_conditions(histories: Histories, rng: np.random.Generator) -> Conditions:
    """Fit triggered touches and touch rates, on a sample of very large populations."""
    some = histories
    if histories.customers > CUSTOMERS:
        some = histories.of_customers(
            np.sort(rng.choice(histories.customers, CUSTOMERS, replace=False))
        )
    triggers = fit_triggers(some, rng)
    touched = np.bincount(histories.key, minlength=len(histories.keys)) > 0
    if touched.sum() < MIN_CHANNELS:
        return Conditions(triggers, None, np.zeros((histories.customers, len(histories.keys))))
    counts, days, caused = counts_at_risk(some, triggers)
    intent = fit_intent(counts, days, some.covariates, caused)
    expected = intent.expected(histories.covariates)
    return Conditions(triggers, intent if intent.found else None, expected)


def counts_at_risk(
    histories: Histories, triggers: Triggers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Touches ``[customers, keys]`` while at risk, the days at risk, and triggered touches.

    Where converting ends the risk, touches from after it are not counted: converting may change
    what a customer is shown.
    """
    end = np.full(histories.customers, histories.days)
    if not histories.repeats:
        end[histories.converter] = np.maximum(histories.converted, 1e-6)
    inside = histories.time <= end[histories.customer]
    customer, key = histories.customer[inside], histories.key[inside]
    shape = (histories.customers, len(histories.keys))
    counts = np.bincount(customer * shape[1] + key, minlength=shape[0] * shape[1]).reshape(shape)
    age = end[customer] - histories.time[inside]
    caused = triggers.expected(customer, key, age, histories.customers)
    return counts.astype(np.float64), end, caused
