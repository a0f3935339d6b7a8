"""What is known of each job: its windows by state, what it owes, and when it is due next."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from attrigraph.jobs.due import SETTLED, find_gaps, next_due, owed_windows
from attrigraph.jobs.readiness import WindowState, waits_for
from attrigraph.jobs.windows import Window, window_of
from attrigraph.store import job_windows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine, Row

    from attrigraph.jobs.due import Owed
    from attrigraph.jobs.schedule import Entry, Schedule


ATTEMPTS: Final = 1000
"""The newest attempts, whose times are averaged."""


@dataclass(frozen=True, slots=True)
class DueWindow:
    """A window that is to be run.

    Attributes:
        job: the job's name.
        window: the period.
        due_at: since when.
        failures: attempts that failed.
        not_before: when it is tried next.
        waits_for: which window of an input holds it up; None for none.
    """

    job: str
    window: Window
    due_at: datetime
    failures: int
    not_before: datetime
    waits_for: str | None

    def to_json(self) -> dict[str, Any]:
        """An object of ``attrigraph jobs due --json``."""
        return {
            "job": self.job,
            **self.window.to_json(),
            "due_at": self.due_at.isoformat(),
            "failures": self.failures,
            "not_before": self.not_before.isoformat(),
            "waits_for": self.waits_for,
        }


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What is known of a job.

    Attributes:
        entry: of the schedule.
        paused: whether none of its windows begins.
        rows: its windows that have a row, in the order of their starts.
        owed: windows that are due and have no row yet.
        next_due: when the next tick is.
        due: windows that are to be run, in the order of their starts.
    """

    entry: Entry
    paused: bool
    rows: list[Row[Any]]
    owed: list[Owed]
    next_due: datetime
    due: list[DueWindow] = field(default_factory=list)

    @property
    def last_done(self) -> Window | None:
        """The latest window that is done."""
        return max((window_of(row) for row in self.rows if row.state in SETTLED), default=None)

    @property
    def failed(self) -> list[Window]:
        """Windows whose last retry failed."""
        return [window_of(row) for row in self.rows if row.state == "failed"]

    @property
    def gaps(self) -> list[Window]:
        """Windows that are not done although a later one is."""
        states = [(window_of(row), row.state) for row in self.rows]
        return find_gaps(states, [one.window for one in self.owed])

    @property
    def lease(self) -> dict[str, str] | None:
        """Which worker has which window, and until when; None if nothing runs."""
        for row in self.rows:
            if row.state == "running":
                until = row.lease_until.isoformat()
                return {"owner": row.owner, **window_of(row).to_json(), "until": until}
        return None

    def to_json(self) -> dict[str, Any]:
        """An object of ``attrigraph jobs list --json``."""
        last = self.last_done
        return {
            "name": self.entry.job.name,
            "window": self.entry.job.window,
            "schedule": self.entry.cron,
            "zone": self.entry.zone.key,
            "inputs": list(self.entry.inputs),
            "paused": self.paused,
            "last_done": None if last is None else last.to_json(),
            "next_due": self.next_due.isoformat(),
            "n_due": len(self.due),
            "n_gaps": len(self.gaps),
            "n_failed": len(self.failed),
            "lease": self.lease,
        }


def job_statuses(engine: Engine, schedule: Schedule) -> list[JobStatus]:
    """What is known of each job of a schedule, in its order; changes nothing.

    Args:
        engine: of Postgres.
        schedule: all jobs.

    Raises:
        InputError: a job owes more windows than can be caught up with.
    """
    now, since, paused = job_windows.read_scheduled(engine)
    since = dict.fromkeys(schedule, now) | since
    by_job: dict[str, list[Row[Any]]] = {name: [] for name in schedule}
    for row in job_windows.read_windows(engine):
        by_job.setdefault(row.job, []).append(row)
    statuses = []
    for name, entry in schedule.items():
        known = [window_of(row) for row in by_job[name]]
        owed = owed_windows(entry, known, since=since[name], now=now)
        due_next = next_due(entry, now)
        statuses.append(JobStatus(entry, name in paused, by_job[name], owed, due_next))
    states = {one.entry.job.name: _states(one) for one in statuses}
    for one in statuses:
        one.due.extend(_due(one, states, schedule, since))
    return statuses


def _states(status: JobStatus) -> list[WindowState]:
    return [
        *(WindowState(window_of(row), row.state, row.due_at) for row in status.rows),
        *(
            WindowState(one.window, "due" if one.skipped is None else "skipped", one.due_at)
            for one in status.owed
        ),
    ]


def _due(
    status: JobStatus,
    states: dict[str, list[WindowState]],
    schedule: Schedule,
    since: dict[str, datetime],
) -> list[DueWindow]:
    rows = {window_of(row): row for row in status.rows}
    found = []
    for one in sorted(states[status.entry.job.name], key=lambda state: state.window):
        if one.state != "due":
            continue
        row = rows.get(one.window)
        found.append(
            DueWindow(
                status.entry.job.name,
                one.window,
                one.due_at,
                failures=0 if row is None else row.failures,
                not_before=one.due_at if row is None else row.not_before,
                waits_for=waits_for(status.entry, one, states, schedule, since),
            )
        )
    return found


def mean_seconds(engine: Engine, schedule: Schedule) -> dict[str, float]:
    """Mean seconds of the newest attempts that each job ended; without those that have none."""
    taken: dict[str, list[float]] = {}
    for row in job_windows.read_attempts(engine, job=None, limit=ATTEMPTS):
        if row.status == "done" and row.job in schedule:
            taken.setdefault(row.job, []).append((row.finished - row.started).total_seconds())
    return {name: fmean(seconds) for name, seconds in taken.items()}
