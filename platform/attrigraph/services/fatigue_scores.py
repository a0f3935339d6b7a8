"""The job that writes scores of fatigue onto creatives, with its run and record."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrigraph.graph.fatigue_scores import JOB, CreativeScores, count_scores, write_scores
from attrigraph.graph.runs import acquire_job_lock, begin_run, delete_other_runs
from attrigraph.quantities import counted
from attrigraph.runs.recording import recording
from attrigraph.services.killed_runs import clean_killed_runs
from attrigraph.services.runs_by_content import run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.graph.runs import JobLock, Run
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WrittenScores:
    """What became of scores.

    Attributes:
        run: the run's id.
        creatives: that have scores.
        written: whether they were written now; False where they were there.
    """

    run: str
    creatives: int
    written: bool


def write_fatigue_scores(
    stores: Stores,
    scores: CreativeScores,
    *,
    parameters: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> WrittenScores:
    """Make scores those that readers see; the same scores are the same run, written once.

    Creatives without scores in them lose those of the run before at the same moment.

    Args:
        stores: the graph, and Postgres for the record of the run.
        scores: of creatives.
        parameters: of the run, as JSON values: the model, its data and its options.
        summary: results that belong to no creative, as JSON values.

    Raises:
        InputError: a score is not what it should be; nothing is written.
        StoreError: another run of the job is in progress, or a store fails.
    """
    columns = scores.columns()
    content = json.dumps([columns, scores.as_of.isoformat(), scores.currency], allow_nan=False)
    with acquire_job_lock(stores.driver, JOB) as lock:
        known = clean_killed_runs(stores, JOB)
        run = run_of(JOB, content, parameters)
        there = lock.current == run.id and count_scores(stores.driver, run.id) == len(scores)
        if not there:
            _write(stores, lock, run, scores, {**summary, "creatives": len(scores)}, known)
    delete_other_runs(stores.driver, JOB)
    logger.info(f"run {run.id} has scores of {counted(len(scores), 'creative')}")
    return WrittenScores(run.id, len(scores), written=not there)


def _write(
    stores: Stores,
    lock: JobLock,
    run: Run,
    scores: CreativeScores,
    summary: dict[str, Any],
    known: Mapping[str, Run],
) -> None:
    with recording(stores.engine, UUID(hex=run.id), job=JOB, parameters=run.parameters) as record:
        if run.id not in known:
            begin_run(stores.driver, run)
        write_scores(lock, run.id, scores)
        _publish(lock, run, summary)
        record.input_fingerprint, record.summary = run.fingerprint, summary


def _publish(lock: JobLock, run: Run, summary: Mapping[str, Any]) -> None:
    lock.publish(run.id, finished=datetime.now(UTC), summary=summary)
