"""Person-days as journeys: what the networks of the model ``attention`` read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.adstock import pair_touches
from attrigraph.attribution.incremental.person_days import PersonDays, sample_person_days
from gnn.journeys import JourneyColumns, journey_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.histories import Histories

HALF_LIFE: Final = 7.0
"""Half-life in days of touches that are no marketing, in the covariates."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonDayJourneys:
    """Customers at moments, as journeys that end there.

    Attributes:
        journeys: one row per customer and moment; converting ones are in the order of the
            conversions of the histories.
        touch: int64 ``[touches of the journeys]``, row of the touch in the histories.
    """

    journeys: JourneyColumns
    touch: NDArray[np.int64]


def sample_rows(histories: Histories, rows: int, rng: np.random.Generator) -> PersonDays:
    """All moments of conversions, and about ``rows`` of the others."""
    days = len(np.unique(np.ceil(histories.converted)))
    return sample_person_days(histories, rng, rate=min(1.0, rows / (histories.customers * days)))


def person_days_of(
    histories: Histories, conditions: Conditions, person_days: PersonDays
) -> PersonDayJourneys:
    """Moments as journeys that end at them; covariates hold the level of each day.

    Touches of channels that are no marketing describe the customer: they are covariates, as decayed
    sums, and no part of journeys.
    """
    pairs = pair_touches(histories, person_days)
    marketing = np.ones(pairs.keys, dtype=bool)
    if histories.marketing is not None:
        marketing = histories.marketing
    kept = marketing[pairs.key]
    covariates = [
        conditions.columns(histories, person_days),
        np.log1p(pairs.adstock(np.full(pairs.keys, HALF_LIFE))[:, ~marketing]),
        _day_level(person_days)[person_days.day, None],
    ]
    count = np.bincount(pairs.row[kept], minlength=len(person_days))
    journeys = journey_columns(
        np.concatenate([[0], np.cumsum(count)]),
        pairs.age[kept],
        pairs.key[kept],
        person_days.event,
        covariates=np.concatenate(covariates, axis=1),
        user=person_days.customer,
        weight=person_days.weight,
    )
    return PersonDayJourneys(journeys, pairs.touch[kept])


def _day_level(person_days: PersonDays) -> NDArray[np.float64]:
    """Logit of the conversion rate of each day."""
    events = np.bincount(person_days.day, person_days.event, person_days.days)
    people = np.bincount(person_days.day, person_days.weight, person_days.days)
    return np.asarray(np.log(events / np.maximum(people - events, 1.0)))
