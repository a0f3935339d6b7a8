"""Runs in the graph: begun aside, then switched to in one transaction.

Readers follow ``Active.run`` of a job. A run writes its scores while nobody looks at them, and
becomes the current one in the very transaction that has held the job's turn from the start: who
lost the turn cannot switch; who is killed leaves the lock to the server, which frees it, and the
previous run to the readers.
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
    from collections.abc import Iterator, Mapping

    from neo4j import Driver, Record, Transaction

Status = Literal["running", "done", "deleting"]

PATIENCE: Final = 2.0
"""Seconds to wait for another run of the same job before it is said to be under way."""

_TIMED_OUT: Final = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.LockClientStopped",
)
"""How codes begin when a transaction's time is up, before it waits for a lock and while it does."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: what it read, how, and with which code.

    Attributes:
        id: 32 hexadecimal digits; follows from fingerprint, parameters and code version, so that
            the same question about the same facts is the same run.
        job: the job's name.
        models: names of the models, in the order asked.
        parameters: everything else that was asked for, as JSON values.
        code_version: version of attrigraph.
        fingerprint: hash of the facts that were read.
        seed: of what is sampled.
        started: when, UTC.
        touch_model: whose credit of touches is written; None for no credit of touches.
        window: start and end of the window, either None where it is open.
        status: ``running``; ``done``; or ``deleting`` while its scores are removed.
        finished: when, UTC; None while it runs.
        summary: totals and what belongs to no node, as JSON values.
        current: whether readers see it now.
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
    status: Status = "running"
    finished: datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    current: bool = False


@dataclass(slots=True)
class Turn:
    """The right to write and switch runs of a job, held until the transaction ends.

    Attributes:
        job: the job's name.
        current: id of the run that readers see, None before the first.
    """

    job: str
    current: str | None
    _transaction: Transaction

    def switch(self, run: str, *, finished: datetime, summary: Mapping[str, Any]) -> None:
        """Make a run the current one and give up the turn.

        Raises:
            StoreError: the turn was lost, as when the server was restarted; nothing is switched.
        """
        parameters = {
            "job": self.job,
            "run": run,
            "finished": _milliseconds(finished),
            "summary": json.dumps(summary, allow_nan=False),
        }
        switched = self._transaction.run(query("scores/switch_run").text, parameters).single()
        if switched is None:
            raise StoreError(
                f"run {run} is gone from the graph, so it cannot become the current one"
            )
        self._transaction.commit()
        self.current = run


@contextmanager
def take_turn(driver: Driver, job: str, *, patience: float = PATIENCE) -> Iterator[Turn]:
    """Keep other runs of a job out for as long as the block lasts.

    Args:
        driver: an open driver.
        job: the job's name.
        patience: seconds to wait for a run that is under way.

    Raises:
        StoreError: another run of the job is under way.
    """
    _wait_for_turn(driver, job, patience)
    with driver.session(database=DATABASE) as session, session.begin_transaction() as transaction:
        record = transaction.run(query("scores/take_turn").text, {"job": job}).single(strict=True)
        yield Turn(job, record["run"], transaction)


def _wait_for_turn(driver: Driver, job: str, patience: float) -> None:
    """Take the turn and give it back at once; only this attempt has a limit of time."""
    try:
        with (
            driver.session(database=DATABASE) as session,
            session.begin_transaction(timeout=patience) as transaction,
        ):
            transaction.run(query("scores/take_turn").text, {"job": job}).consume()
            transaction.rollback()
    except Neo4jError as error:
        if not (error.code or "").startswith(_TIMED_OUT):
            raise
        raise StoreError(
            f"another run of {job!r} is under way on this graph; wait until it has ended, "
            "then try again"
        ) from error


def begin_run(driver: Driver, run: Run) -> None:
    """Write the node of a run that is about to write its scores."""
    start, end = run.window
    driver.execute_query(
        query("scores/begin_run").text,
        {
            "id": run.id,
            "job": run.job,
            "models": list(run.models),
            "touchModel": run.touch_model,
            "parameters": json.dumps(run.parameters, sort_keys=True),
            "windowStart": None if start is None else _milliseconds(start),
            "windowEnd": None if end is None else _milliseconds(end),
            "codeVersion": run.code_version,
            "fingerprint": run.fingerprint,
            "seed": run.seed,
            "started": _milliseconds(run.started),
        },
        database_=DATABASE,
    )


def list_runs(driver: Driver, job: str) -> tuple[Run, ...]:
    """All runs of a job, newest first."""
    records, _, _ = driver.execute_query(
        query("scores/list_runs").text,
        {"job": job},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    return tuple(_run(record) for record in records)


def current_run(driver: Driver, job: str) -> Run | None:
    """The run that readers see; None before the first."""
    return next((run for run in list_runs(driver, job) if run.current), None)


def clean_unfinished(driver: Driver, job: str) -> tuple[str, ...]:
    """Delete what killed runs left behind; only for who holds the job's turn. Returns their ids."""
    left = [run.id for run in list_runs(driver, job) if run.status != "done"]
    for run in left:
        delete_run(driver, run)
    return tuple(left)


def delete_old_runs(driver: Driver, job: str, keep: int, *, new: str) -> tuple[str, ...]:
    """Delete the older runs of a job before it switches to a new one; only in the job's turn.

    Args:
        driver: an open driver.
        job: the job's name.
        keep: how many runs stay beside the new one, the current one always among them.
        new: id of the run that is about to become the current one.

    Returns:
        The ids of the deleted runs.

    Raises:
        InputError: ``keep`` is less than 1.
    """
    check_keep(keep)
    others = [run for run in list_runs(driver, job) if run.id != new]
    newest_first = sorted(
        others, key=lambda run: (run.current, run.finished or run.started), reverse=True
    )
    old = [run.id for run in newest_first[keep:]]
    for run in old:
        delete_run(driver, run)
    return tuple(old)


def check_keep(keep: int) -> None:
    """Refuse to keep fewer than one old run.

    Raises:
        InputError: ``keep`` is less than 1.
    """
    if keep < 1:
        raise InputError(
            f"keep must be 1 or more, got {keep}: the run before the current one stays, so that "
            "queries that are reading it end well"
        )


def delete_run(driver: Driver, run: str) -> None:
    """Delete a run and its scores in batches; a deletion that was killed is gone on with later."""
    parameters = {"run": run}
    with driver.session(database=DATABASE) as session:
        # CALL IN TRANSACTIONS commits by itself, so it must not run in a transaction of ours
        for name in ("retire_run", "delete_credit", "delete_assigned", "delete_run"):
            session.run(query(f"scores/{name}").text, parameters).consume()


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
        status=record["status"],
        finished=_instant(record["finished"]),
        summary=json.loads(record["summary"] or "{}"),
        current=record["current"],
    )


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + milliseconds * _MILLISECOND
