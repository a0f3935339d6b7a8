"""Runs in the graph: written unseen, then published in one transaction.

Readers follow ``Active.run`` of a job. A run writes its scores while no reader sees them. It
becomes the current run in the transaction that has held the job's lock from the start, so a process
that lost the lock cannot publish. If a process is killed, the server releases its lock, and readers
keep the previous run.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from neo4j import RoutingControl
from neo4j.exceptions import Neo4jError

from attrigraph.errors import InputError, StoreError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from neo4j import Driver, Record, Transaction

Status = Literal["running", "done", "deleting"]

PATIENCE: Final = 10.0
"""Seconds to wait for another run of the same job before giving up.

A server that was just started and is busy takes a part of it to plan the statement.
"""

_TIMED_OUT: Final = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.LockClientStopped",
)
"""Prefixes of the codes of a transaction that timed out, before or while it waited for a lock."""
_DELETION: Final = (
    "scores/retire_run",
    "scores/delete_credit",
    "scores/delete_kept_credit",
    "scores/delete_triggers",
    "scores/delete_assigned",
    "scores/delete_days",
    "scores/delete_segments",
    "scores/delete_plans",
    "similarity/delete_links",
    "fatigue/delete_scores",
    "scores/delete_run",
)
"""The statements that delete a run, in order."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: its data, its parameters and its code version.

    Attributes:
        id: 32 hexadecimal digits, derived from fingerprint, parameters and code version: the same
            analysis of the same data is the same run.
        job: the job's name.
        models: names of the models, in the given order.
        parameters: all other parameters, as JSON values.
        code_version: version of attrigraph.
        fingerprint: hash of the data that were read.
        seed: random seed.
        started: start time, UTC.
        touch_model: the model whose touch-level credit is written; None for none.
        window: start and end (exclusive) of the window, None where it is open.
        kind: the one kind of conversion that is credited; None for several.
        status: ``running``; ``done``; or ``deleting`` while its scores are removed.
        finished: end time, UTC; None while it runs.
        summary: totals and results that belong to no node, as JSON values.
        current: whether it is the published run, which readers see.
        name: its name, which no other run has; None for none.
        pinned: whether later runs never delete it.
        others: ids of runs of other kinds of conversions that the same command made; None for runs
            of versions that did not store them.
        version: 1, and one more for each time that it was extended to newer data.
        seen: number of the load up to which all loads are in its data; None where it is not known.
    """

    id: str
    job: str
    models: tuple[str, ...]
    parameters: Mapping[str, Any]
    code_version: str
    fingerprint: str
    seed: int
    started: datetime
    touch_model: str | None = None
    window: tuple[datetime | None, datetime | None] = (None, None)
    kind: str | None = None
    status: Status = "running"
    finished: datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    current: bool = False
    name: str | None = None
    pinned: bool = False
    others: tuple[str, ...] | None = None
    version: int = 1
    seen: int | None = None


@dataclass(slots=True)
class JobLock:
    """The exclusive right to write and publish runs of a job, held until the transaction ends.

    Attributes:
        job: the job's name.
        current: id of the run that readers see; None before the first.
    """

    job: str
    current: str | None
    _transaction: Transaction

    def write(self, name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Run a statement that readers see the effect of when a run is published; its record.

        Args:
            name: of a statement that returns one record.
            parameters: of the statement.
        """
        record = self._transaction.run(query(name).text, dict(parameters)).single(strict=True)
        return dict(record)

    @property
    def transaction(self) -> Transaction:
        """The transaction that holds the lock, for what readers may only see as a whole."""
        return self._transaction

    def extend(self, run: Run) -> int:
        """Make a finished run that of newer data, after its credit was replaced; its version.

        Args:
            run: with the new fingerprint, parameters, models, summary and loads.
        """
        parameters = {
            "run": run.id,
            "fingerprint": run.fingerprint,
            "parameters": json.dumps(run.parameters, sort_keys=True),
            "models": list(run.models),
            "summary": json.dumps(run.summary, allow_nan=False),
            "seen": run.seen,
            "extended": _milliseconds(datetime.now(UTC)),
        }
        return int(self.write("scores/extend_run", parameters)["version"])

    def commit(self) -> None:
        """Let readers see what was written, and release the lock."""
        self._transaction.commit()

    def publish(self, run: str, *, finished: datetime, summary: Mapping[str, Any]) -> None:
        """Make a run the current one and release the lock.

        Raises:
            StoreError: the lock was lost, for example because the server was restarted; the current
                run stays the same.
        """
        parameters = {
            "job": self.job,
            "run": run,
            "finished": _milliseconds(finished),
            "summary": json.dumps(summary, allow_nan=False),
        }
        published = self._transaction.run(query("scores/publish_run").text, parameters).single()
        if published is None:
            raise StoreError(
                f"run {run} was deleted from the graph, so it cannot become the current run"
            )
        self._transaction.commit()
        self.current = run


@contextmanager
def acquire_job_lock(driver: Driver, job: str, *, patience: float = PATIENCE) -> Iterator[JobLock]:
    """Exclude other runs of a job during the block.

    Args:
        driver: an open driver.
        job: the job's name.
        patience: seconds to wait for another run to end.

    Raises:
        StoreError: another run of the job is in progress.
    """
    _wait_for_lock(driver, job, patience)
    with driver.session(database=DATABASE) as session, session.begin_transaction() as transaction:
        statement = query("scores/acquire_job_lock").text
        record = transaction.run(statement, {"job": job}).single(strict=True)
        yield JobLock(job, record["run"], transaction)
        if not transaction.closed():  # nothing that was not published is kept
            transaction.rollback()


def _wait_for_lock(driver: Driver, job: str, patience: float) -> None:
    """Acquire and release the lock; only this transaction has a timeout."""
    try:
        with (
            driver.session(database=DATABASE) as session,
            session.begin_transaction(timeout=patience) as transaction,
        ):
            transaction.run(query("scores/acquire_job_lock").text, {"job": job}).consume()
            transaction.rollback()
    except Neo4jError as error:
        if not (error.code or "").startswith(_TIMED_OUT):
            raise
        raise StoreError(
            f"another run of {job!r} is in progress on this graph; wait until it ends, "
            "then try again"
        ) from error


def begin_run(driver: Driver, run: Run) -> None:
    """Create the node of a run that is about to write its scores."""
    start, end = run.window
    driver.execute_query(
        query("scores/begin_run").text,
        {
            "id": run.id,
            "job": run.job,
            "models": list(run.models),
            "touchModel": run.touch_model,
            "kind": run.kind,
            "parameters": json.dumps(run.parameters, sort_keys=True),
            "lookbackDays": run.parameters.get("journeys", {}).get("lookback_days"),
            "windowStart": None if start is None else _milliseconds(start),
            "windowEnd": None if end is None else _milliseconds(end),
            "codeVersion": run.code_version,
            "fingerprint": run.fingerprint,
            "seed": run.seed,
            "seen": run.seen,
            "started": _milliseconds(run.started),
        },
        database_=DATABASE,
    )


def finish_run(driver: Driver, run: str, *, finished: datetime, summary: Mapping[str, Any]) -> None:
    """End a run that readers find by its id, without making it the current one."""
    driver.execute_query(
        query("scores/finish_run").text,
        {
            "run": run,
            "finished": _milliseconds(finished),
            "summary": json.dumps(summary, allow_nan=False),
        },
        database_=DATABASE,
    )


def link_kinds(driver: Driver, runs: Sequence[str]) -> None:
    """Store which runs of several kinds of conversions one command made."""
    driver.execute_query(query("scores/link_kinds").text, {"runs": list(runs)}, database_=DATABASE)


def update_summary(driver: Driver, run: str, summary: Mapping[str, Any]) -> None:
    """Replace the summary of a finished run; without effect if it was deleted."""
    driver.execute_query(
        query("scores/update_summary").text,
        {"run": run, "summary": json.dumps(summary, allow_nan=False)},
        database_=DATABASE,
    )


def list_runs(driver: Driver, job: str) -> tuple[Run, ...]:
    """All runs of a job, newest first."""
    return _read_runs(driver, job, only_current=False)


def current_run(driver: Driver, job: str) -> Run | None:
    """The run that readers see; None before the first run."""
    runs = _read_runs(driver, job, only_current=True)
    return runs[0] if runs else None


def _read_runs(driver: Driver, job: str, *, only_current: bool) -> tuple[Run, ...]:
    records, _, _ = driver.execute_query(
        query("scores/list_runs").text,
        {"job": job, "onlyCurrent": only_current},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    return tuple(_run(record) for record in records)


def clean_unfinished(driver: Driver, job: str) -> tuple[str, ...]:
    """Delete the remains of killed runs, while holding the job's lock; their ids."""
    unfinished = [run.id for run in list_runs(driver, job) if run.status != "done"]
    for run in unfinished:
        delete_run(driver, run)
    return tuple(unfinished)


def delete_old_runs(
    driver: Driver, job: str, keep: int, *, new: Collection[str]
) -> tuple[str, ...]:
    """Delete older runs of a job before a new one ends, while holding the job's lock.

    Pinned runs are never deleted, and do not count.

    Args:
        driver: an open driver.
        job: the job's name.
        keep: number of earlier runs to keep, always including the current one.
        new: ids of the runs that belong to the one that is about to end, and its own.

    Returns:
        The ids of the deleted runs.

    Raises:
        InputError: ``keep`` is less than 1.
    """
    check_keep(keep)
    others = [run for run in list_runs(driver, job) if run.id not in new and not run.pinned]
    newest_first = sorted(
        others, key=lambda run: (run.current, run.finished or run.started), reverse=True
    )
    old = [run.id for run in newest_first[keep:]]
    for run in old:
        delete_run(driver, run)
    return tuple(old)


def delete_other_runs(driver: Driver, job: str) -> None:
    """Delete the runs of a job that are not the current one, after it was published.

    Raises:
        StoreError: another run of the job is in progress.
    """
    with acquire_job_lock(driver, job):
        for run in list_runs(driver, job):
            if not run.current:
                delete_run(driver, run.id)


def check_keep(keep: int) -> None:
    """Check the number of earlier runs to keep.

    Raises:
        InputError: ``keep`` is less than 1.
    """
    if keep < 1:
        raise InputError(
            f"keep must be 1 or more, got {keep}: the previous run is kept so that queries that "
            "read it can finish"
        )


def delete_run(driver: Driver, run: str) -> None:
    """Delete a run and its scores in batches; an interrupted deletion is resumed later."""
    parameters = {"run": run}
    with driver.session(database=DATABASE) as session:
        # CALL IN TRANSACTIONS makes its own commits and cannot run in an explicit transaction
        for name in _DELETION:
            session.run(query(name).text, parameters).consume()


def _run(record: Record) -> Run:
    return Run(
        id=record["id"],
        job=record["job"],
        models=tuple(record["models"]),
        parameters=json.loads(record["parameters"]),
        code_version=record["codeVersion"],
        fingerprint=record["fingerprint"],
        seed=record["seed"],
        started=_instant(record["started"]) or _EPOCH,
        touch_model=record["touchModel"],
        window=(_instant(record["windowStart"]), _instant(record["windowEnd"])),
        kind=record["kind"],
        status=record["status"],
        finished=_instant(record["finished"]),
        summary=json.loads(record["summary"] or "{}"),
        current=record["current"],
        name=record["name"],
        pinned=record["pinned"],
        others=None if record["others"] is None else tuple(record["others"]),
        version=record["version"],
        seen=record["seen"],
    )


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + milliseconds * _MILLISECOND
