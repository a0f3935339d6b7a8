"""Credit of touches: ``CREDITED`` of the published run, and ``KEPT_CREDIT`` of the others.

The credit of the published run is complete as ``CREDITED``, that of any other finished run as
``KEPT_CREDIT``. To publish a run, credit is copied first, then one statement switches
``Active.run``, and what nobody needs any more is deleted last. A process that is killed between
these steps leaves credit twice, never less than once; the next run deletes what is left over.

Readers take the type that belongs to the run they have found. So nothing is deleted while a
transaction is open that may have found the run before the switch.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from neo4j import RoutingControl

from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.graph.runs import acquire_job_lock
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from neo4j import Driver

    from attrigraph.graph.runs import JobLock

logger = logging.getLogger(__name__)

PATIENCE: Final = 10.0
"""Seconds to wait for readers before credit is left for the next run to delete."""

_BETWEEN_LOOKS: Final = 0.02


def publish(
    driver: Driver, lock: JobLock, run: str, *, finished: datetime, summary: Mapping[str, Any]
) -> None:
    """Make a run the published one, with the credit of its touches, and release the lock.

    Args:
        driver: an open driver.
        lock: of the job.
        run: id of a kept run, or of one whose touches have been credited.
        finished: when it ended.
        summary: of its results.

    Raises:
        StoreError: see ``JobLock.publish``.
    """
    if lock.current is not None and lock.current != run:
        _run(driver, "scores/keep_credit", lock.current)
    _run(driver, "scores/show_credit", run)
    lock.publish(run, finished=finished, summary=summary)


def delete_left_over_credit(driver: Driver, job: str, *, patience: float = PATIENCE) -> None:
    """Delete what the last switch of a job left over; without effect while the job has a run.

    Args:
        driver: an open driver.
        job: the job's name; its lock is free.
        patience: seconds to wait for transactions that are open, which may read the credit.
    """
    if not _left_over(driver, job):
        return
    if not _wait_for_readers(driver, patience):
        logger.info("old credit is still being read; the next run deletes it")
        return
    with suppress(StoreError), acquire_job_lock(driver, job):
        for run, published in _left_over(driver, job).items():
            name = "scores/delete_kept_credit" if published else "scores/delete_credit"
            _run(driver, name, run)


def _left_over(driver: Driver, job: str) -> dict[str, bool]:
    """Ids of runs with credit that nobody needs, and whether each is published."""
    records, _, _ = driver.execute_query(
        query("scores/credit_left_over").text,
        {"job": job},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    return {record["run"]: record["published"] for record in records}


def _wait_for_readers(driver: Driver, patience: float) -> bool:
    """Whether every transaction that is open now has ended in time."""
    readers, until = _transactions(driver), time.monotonic() + patience
    while readers & _transactions(driver):
        if time.monotonic() > until:
            return False
        time.sleep(_BETWEEN_LOOKS)
    return True


def _transactions(driver: Driver) -> set[str]:
    records, _, _ = driver.execute_query(
        query("scores/transactions").text, {"database": DATABASE}, database_=DATABASE
    )
    return set(records[0]["ids"])


def _run(driver: Driver, name: str, run: str) -> None:
    with driver.session(database=DATABASE) as session:
        # CALL IN TRANSACTIONS makes its own commits and cannot run in an explicit transaction
        session.run(query(name).text, {"run": run}).consume()
