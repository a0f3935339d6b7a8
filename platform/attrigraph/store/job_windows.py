"""Windows of jobs in Postgres: who runs which, by leases that the clock of the server decides.

What is decided together is decided in ``locked_windows``, which one process has at a time. A claim
raises the window's token. Whoever holds an older one can neither keep the window nor end it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from sqlalchemy import DateTime, cast, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from attrigraph.store.engine import sql_errors
from attrigraph.store.models import JobRun, JobWindow, ScheduledJob

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine, Row

_LOCK: Final = 0x6A6F6273
"""Any number, the same for all workers: bytes of "jobs"."""

_CLOCK_MARGIN: Final = timedelta(minutes=1)
"""A heartbeat that lies this far in the future was given by a clock that was set back since."""

_IDLE: Final = {"owner": None, "heartbeat": None, "lease_until": None}
"""What a window has that nobody runs."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A window that a worker has taken.

    Attributes:
        window: id of the window.
        token: that ends it.
        attempt: id of the record in the job history.
    """

    window: int
    token: int
    attempt: UUID


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window to add.

    Attributes:
        job: the job's name.
        start: of the period, UTC.
        end: of the period, excluded.
        due_at: since when it is due.
        reason: why it is skipped; None for one that is due.
    """

    job: str
    start: datetime
    end: datetime
    due_at: datetime
    reason: str | None = None


class LockedWindows:
    """All windows, while no other process decides about them.

    Attributes:
        now: the present by the clock of the server, or the one that was given.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._rows: list[Row[Any]] | None = None
        self.now = now

    def since(self, jobs: Iterable[str]) -> dict[str, datetime]:
        """When each job was scheduled first; the present for those that are new."""
        rows = [{"name": name, "since": self.now, "paused": False} for name in jobs]
        if rows:
            self._connection.execute(insert(ScheduledJob).on_conflict_do_nothing(), rows)
        found = self._connection.execute(select(ScheduledJob.name, ScheduledJob.since))
        return {row.name: row.since for row in found}

    def paused(self) -> set[str]:
        """Names of the jobs that are paused."""
        paused = select(ScheduledJob.name).where(ScheduledJob.paused)
        return set(self._connection.scalars(paused))

    def rows(self) -> list[Row[Any]]:
        """All windows, in the order of their starts."""
        if self._rows is None:  # nobody else changes them, so that they are read after changes only
            self._rows = list(self._connection.execute(_ALL))
        return self._rows

    def add(self, windows: Sequence[NewWindow]) -> None:
        """Add windows; one that is there stays as it is."""
        rows = [
            {
                "job": one.job,
                "start": one.start,
                "end": one.end,
                "state": "due" if one.reason is None else "skipped",
                "due_at": one.due_at,
                "not_before": one.due_at,
                "reason": one.reason,
                "attempts": 0,
                "failures": 0,
                "requested": False,
                "token": 0,
            }
            for one in windows
        ]
        if rows:
            self._rows = None
            self._connection.execute(insert(JobWindow).on_conflict_do_nothing(), rows)

    def skip(self, window: int, reason: str) -> None:
        """Skip a window that is due."""
        self._set(window, state="skipped", reason=reason)

    def settle_unchanged(self, window: int, *, basis: str, result: str) -> None:
        """Mark a window as one whose inputs did not change."""
        self._set(
            window,
            state="unchanged",
            basis=basis,
            result=result,
            finished=self.now,
            reason=None,
        )

    def request(self, window: int) -> None:
        """Make a window due now, with all its retries, whatever became of it before."""
        self._set(window, state="due", requested=True, not_before=self.now, failures=0, reason=None)

    def take_back_lost(self) -> list[Row[Any]]:
        """Make windows due again whose lease has ended; what they were before."""
        ended = or_(
            JobWindow.lease_until < self.now, JobWindow.heartbeat > self.now + _CLOCK_MARGIN
        )
        running = _ALL.where(JobWindow.state == "running", ended).with_for_update()
        lost = list(self._connection.execute(running))
        for row in lost:
            self._set(row.id, state="due", not_before=self.now, **_IDLE)
            _end_attempts(
                self._connection, row.id, self.now, "failed", {"error": "its worker was lost"}
            )
        return lost

    def claim(
        self,
        window: int,
        *,
        owner: str,
        lease: timedelta,
        basis: str,
        parameters: Mapping[str, Any],
        code_version: str,
    ) -> Claim:
        """Take a window that nobody runs, and begin an attempt."""
        self._rows = None
        row = self._connection.execute(
            update(JobWindow)
            .where(JobWindow.id == window)
            .values(
                state="running",
                attempts=JobWindow.attempts + 1,
                token=JobWindow.token + 1,
                owner=owner,
                heartbeat=self.now,
                lease_until=self.now + lease,
                basis=basis,
                reason=None,
                finished=None,
            )
            .returning(JobWindow.job, JobWindow.token)
        ).one()
        attempt = uuid4()
        self._connection.execute(
            insert(JobRun).values(
                id=attempt,
                job=row.job,
                status="running",
                parameters=dict(parameters),
                started=self.now,
                finished=None,
                input_fingerprint=basis,
                summary={},
                code_version=code_version,
                window=window,
            )
        )
        return Claim(window, row.token, attempt)

    def last_load(self) -> datetime | None:
        """When the last load ended, by a job or by hand."""
        ended = select(func.max(JobRun.finished)).where(
            JobRun.job == "load", JobRun.window.is_(None), JobRun.status == "done"
        )
        return self._connection.scalar(ended)

    def _set(self, window: int, **columns: Any) -> None:
        self._rows = None
        self._connection.execute(update(JobWindow).where(JobWindow.id == window).values(**columns))


_ALL = select(*JobWindow.__table__.columns).order_by(JobWindow.start, JobWindow.end, JobWindow.id)


@contextmanager
def locked_windows(engine: Engine, *, now: datetime | None = None) -> Iterator[LockedWindows]:
    """Decide about windows while no other process does; all of it is one transaction.

    Args:
        engine: of Postgres.
        now: the present; None for the clock of the server.
    """
    with sql_errors(engine.url), engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield LockedWindows(connection, now or _server_time(connection))


def _server_time(connection: Connection) -> datetime:
    # not now(), which is when the transaction began: before it waited for the lock
    found = connection.scalar(select(func.clock_timestamp()))
    assert isinstance(found, datetime)
    return found


def has_open_windows(engine: Engine) -> tuple[datetime, bool]:
    """The clock of the server, and whether any window is due or running."""
    open_ = select(JobWindow.id).where(JobWindow.state.in_(("due", "running"))).exists()
    with sql_errors(engine.url), engine.connect() as connection:
        now, found = connection.execute(select(func.clock_timestamp(), open_)).one()
        return now, found


def read_windows(engine: Engine) -> list[Row[Any]]:
    """All windows, in the order of their starts."""
    with sql_errors(engine.url), engine.connect() as connection:
        return list(connection.execute(_ALL))


def read_scheduled(engine: Engine) -> tuple[datetime, dict[str, datetime], set[str]]:
    """The clock of the server, when jobs were scheduled first, and which are paused."""
    jobs = select(ScheduledJob.name, ScheduledJob.since, ScheduledJob.paused)
    with sql_errors(engine.url), engine.connect() as connection:
        rows = list(connection.execute(jobs))
        now = _server_time(connection)
    return now, {row.name: row.since for row in rows}, {row.name for row in rows if row.paused}


def read_attempts(engine: Engine, *, job: str | None, limit: int) -> list[Row[Any]]:
    """The newest attempts of windows, newest first.

    Args:
        engine: of Postgres.
        job: the job's name; None for all.
        limit: maximum number of attempts.
    """
    attempts = (
        select(
            *(JobRun.id, JobRun.job, JobRun.status, JobRun.started, JobRun.finished),
            *(JobRun.summary, JobWindow.start, JobWindow.end, JobWindow.state),
        )
        .join(JobWindow, JobRun.window == JobWindow.id)
        .order_by(JobRun.started.desc(), JobRun.id)
        .limit(limit)
    )
    if job is not None:
        attempts = attempts.where(JobRun.job == job)
    with sql_errors(engine.url), engine.connect() as connection:
        return list(connection.execute(attempts))


def pause(engine: Engine, job: str, *, paused: bool) -> None:
    """Begin no window of a job any more, or begin them again."""
    row = {"name": job, "since": func.now(), "paused": paused}
    statement = insert(ScheduledJob).values(row)
    with sql_errors(engine.url), engine.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[ScheduledJob.name], set_={"paused": paused}
            )
        )


def renew(engine: Engine, claim: Claim, *, lease: timedelta, now: datetime | None = None) -> bool:
    """Keep a window for another lease; False if it was lost.

    Whoever has the token may renew a lease that has ended, as long as nobody took the window.
    """
    return _change(engine, claim, now, heartbeat=_time(now), lease_until=_time(now) + lease)


def finish(
    engine: Engine,
    claim: Claim,
    *,
    result: str,
    summary: Mapping[str, Any],
    now: datetime | None = None,
) -> bool:
    """Mark a window as done; False if it was lost, and nothing is marked."""
    columns = {"state": "done", "result": result, "finished": _time(now), **_IDLE}
    return _change(engine, claim, now, ending=("done", dict(summary)), **columns)


def fail(
    engine: Engine,
    claim: Claim,
    *,
    reason: str,
    retry_in: timedelta | None,
    now: datetime | None = None,
) -> bool:
    """Mark an attempt as failed; False if the window was lost.

    Args:
        engine: of Postgres.
        claim: of the window.
        reason: why, in a sentence.
        retry_in: time until the next attempt; None after the last.
        now: the present; None for the clock of the server.
    """
    columns: dict[str, Any] = {"state": "failed", "finished": _time(now)}
    if retry_in is not None:
        columns = {"state": "due", "not_before": _time(now) + retry_in}
    columns |= {"failures": JobWindow.failures + 1, "reason": reason, **_IDLE}
    return _change(engine, claim, now, ending=("failed", {"error": reason}), **columns)


def release(engine: Engine, claim: Claim, *, reason: str, now: datetime | None = None) -> bool:
    """Give a window back, due at once and without a failure; False if it was lost."""
    columns = {"state": "due", "not_before": _time(now), **_IDLE}
    return _change(engine, claim, now, ending=("failed", {"error": reason}), **columns)


def _change(
    engine: Engine,
    claim: Claim,
    now: datetime | None,
    *,
    ending: tuple[str, dict[str, Any]] | None = None,
    **columns: Any,
) -> bool:
    """Change a window that is still the claim's, and end its attempt."""
    statement = (
        update(JobWindow)
        .where(
            JobWindow.id == claim.window,
            JobWindow.token == claim.token,
            JobWindow.state == "running",
        )
        .values(**columns)
        .returning(JobWindow.id)
    )
    with sql_errors(engine.url), engine.begin() as connection:
        if connection.execute(statement).one_or_none() is None:
            return False
        if ending is not None:
            _end_attempts(connection, claim.window, _time(now), *ending)
    return True


def _end_attempts(
    connection: Connection, window: int, now: Any, status: str, summary: dict[str, Any]
) -> None:
    connection.execute(
        update(JobRun)
        .where(JobRun.window == window, JobRun.status == "running")
        .values(status=status, finished=now, summary=summary)
    )


def _time(now: datetime | None) -> ColumnElement[datetime]:
    if now is None:
        return func.clock_timestamp()
    return cast(literal(now), DateTime(timezone=True))
