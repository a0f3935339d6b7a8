"""Which windows are owed: derived from the cron line, the calendar and the rows there are.

A window is due from the first tick at or after its end. So every window comes once, however often
the line ticks, and windows that were missed appear when anybody looks again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.jobs.cron import first_tick_from, last_tick, ticks_after
from attrigraph.jobs.windows import Window, is_covered, midnight, windows_from

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from attrigraph.jobs.schedule import Entry

MAX_OWED: Final = 100_000
"""Windows that one job may owe at once."""
MAX_LENGTH: Final = timedelta(days=32)
"""No window is longer."""
SETTLED: Final = ("done", "unchanged")
"""States of windows whose work is done."""


@dataclass(frozen=True, slots=True, order=True)
class Owed:
    """A window that is owed.

    Attributes:
        window: the period.
        due_at: since when, UTC.
        skipped: why it is not run; None where it is.
    """

    window: Window
    due_at: datetime
    skipped: str | None = None


def first_start(entry: Entry, since: datetime) -> datetime:
    """The start of the first window that a job owes.

    Args:
        entry: of the schedule.
        since: when a schedule named the job first. Without a first day in the schedule, the first
            window is the one that is due next after that.
    """
    if entry.start is not None:
        return midnight(entry.start, entry.zone)
    if entry.job.window is None:
        return since + timedelta(microseconds=1)
    due_before = last_tick(entry.cron, entry.zone, since)
    if due_before is None:
        return since
    whole = windows_from(entry.job.window, entry.zone, due_before - 2 * MAX_LENGTH, due_before)
    return max((window.end for window in whole), default=since)


def owed_windows(
    entry: Entry, known: Collection[Window], *, since: datetime, now: datetime
) -> list[Owed]:
    """The windows that are due and that no known window covers, in order.

    Args:
        entry: of the schedule.
        known: windows that have a row.
        since: when a schedule named the job first.
        now: the present.

    Raises:
        InputError: they are more than can be caught up with.
    """
    ordered = sorted(known)
    exact = set(known)
    missing = [
        window
        for window in _calendar(entry, first_start(entry, since), now)
        if window not in exact and not is_covered(window, _near(ordered, window))
    ]
    owed = [Owed(window, first_tick_from(entry.cron, entry.zone, window.end)) for window in missing]
    return _caught_up(entry, owed, now)


def _calendar(entry: Entry, start: datetime, now: datetime) -> list[Window]:
    """All windows from a start whose tick has come."""
    if entry.job.window is None:
        before = start - timedelta(microseconds=1)
        ticks = takewhile(lambda tick: tick <= now, ticks_after(entry.cron, entry.zone, before))
        return _limited(entry, (Window(tick, tick) for tick in ticks))
    tick = last_tick(entry.cron, entry.zone, now)
    if tick is None:
        return []
    return _limited(entry, windows_from(entry.job.window, entry.zone, start, tick))


def _limited(entry: Entry, windows: Iterable[Window]) -> list[Window]:
    found: list[Window] = []
    for window in windows:
        if len(found) == MAX_OWED:
            raise InputError(
                f"the job {entry.job.name!r} owes more than {MAX_OWED:,} windows; give it a later "
                "start in schedule.toml"
            )
        found.append(window)
    return found


def _near(ordered: Sequence[Window], window: Window) -> list[Window]:
    return [other for other in ordered if other.start < window.end and other.end > window.start]


def _caught_up(entry: Entry, owed: list[Owed], now: datetime) -> list[Owed]:
    """Mark what the job does not catch up with."""
    if entry.catch_up == "all":
        return owed
    if entry.catch_up == "latest":
        reason = "a newer window was due, and catch_up is latest"
        return [Owed(one.window, one.due_at, reason) for one in owed[:-1]] + owed[-1:]
    reason = f"it was missed by more than {entry.grace}, and catch_up is skip"
    return [
        Owed(one.window, one.due_at, reason if now - one.due_at > entry.grace else None)
        for one in owed
    ]


def next_due(entry: Entry, now: datetime) -> datetime:
    """When the next tick is, UTC."""
    return next(ticks_after(entry.cron, entry.zone, now))


def find_gaps(states: Iterable[tuple[Window, str]], owed: Iterable[Window]) -> list[Window]:
    """Windows whose work is not done although that of a later one is.

    Args:
        states: windows that have a row, with their states.
        owed: windows that are due and have no row.
    """
    rows = list(states)
    last = max((window.start for window, state in rows if state in SETTLED), default=None)
    if last is None:
        return []
    undone = [window for window, state in rows if state not in SETTLED]
    return sorted(
        window for window in (*undone, *owed) if window.start < last and window.start != window.end
    )
