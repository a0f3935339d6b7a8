"""The history of jobs: one row per run, which begins, and then ends once."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import desc, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from attrigraph.errors import InputError, StoreError, StoreUnreachableError
from attrigraph.store.engine import as_store_error
from attrigraph.store.models import JobRun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from sqlalchemy import Engine


def begin_run(
    engine: Engine, run: UUID, *, job: str, parameters: Mapping[str, Any], code_version: str
) -> None:
    """Record that a run begins; one that was killed or failed before begins again.

    Args:
        engine: of Postgres.
        run: the run's id.
        job: the job's name.
        parameters: of the run, as JSON values.
        code_version: of attrigraph.
    """
    row = {
        "id": run,
        "job": job,
        "status": "running",
        "parameters": dict(parameters),
        "started": datetime.now(UTC),
        "finished": None,
        "input_fingerprint": None,
        "summary": {},
        "code_version": code_version,
    }
    statement = insert(JobRun).values(row)
    with _store_errors(engine), engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=[JobRun.id], set_=row))


def finish_run(
    engine: Engine, run: UUID, *, input_fingerprint: str, summary: Mapping[str, Any]
) -> None:
    """Record that a run is done.

    Args:
        engine: of Postgres.
        run: the run's id.
        input_fingerprint: a hash of what it read.
        summary: counts and totals, as JSON values.

    Raises:
        StoreError: the run is not running.
    """
    _end(engine, run, "done", input_fingerprint=input_fingerprint, summary=dict(summary))


def fail_run(engine: Engine, run: UUID, *, reason: str) -> None:
    """Record that a run failed, and why.

    Raises:
        StoreError: the run is not running.
    """
    _end(engine, run, "failed", summary={"error": reason})


def read_runs(engine: Engine, *, job: str | None = None, limit: int = 20) -> tuple[JobRun, ...]:
    """The newest records of services, newest first; attempts of windows are none of them.

    Args:
        engine: of Postgres.
        job: the job's name; None for all jobs.
        limit: maximum number of runs.

    Raises:
        InputError: the limit is below 1.
    """
    if limit < 1:
        raise InputError(f"the limit of runs must be at least 1, got {limit}")
    newest = select(JobRun).where(JobRun.window.is_(None))
    newest = newest.order_by(desc(JobRun.started), JobRun.id).limit(limit)
    if job is not None:
        newest = newest.where(JobRun.job == job)
    with _store_errors(engine), Session(engine, expire_on_commit=False) as session:
        return tuple(session.scalars(newest))


def _end(engine: Engine, run: UUID, status: Literal["done", "failed"], **columns: Any) -> None:
    statement = (
        update(JobRun)
        .where(JobRun.id == run, JobRun.status == "running")
        .values(status=status, finished=datetime.now(UTC), **columns)
        .returning(JobRun.id)
    )
    with _store_errors(engine), engine.begin() as connection:
        if connection.execute(statement).one_or_none() is None:
            raise StoreError(f"run {run} is not running, so it cannot end as {status}")


@contextmanager
def _store_errors(engine: Engine) -> Iterator[None]:
    """Raise the driver's errors without their text, which may contain values of the record."""
    try:
        yield
    except DBAPIError as error:
        described = as_store_error(error, engine.url)
        if isinstance(described, StoreUnreachableError):
            raise described from error
        kind = type(error.orig).__name__ if error.orig is not None else type(error).__name__
        raise StoreError(f"Postgres cannot write the record of the job ({kind})") from error
