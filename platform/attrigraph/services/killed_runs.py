"""What killed runs of a job left behind in the graph and in the job history."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from attrigraph.graph.runs import clean_unfinished, list_runs
from attrigraph.quantities import counted
from attrigraph.store import job_runs

if TYPE_CHECKING:
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

RECORDS_CHECKED: Final = 100

BY_LEVEL: Final = ("levels", "spend", "days")
"""Parts of a summary that are no totals."""


def clean_killed_runs(stores: Stores, job: str) -> dict[str, Run]:
    """Remove what killed runs left behind, and end their records; only while holding the lock.

    Returns:
        The runs that are stored, by id; while the lock is held there are no others.
    """
    left = clean_unfinished(stores.driver, job)
    if left:
        logger.info(f"removed {counted(len(left), 'unfinished run')}")
    done = {run.id: run for run in list_runs(stores.driver, job)}
    for record in job_runs.read_runs(stores.engine, job=job, limit=RECORDS_CHECKED):
        if record.status != "running":
            continue
        if run := done.get(record.id.hex):  # it was killed after it was published
            job_runs.finish_run(
                stores.engine, record.id, input_fingerprint=run.fingerprint, summary=totals(run)
            )
        else:
            reason = "killed; its scores were removed"
            job_runs.fail_run(stores.engine, record.id, reason=reason)
    return done


def totals(run: Run) -> dict[str, object]:
    """The part of a run's summary that the job history keeps."""
    return {name: value for name, value in run.summary.items() if name not in BY_LEVEL}
