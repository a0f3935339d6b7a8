"""The whole weeks of a period, of one kind of conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.observed.selection import select_events
from attrigraph.attribution.observed.weeks import WEEK_MS, weeks_of

if TYPE_CHECKING:
    from attrigraph.attribution.data import EventData
    from attrigraph.attribution.observed.weeks import Weeks


def whole_weeks(data: EventData, start: int, end: int, *, from_end: bool = False) -> Weeks | None:
    """Count the events of the whole weeks of a period; None if it is shorter than one.

    Args:
        data: whose journey options name the kinds of conversions.
        start: epoch milliseconds of the period.
        end: of its end, excluded.
        from_end: whether the last week ends where the period does; else the first one begins there.
    """
    number = (end - start) // WEEK_MS
    if number < 1:
        return None
    kinds = data.journey_options.conversion_kinds
    events = select_events(data.events, None, kinds).events
    return weeks_of(events, end - number * WEEK_MS if from_end else start, number)
