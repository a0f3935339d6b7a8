"""Use cases of stored attribution runs: list, find, name, pin, publish and delete them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.graph.published_credit import delete_left_over_credit, publish
from attrigraph.graph.run_names import check_free, check_name, find_run, name_run, pin_run
from attrigraph.graph.runs import acquire_job_lock, delete_run, list_runs
from attrigraph.runs.parameters import JOB

if TYPE_CHECKING:
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores


def attribution_runs(stores: Stores) -> tuple[Run, ...]:
    """The finished attribution runs, newest first."""
    return tuple(run for run in list_runs(stores.driver, JOB) if run.status == "done")


def attribution_run(stores: Stores, key: str) -> Run:
    """The finished attribution run with this id or name.

    Raises:
        InputError: there is none.
    """
    return find_run(stores.driver, JOB, key)


def name_attribution_run(stores: Stores, key: str, name: str | None) -> Run:
    """Give a run a name, or take it away with None; the run with it.

    Raises:
        InputError: no such run, no name, or a name of another run.
    """
    check_name(name)
    run = attribution_run(stores, key)
    check_free(list_runs(stores.driver, JOB), name, run=run.id)
    name_run(stores.driver, run.id, name)
    return replace(run, name=name)


def pin_attribution_run(stores: Stores, key: str, *, pinned: bool) -> Run:
    """Pin a run, so that later runs never delete it, or end that; the run with it.

    Raises:
        InputError: no such run.
    """
    run = attribution_run(stores, key)
    pin_run(stores.driver, run.id, pinned=pinned)
    return replace(run, pinned=pinned)


def publish_attribution_run(stores: Stores, key: str) -> Run:
    """Make a kept run the one that readers see; nothing is computed.

    Raises:
        InputError: no such run.
        StoreError: another run is in progress.
    """
    delete_left_over_credit(stores.driver, JOB)
    with acquire_job_lock(stores.driver, JOB) as lock:
        run = attribution_run(stores, key)
        finished = run.finished or datetime.now(UTC)
        publish(stores.driver, lock, run.id, finished=finished, summary=run.summary)
    delete_left_over_credit(stores.driver, JOB)
    return replace(run, current=True)


def delete_attribution_run(stores: Stores, key: str) -> Run:
    """Delete a kept run with its scores; the run.

    Raises:
        InputError: no such run, or one that is published or pinned.
        StoreError: another run is in progress.
    """
    with acquire_job_lock(stores.driver, JOB):
        run = attribution_run(stores, key)
        if run.current:
            raise InputError(
                f"run {run.id} is published, so that readers see it; publish another one before "
                "it is deleted"
            )
        if run.pinned:
            raise InputError(
                f"run {run.id} is pinned; end that first by `attrigraph runs pin {run.id} --off`"
            )
        delete_run(stores.driver, run.id)
    return run
