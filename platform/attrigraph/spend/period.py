"""Which days of spend an answer counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from attrigraph.domain.event_span import time_span
from attrigraph.domain.zones import day_at, midnight, zone_or_utc

if TYPE_CHECKING:
    from attrigraph.domain import ClaimDays, EventTable, SpendDays
    from attrigraph.domain.columns import Flags, Rows


@dataclass(frozen=True, slots=True)
class Period:
    """Time of an answer, epoch milliseconds, the end exclusive.

    Attributes:
        start: its start.
        end: its end.
        stated: whether a window states it; else it is from the first to the last event.
        zone: IANA name of the zone in which its days are; None for UTC.
    """

    start: int
    end: int
    stated: bool
    zone: str | None = None

    @property
    def days(self) -> tuple[date, date]:
        """First and last day in the zone."""
        zone = zone_or_utc(self.zone)
        return day_at(self.start, zone), day_at(self.end - 1, zone)


def period_of(
    events: EventTable, window: tuple[int, int] | None, zone: str | None = None
) -> Period | None:
    """The window, else the time from the first to the last event; None without any time.

    ``zone`` is the IANA name of the zone in which its days are stated, None for UTC.
    """
    if window is not None:
        return Period(*window, stated=True, zone=zone)
    span = time_span(events)
    return None if span is None else Period(span[0], span[1] + 1, stated=False, zone=zone)


def day_bounds(spend: SpendDays | ClaimDays) -> tuple[Rows, Rows]:
    """Start and end (exclusive) of each row's day, epoch milliseconds, int64 ``[n]`` each."""
    starts, ends = np.empty(len(spend), np.int64), np.empty(len(spend), np.int64)
    for code in np.unique(spend.zone.codes):
        zone: tzinfo = UTC if code < 0 else ZoneInfo(spend.zone.keys[code])
        rows = np.flatnonzero(spend.zone.codes == code)
        days, place = np.unique(spend.date[rows], return_inverse=True)
        bounds = [(midnight(day, zone), midnight(day + _DAY, zone)) for day in days.astype("O")]
        starts[rows], ends[rows] = np.array(bounds, np.int64)[place].T
    return starts, ends


_DAY = timedelta(days=1)


def days_inside(starts: Rows, ends: Rows, period: Period | None) -> Flags:
    """Which days count, bool ``[n]``; all of them where the data have no times.

    A day counts in a window that holds most of it, and otherwise if an event may lie in it.
    """
    if period is None:
        return np.ones(len(starts), bool)
    if not period.stated:
        return (starts < period.end) & (ends > period.start)
    middle = (starts + ends) // 2
    return (middle >= period.start) & (middle < period.end)
