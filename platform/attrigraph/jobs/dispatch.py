"""Decides what runs next: adds what is owed, takes back what was lost, and claims what is ready."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from attrigraph.jobs.due import SETTLED, next_due, owed_windows
from attrigraph.jobs.events import JobEvent
from attrigraph.jobs.graph import job_levels
from attrigraph.jobs.readiness import WindowState, waits_for
from attrigraph.jobs.windows import Window, window_of
from attrigraph.store.job_windows import NewWindow, locked_windows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Engine, Row

    from attrigraph.jobs.schedule import Entry, Schedule
    from attrigraph.store.job_windows import Claim, LockedWindows


@dataclass(frozen=True, slots=True)
class Claimed:
    """A window that was taken, and what its attempt needs.

    Attributes:
        entry: of the schedule.
        window: the period.
        claim: with which it is kept and ended.
        failures: attempts of it that failed before.
    """

    entry: Entry
    window: Window
    claim: Claim
    failures: int


@dataclass(slots=True)
class Decision:
    """What was decided.

    Attributes:
        claimed: windows to run now.
        events: what happened to others.
        now: when, by the clock of Postgres.
        next_due: when the next tick of any job is.
    """

    now: datetime
    next_due: datetime | None = None
    claimed: list[Claimed] = field(default_factory=list)
    events: list[JobEvent] = field(default_factory=list)


def dispatch(
    engine: Engine,
    schedule: Schedule,
    *,
    owner: str,
    lease: timedelta,
    slots: int,
    now: datetime | None = None,
) -> Decision:
    """Decide what a worker runs next.

    Args:
        engine: of Postgres.
        schedule: all jobs.
        owner: name of the worker.
        lease: how long a window is its own without a heartbeat.
        slots: number of windows that it can begin.
        now: the present; None for the clock of the server.
    """
    with locked_windows(engine, now=now) as held:
        decision = Decision(held.now)
        decision.next_due = min(
            (next_due(entry, held.now) for entry in schedule.values()), default=None
        )
        since = held.since(schedule)
        _take_back(held, schedule, decision)
        _add_owed(held, schedule, since, decision)
        _claim_ready(_Ready(held, schedule, since, owner, lease), decision, slots)
    return decision


def _take_back(held: LockedWindows, schedule: Schedule, decision: Decision) -> None:
    for row in held.take_back_lost():
        detail = f"its worker {row.owner} gave no sign until {row.lease_until.isoformat()}"
        decision.events.append(_event("lost", row, decision.now, schedule, detail))


def _add_owed(
    held: LockedWindows, schedule: Schedule, since: Mapping[str, datetime], decision: Decision
) -> None:
    by_job = _by_job(held.rows())
    for name, entry in schedule.items():
        rows = by_job.get(name, [])
        known = [window_of(row) for row in rows]
        owed = owed_windows(entry, known, since=since[name], now=held.now)
        held.add([NewWindow(name, o.window.start, o.window.end, o.due_at, o.skipped) for o in owed])
        decision.events.extend(
            JobEvent("skipped", name, one.window, held.now, detail=one.skipped, notify=entry.notify)
            for one in owed
            if one.skipped is not None
        )
        if entry.catch_up == "latest" and owed:
            _skip_older(held, rows, owed[-1].window, entry, decision)


def _skip_older(
    held: LockedWindows, rows: list[Row[Any]], newest: Window, entry: Entry, decision: Decision
) -> None:
    """Skip windows that were not begun when a newer one came."""
    reason = "a newer window was due, and catch_up is latest"
    for row in rows:
        if row.state == "due" and not row.attempts and not row.requested and row.end < newest.end:
            held.skip(row.id, reason)
            decision.events.append(
                _event("skipped", row, held.now, {entry.job.name: entry}, reason)
            )


@dataclass(frozen=True, slots=True)
class _Ready:
    """What claims need."""

    held: LockedWindows
    schedule: Schedule
    since: Mapping[str, datetime]
    owner: str
    lease: timedelta


def _claim_ready(ready: _Ready, decision: Decision, slots: int) -> None:
    """Claim windows until the slots are full or nothing is ready.

    What had nothing to do settles at once, and may make others ready.
    """
    paused = ready.held.paused()
    while True:
        row = _next_ready(ready, paused)
        if row is None:
            return
        entry = ready.schedule[row.job]
        basis = basis_of(entry, window_of(row), ready.held)
        before = None if row.requested else _same_basis(ready.held, row, basis)
        if before is not None:
            ready.held.settle_unchanged(row.id, basis=basis, result=before.result)
            detail = f"its inputs are those of {before.start.isoformat()}"
            decision.events.append(_event("unchanged", row, decision.now, ready.schedule, detail))
            continue
        if len(decision.claimed) >= slots:
            return
        decision.claimed.append(claim_row(ready.held, entry, row, ready.owner, ready.lease, basis))


def claim_row(
    held: LockedWindows, entry: Entry, row: Row[Any], owner: str, lease: timedelta, basis: str
) -> Claimed:
    """Take a window that nobody runs."""
    window = window_of(row)
    claim = held.claim(
        row.id,
        owner=owner,
        lease=lease,
        basis=basis,
        parameters={**window.to_json(), "options": entry.options.model_dump(mode="json")},
        code_version=version("attrigraph"),
    )
    return Claimed(entry, window, claim, row.failures)


def _next_ready(ready: _Ready, paused: set[str]) -> Row[Any] | None:
    """The window that begins next: the one that is due longest, inputs first."""
    rows = ready.held.rows()
    running = [row for row in rows if row.state == "running"]
    if any(_is_alone(row.job, ready.schedule) for row in running):
        return None
    busy = {row.job for row in running}
    levels = job_levels({name: one.inputs for name, one in ready.schedule.items()})
    states = {
        name: [WindowState(window_of(row), row.state, row.due_at) for row in of_job]
        for name, of_job in _by_job(rows).items()
    }
    due = [
        row
        for row in rows
        if row.state == "due"
        and row.not_before <= ready.held.now
        and row.job in ready.schedule
        and row.job not in busy | paused
    ]
    for row in sorted(due, key=lambda row: (row.due_at, levels[row.job], row.start)):
        entry = ready.schedule[row.job]
        one = WindowState(window_of(row), row.state, row.due_at)
        if waits_for(entry, one, states, ready.schedule, ready.since) is not None:
            continue
        # nothing else begins while one waits that must be alone, so that its turn comes
        return None if entry.job.alone and running else row
    return None


def _is_alone(name: str, schedule: Schedule) -> bool:
    return name in schedule and schedule[name].job.alone


def basis_of(entry: Entry, window: Window, held: LockedWindows) -> str:
    """A hash of what a job's result follows from.

    It covers the results of the last windows of its inputs, the end of the last load, options and
    the version of attrigraph; and the window, if the result depends on it or there are no inputs.
    """
    settled = {name: _last_settled(held, name) for name in entry.inputs}
    results = {name: row.result for name, row in settled.items() if row is not None}
    loaded = held.last_load()
    content: dict[str, Any] = {
        "job": entry.job.name,
        "inputs": results,
        "loaded": None if loaded is None else loaded.isoformat(),
        "options": entry.options.model_dump(mode="json"),
        "version": version("attrigraph"),
    }
    if entry.job.of_window or not results:
        content["window"] = window.to_json()
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _same_basis(held: LockedWindows, row: Row[Any], basis: str) -> Row[Any] | None:
    """The window of the job that ended last, if it had the same inputs."""
    last = _last_settled(held, row.job)
    return last if last is not None and last.id != row.id and last.basis == basis else None


def _last_settled(held: LockedWindows, job: str) -> Row[Any] | None:
    """The window of a job that was done last."""
    settled = [row for row in held.rows() if row.job == job and row.state in SETTLED]
    return max(settled, key=lambda row: (row.finished, row.id), default=None)


def _by_job(rows: list[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.job, []).append(row)
    return found


def _event(
    kind: Any, row: Row[Any], now: datetime, schedule: Mapping[str, Entry], detail: str
) -> JobEvent:
    notify = schedule[row.job].notify if row.job in schedule else ()
    return JobEvent(kind, row.job, window_of(row), now, detail=detail, notify=notify)
