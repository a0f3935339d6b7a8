"""Person-days as journeys: what the networks of the model ``attention`` read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.exposure import reach
from attrigraph.attribution.incremental.moments import Moments, person_days
from gnn.journeys import JourneyColumns, journey_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.histories import Histories


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


def sample_moments(histories: Histories, rows: int, rng: np.random.Generator) -> Moments:
    """All moments of conversions, and about ``rows`` of the others."""
    days = len(np.unique(np.ceil(histories.converted)))
    return person_days(histories, rng, rate=min(1.0, rows / (histories.customers * days)))


def person_days_of(
    histories: Histories, conditions: Conditions, moments: Moments
) -> PersonDayJourneys:
    """Moments as journeys that end at them; covariates hold the level of each day."""
    pairs = reach(histories, moments)
    count = np.bincount(pairs.row, minlength=len(moments))
    covariates = conditions.columns(histories, moments)
    journeys = journey_columns(
        np.concatenate([[0], np.cumsum(count)]),
        pairs.age,
        pairs.key,
        moments.event,
        covariates=np.column_stack([covariates, _day_level(moments)[moments.day]]),
        user=moments.customer,
        weight=moments.weight,
    )
    return PersonDayJourneys(journeys, pairs.touch)


def _day_level(moments: Moments) -> NDArray[np.float64]:
    """Logit of the conversion rate of each day."""
    events = np.bincount(moments.day, moments.event, moments.days)
    people = np.bincount(moments.day, moments.weight, moments.days)
    return np.asarray(np.log(events / np.maximum(people - events, 1.0)))
