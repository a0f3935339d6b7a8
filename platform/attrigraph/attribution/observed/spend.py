"""Spend on channels: the cost of their touches, else what experiments spent on them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from attrigraph.attribution.observed.costs import cost_by_entity
from attrigraph.domain.event_span import time_span
from attrigraph.domain.media_spend import MediaSpend
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrigraph.attribution.observed.costs import EntityCost
    from attrigraph.domain import EventTable, Experiment


def media_spend(
    events: EventTable,
    window: tuple[int, int] | None,
    experiments: Sequence[Experiment] = (),
    *,
    allow_outside: bool = False,
    costs: Mapping[str, float] | None = None,
) -> MediaSpend | None:
    """Spend on each channel over the window; None without events that have a time.

    Where no touch of a channel has a cost, its experiments stand in: their spend per day, over all
    days of the window.

    Args:
        events: touches with costs.
        window: start and end (exclusive), epoch milliseconds; None for all events.
        experiments: measured lifts, with their spend.
        allow_outside: whether experiments without a day in the window count, too.
        costs: costs of channels where spend is known; None for the costs of their touches.
    """
    dates = _dates(events) if window is None else (_day(window[0]), _day(window[1] - 1))
    if dates is None:
        return None
    start, end = dates
    days = (end - start).days + 1
    spent = [
        one
        for one in experiments
        if one.spend and (allow_outside or (one.start <= end and start <= one.end))
    ]
    by_channel: dict[str, float] = {}
    notes: dict[str, str] = {}
    for channel, cost in cost_by_entity(events, "channel", window).items():
        tests = [one for one in spent if one.channel == channel]
        known = cost.cost if costs is None else costs.get(channel)
        if known:
            by_channel[channel] = known
            notes |= _note_of_missing(channel, cost) if known == cost.cost else {}
        elif tests:
            daily = sum(one.spend or 0.0 for one in tests) / sum(one.days for one in tests)
            by_channel[channel] = daily * days
            notes[channel] = f"the spend on {channel} is that of its experiments, per day"
    return MediaSpend(start, end, by_channel, notes)


def _note_of_missing(channel: str, cost: EntityCost) -> dict[str, str]:
    if cost.priced == cost.touches:
        return {}
    touches = counted(cost.touches, "touch")
    return {channel: f"the spend on {channel} is the cost of {cost.priced:,} of its {touches}"}


def _dates(events: EventTable) -> tuple[date, date] | None:
    """First and last day of the events that have a time.

    Midnight after the last day is its end, and no day more.
    """
    span = time_span(events)
    return None if span is None else (_day(span[0]), _day(max(span[0], span[1] - 1)))


def _day(time: int) -> date:
    return datetime.fromtimestamp(time / 1000, UTC).date()
