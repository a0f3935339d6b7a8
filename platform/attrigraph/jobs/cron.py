"""Cron lines: five fields, in a zone, with the rules of Debian's cron where clocks change.

A time of day that a clock skips in spring is run right after the skip, and one that comes twice in
autumn is run once. Lines with ``*`` hours or minutes follow the time that passes.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from cronsim import CronSim, CronSimError

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

MARGIN: Final = timedelta(hours=26)
"""Ticks near a change of the clock follow from what came before; no clock is changed by more."""

LOOKBACKS: Final = tuple(timedelta(days=days) for days in (0.05, 1, 8, 32, 370, 1500, 15000))
"""How far back to look for the last tick, one after the other."""


def check_cron(line: str) -> str:
    """Check a cron line.

    Raises:
        InputError: it is none, or names a day that no month has.
    """
    try:
        next(CronSim(line, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        raise InputError(
            "a cron line has minute, hour, day of month, month and day of week, such as "
            f"'30 3 * * *', got {line!r} ({str(error).lower() or 'it never comes'})"
        ) from None
    return line


def ticks_after(line: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The instants after another one at which a line is due, UTC, in order.

    Args:
        line: of cron.
        zone: of its times.
        after: UTC.
    """
    begin = (after - MARGIN).astimezone(zone)
    last = after
    for local in CronSim(line, begin):
        tick = local.astimezone(UTC)
        if tick > last:
            last = tick
            yield tick


def first_tick_from(line: str, zone: ZoneInfo, instant: datetime) -> datetime:
    """The first tick at or after an instant, UTC."""
    return next(ticks_after(line, zone, instant - timedelta(microseconds=1)))


def last_tick(line: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The last tick at or before an instant, UTC; None if there was none in 40 years."""
    for lookback in LOOKBACKS:
        before = takewhile(lambda tick: tick <= now, ticks_after(line, zone, now - lookback))
        newest = deque(before, maxlen=1)
        if newest:
            return newest[0]
    return None
