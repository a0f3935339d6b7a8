"""Stores a plan of a budget in the graph, as a run that readers find by its id.

Nothing else changes: no run becomes the current one, and no campaign is touched but by a link.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from attrigraph.graph.plans import level_of, write_plan
from attrigraph.graph.runs import (
    Run,
    acquire_job_lock,
    begin_run,
    clean_unfinished,
    finish_run,
    list_runs,
)
from attrigraph.planning.plan_json import plan_json
from attrigraph.runs.recording import recording
from attrigraph.services.runs_by_content import run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.planning.plan import BudgetPlan
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

JOB: Final = "plan"
"""The name of plans of budgets in the graph and the job history."""

ABOUT: Final = ("start", "end", "currency", "budget", "method")
"""Fields of a plan in JSON that are the parameters of its run."""


def store_plan(stores: Stores, plan: BudgetPlan) -> str:
    """Write a plan into the graph; the same plan is written once.

    Args:
        stores: the graph, and Postgres, which keeps the record of the run.
        plan: its campaigns are campaigns of the graph by id, or channels by name.

    Returns:
        The id of the run, which is that of the plan.

    Raises:
        InputError: the graph has no such campaign or channel; the message names them.
        StoreError: another plan is being stored, or a store fails.
    """
    stored = plan_json(plan)
    run = run_of(JOB, _text(stored), {name: stored[name] for name in ABOUT})
    level = level_of(stores.driver, [own["campaign"] for own in stored["allocations"]])
    with acquire_job_lock(stores.driver, JOB):
        clean_unfinished(stores.driver, JOB)
        if any(known.id == run.id for known in list_runs(stores.driver, JOB)):
            logger.info(f"run {run.id} already has this plan; nothing written")
        else:
            _write(stores, run, stored, level)
    return run.id


def _write(stores: Stores, run: Run, plan: Mapping[str, Any], level: str) -> None:
    summary = {name: plan[name] for name in ("spent", "value", "gain", "marginal_return")}
    with recording(stores.engine, UUID(hex=run.id), job=JOB, parameters=run.parameters) as record:
        begin_run(stores.driver, run)
        write_plan(stores.driver, run.id, plan, level=level, plan_text=_text(plan))
        finish_run(stores.driver, run.id, finished=datetime.now(UTC), summary=summary)
        record.input_fingerprint, record.summary = run.fingerprint, summary


def _text(plan: Mapping[str, Any]) -> str:
    return json.dumps(plan, allow_nan=False, sort_keys=True)
