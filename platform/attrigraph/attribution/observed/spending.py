"""What is known of spend: the costs of channels and campaigns, and the spend of experiments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.costs import cost_by_entity
from attrigraph.domain.event_span import time_span
from attrigraph.domain.zones import day_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, tzinfo

    from attrigraph.attribution.observed.costs import EntityCost
    from attrigraph.domain import EventTable, Level

TESTED_LEVELS: Final[tuple[Level, ...]] = ("channel", "campaign")
"""What experiments test."""


@dataclass(frozen=True, slots=True)
class Spending:
    """Amounts in the currency of the answer.

    Attributes:
        costs: of channels and of campaigns over the dates of the data, by name.
        days: number of these dates.
        tested: spend of experiments by id; of the others, what they state.
    """

    costs: Mapping[Level, Mapping[str, EntityCost]]
    days: int
    tested: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def touch_spending(
    events: EventTable, window: tuple[int, int] | None, zone: tzinfo = UTC
) -> Spending | None:
    """The costs of touches alone; None without events that have a time.

    Args:
        events: touches with costs.
        window: start and end (exclusive), epoch milliseconds; None for all events.
        zone: of the dates.
    """
    dates = dates_of(events, window, zone)
    if dates is None:
        return None
    costs = {level: cost_by_entity(events, level, window) for level in TESTED_LEVELS}
    return Spending(costs, (dates[1] - dates[0]).days + 1)


def dates_of(
    events: EventTable, window: tuple[int, int] | None, zone: tzinfo = UTC
) -> tuple[date, date] | None:
    """First and last day of the window, else of the events; None if no event has a time.

    Midnight after the last day is its end, and no day more.
    """
    if window is not None:
        return day_at(window[0], zone), day_at(window[1] - 1, zone)
    span = time_span(events)
    if span is None:
        return None
    return day_at(span[0], zone), day_at(max(span[0], span[1] - 1), zone)
