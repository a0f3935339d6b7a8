"""What a window waits for: windows of its job's inputs that are not done yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.jobs.due import MAX_LENGTH, first_start
from attrigraph.jobs.windows import Window, windows_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from attrigraph.jobs.schedule import Entry, Schedule

WAITING: Final = ("due", "running", "failed")
"""States of windows whose work others wait for."""


@dataclass(frozen=True, slots=True)
class WindowState:
    """A window as its row has it.

    Attributes:
        window: the period.
        state: of the row.
        due_at: when it became due.
    """

    window: Window
    state: str
    due_at: datetime


def waits_for(
    entry: Entry,
    one: WindowState,
    rows: Mapping[str, Sequence[WindowState]],
    schedule: Schedule,
    since: Mapping[str, datetime],
) -> str | None:
    """Why a window cannot begin yet; None if it can.

    A window waits for the windows of each input that end within it. Of jobs without a window, it
    waits for what was due no later, and for the latest if that failed. What was skipped holds
    nothing up; what failed holds up the windows that depend on it until it is run again.

    Args:
        entry: of the window's job.
        one: the window.
        rows: windows that have a row, by job.
        schedule: all jobs; an input that is not in it holds nothing up.
        since: when each job was scheduled first.
    """
    for name in entry.inputs:
        if name in schedule:
            found = _open_input(schedule[name], one, rows.get(name, ()), since[name])
            if found is not None:
                return f"it waits for {name} {found}"
    return None


def _open_input(
    source: Entry, one: WindowState, rows: Sequence[WindowState], since: datetime
) -> str | None:
    if source.job.window is None or one.window.start == one.window.end:
        return _open_before(rows, one.due_at)
    # no window that ends within this one begins earlier
    begin = max(first_start(source, since), one.window.start - MAX_LENGTH)
    for needed in windows_from(source.job.window, source.zone, begin, one.window.end):
        if needed.end <= one.window.start:
            continue
        near = [
            row for row in rows if row.window.start < needed.end and row.window.end > needed.start
        ]
        if not near:
            return f"{needed.start.isoformat()}, which is not due yet"
        for row in near:
            if row.state in WAITING:
                return f"{row.window.start.isoformat()}, which is {row.state}"
    return None


def _open_before(rows: Sequence[WindowState], due_at: datetime) -> str | None:
    before = sorted(
        (row for row in rows if row.due_at <= due_at), key=lambda row: (row.due_at, row.window)
    )
    for row in before:
        if row.state in ("due", "running"):
            return f"{row.window.start.isoformat()}, which is {row.state}"
    if before and before[-1].state == "failed":
        return f"{before[-1].window.start.isoformat()}, which is failed"
    return None
