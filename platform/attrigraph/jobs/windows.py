"""Calendar windows: half-open days, weeks or months of a zone, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from sqlalchemy import Row

WindowKind = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A period of time.

    Attributes:
        start: its first instant, UTC.
        end: the first instant after it, UTC; the start for jobs without a window.
    """

    start: datetime
    end: datetime

    def to_json(self) -> dict[str, str]:
        """Both instants in ISO 8601."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def window_of(row: Row[Any]) -> Window:
    """The window of a row of ``job_window``."""
    return Window(row.start, row.end)


def windows_from(
    kind: WindowKind, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[Window]:
    """All whole windows in a period, in order; each begins where the one before ends.

    A day that a zone leaves out, such as 2011-12-30 in Pacific/Apia, is no window.

    Args:
        kind: length of a window.
        zone: of its days.
        since: no window starts before.
        until: no window ends after.
    """
    day = first_day(kind, since.astimezone(zone).date())
    start = midnight(day, zone)
    while True:
        try:
            day = next_day(kind, day)
            end = midnight(day, zone)
        except (OverflowError, ValueError):  # the calendar ends with the year 9999
            return
        if end > until:
            return
        if since <= start < end:
            yield Window(start, end)
        start = end


def windows_of_days(kind: WindowKind, zone: ZoneInfo, first: date, last: date) -> list[Window]:
    """The windows from a day up to another one.

    Args:
        kind: length of a window.
        zone: of the days.
        first: the first day.
        last: the day after the last.

    Raises:
        InputError: the days are no bounds of windows, or the last is not after the first.
    """
    if last <= first:
        raise InputError(
            f"the end must be after the start and is excluded, got {first} to {last}; for one day "
            "give the next one as the end"
        )
    for day in (first, last):
        if first_day(kind, day) != day:
            raise InputError(
                f"a {kind} cannot start on {day}; the nearest before is {first_day(kind, day)}"
            )
    return list(windows_from(kind, zone, midnight(first, zone), midnight(last, zone)))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day, UTC; where a clock skips midnight, that of the skip."""
    # not that of the domain, which brings NumPy into workers
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def first_day(kind: WindowKind, day: date) -> date:
    """The first day of the window that has a day; weeks begin on Monday."""
    if kind == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if kind == "month" else day


def next_day(kind: WindowKind, day: date) -> date:
    """The first day of the window after the one that starts on a day."""
    if kind == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if kind == "week" else 1)


def is_covered(window: Window, others: Iterable[Window]) -> bool:
    """Whether other windows, in order of their starts, hold every instant of a window.

    A window that is one instant is covered by itself alone.
    """
    if window.start == window.end:
        return any(other == window for other in others)
    reached = window.start
    for other in others:
        if other.start <= reached < other.end:
            reached = other.end
    return reached >= window.end
