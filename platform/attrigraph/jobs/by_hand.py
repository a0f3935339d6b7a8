"""Windows that a person names: run now, or made due for workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrigraph.errors import InputError, StoreError
from attrigraph.jobs.dispatch import basis_of, claim_row
from attrigraph.jobs.due import MAX_LENGTH
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.windows import Window, window_of, windows_from, windows_of_days
from attrigraph.store.job_windows import NewWindow, locked_windows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, timedelta

    from sqlalchemy import Engine, Row

    from attrigraph.jobs.dispatch import Claimed
    from attrigraph.jobs.schedule import Entry
    from attrigraph.store.job_windows import LockedWindows


def named_windows(
    entry: Entry, first: date | None, last: date | None, *, now: datetime
) -> list[Window]:
    """The windows that a period names; without one, the latest that has ended.

    Args:
        entry: of the job.
        first: the first day, in the job's zone.
        last: the day after the last.
        now: the present, which the only window of a job without windows is.

    Raises:
        InputError: only one of the days is given, they are no bounds of windows, a window has not
            ended, or the job has no windows.
    """
    kind = entry.job.window
    if (first is None) != (last is None):
        raise InputError("give both --from and --to (excluded), or neither of them")
    if kind is None:
        if first is not None:
            raise InputError(
                f"the job {entry.job.name!r} has no windows; leave out --from and --to"
            )
        return [Window(now, now)]
    if first is None or last is None:
        return list(windows_from(kind, entry.zone, now - 2 * MAX_LENGTH, now))[-1:]
    windows = windows_of_days(kind, entry.zone, first, last)
    if windows and windows[-1].end > now:
        raise InputError(
            f"the {kind} from {windows[-1].start.isoformat()} has not ended; give an earlier --to"
        )
    return windows


def request_windows(engine: Engine, entry: Entry, first: date | None, last: date | None) -> int:
    """Make windows due now, whatever became of them before; how many.

    Those that are running are left alone.

    Args:
        engine: of Postgres.
        entry: of the job.
        first: the first day.
        last: the day after the last.

    Raises:
        InputError: see ``named_windows``.
    """
    with locked_windows(engine) as held:
        held.since([entry.job.name])
        windows = named_windows(entry, first, last, now=held.now)
        rows = _rows(held, entry, windows)
        idle = [row for row in rows if row.state != "running"]
        for row in idle:
            held.request(row.id)
    return len(idle)


def claim_window(
    engine: Engine, entry: Entry, window: Window, *, owner: str, lease: timedelta
) -> Claimed:
    """Take one window now, whatever became of it before and whatever it waits for.

    Args:
        engine: of Postgres.
        entry: of the job.
        window: the period.
        owner: name of the worker.
        lease: how long the window is its own without a heartbeat.

    Raises:
        StoreError: a worker has a window of the job, or a job runs that must be alone.
    """
    with locked_windows(engine) as held:
        held.since([entry.job.name])
        held.take_back_lost()
        for other in held.rows():
            if other.state == "running" and _excludes(entry, other.job):
                raise StoreError(
                    f"the worker {other.owner} runs {other.job} from {other.start.isoformat()}; "
                    "wait until it ends"
                )
        (row,) = _rows(held, entry, [window])
        held.request(row.id)
        (row,) = _rows(held, entry, [window])
        return claim_row(held, entry, row, owner, lease, basis_of(entry, window, held))


def _excludes(entry: Entry, other: str) -> bool:
    """Whether a job cannot begin while another one runs."""
    return other == entry.job.name or entry.job.alone or (other in JOBS and JOBS[other].alone)


def _rows(held: LockedWindows, entry: Entry, windows: Iterable[Window]) -> list[Row[Any]]:
    wanted = set(windows)
    name = entry.job.name
    held.add([NewWindow(name, one.start, one.end, held.now) for one in sorted(wanted)])
    return [row for row in held.rows() if row.job == name and window_of(row) in wanted]
