"""Spend on channels: what is known of it, else what experiments spent on them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from attrigraph.attribution.observed.costs import UNKNOWN_COST
from attrigraph.attribution.observed.spending import dates_of, touch_spending
from attrigraph.domain.media_spend import MediaSpend
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from attrigraph.attribution.observed.costs import EntityCost
    from attrigraph.attribution.observed.spending import Spending
    from attrigraph.domain import EventTable, Experiment


def media_spend(
    events: EventTable,
    window: tuple[int, int] | None,
    experiments: Sequence[Experiment] = (),
    *,
    allow_outside: bool = False,
    spending: Spending | None = None,
    zone: tzinfo = UTC,
) -> MediaSpend | None:
    """Spend on each channel over the window; None without events that have a time.

    Where no cost of a channel is known, its experiments stand in: their spend per day, over all
    days of the window.

    Args:
        events: touches with costs.
        window: start and end (exclusive), epoch milliseconds; None for all events.
        experiments: measured lifts, with their spend.
        allow_outside: whether experiments without a day in the window count, too.
        spending: costs of channels and spend of experiments; None for the costs of touches and
            what experiments state.
        zone: of the dates.
    """
    dates = dates_of(events, window, zone)
    spending = spending or touch_spending(events, window, zone)
    if dates is None or spending is None:
        return None
    start, end = dates
    days = (end - start).days + 1
    tests = [one for one in experiments if allow_outside or one.overlaps(start, end)]
    by_channel: dict[str, float] = {}
    notes: dict[str, str] = {}
    for channel in events.touches.channel.keys:
        cost = spending.costs["channel"].get(channel, UNKNOWN_COST)
        daily = _daily([one for one in tests if one.channel == channel], spending)
        if cost.cost:
            by_channel[channel] = cost.cost
            notes |= dict(_notes_of_missing(channel, cost))
        elif daily:
            by_channel[channel] = daily * days
            notes[channel] = f"the spend on {channel} is that of its experiments, per day"
    return MediaSpend(start, end, by_channel, notes)


def _daily(tests: Sequence[Experiment], spending: Spending) -> float:
    """Spend of experiments per day; 0 where it is not known."""
    spent = [(spending.tested.get(one.id, one.spend), one.days) for one in tests]
    known = [(amount, days) for amount, days in spent if amount]
    return sum(amount for amount, _ in known) / max(sum(days for _, days in known), 1)


def _notes_of_missing(channel: str, cost: EntityCost) -> Iterator[tuple[str, str]]:
    if cost.priced < cost.touches:
        touches = counted(cost.touches, "touch")
        yield (
            channel,
            f"the spend on {channel} is the cost of {cost.priced:,.0f} of its {touches}",
        )
