from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from attrigraph.errors import InputError, StoreError
from attrigraph.store.job_runs import begin_run, fail_run, finish_run, read_runs

if TYPE_CHECKING:
    from attrigraph.stores import Stores


def test_a_run_is_begun_and_done(stores: Stores) -> None:
    run, job = uuid4(), f"job-{uuid4()}"
    begin_run(stores.engine, run, job=job, parameters={"lookback": 30}, code_version="1")
    (begun,) = read_runs(stores.engine, job=job)
    assert (begun.id, begun.status, begun.finished) == (run, "running", None)
    assert begun.parameters == {"lookback": 30}

    finish_run(stores.engine, run, input_fingerprint="abc", summary={"journeys": 3})
    (done,) = read_runs(stores.engine, job=job)
    assert (done.status, done.input_fingerprint, done.summary) == ("done", "abc", {"journeys": 3})
    assert done.finished is not None
    assert done.finished >= done.started
    assert done.started.tzinfo is not None


def test_a_failed_run_has_its_reason(stores: Stores) -> None:
    run, job = uuid4(), f"job-{uuid4()}"
    begin_run(stores.engine, run, job=job, parameters={}, code_version="1")
    fail_run(stores.engine, run, reason="no disk")
    (failed,) = read_runs(stores.engine, job=job)
    assert (failed.status, failed.summary) == ("failed", {"error": "no disk"})


def test_a_killed_run_may_begin_again(stores: Stores) -> None:
    run, job = uuid4(), f"job-{uuid4()}"
    begin_run(stores.engine, run, job=job, parameters={"a": 1}, code_version="1")
    begin_run(stores.engine, run, job=job, parameters={"a": 2}, code_version="2")
    (only,) = read_runs(stores.engine, job=job)
    assert (only.parameters, only.code_version, only.status) == ({"a": 2}, "2", "running")


def test_a_run_ends_once(stores: Stores) -> None:
    run = uuid4()
    begin_run(stores.engine, run, job="once", parameters={}, code_version="1")
    finish_run(stores.engine, run, input_fingerprint="", summary={})
    with pytest.raises(StoreError, match="cannot end as failed"):
        fail_run(stores.engine, run, reason="late")


def test_newest_runs_come_first_and_the_limit_holds(stores: Stores) -> None:
    job = f"job-{uuid4()}"
    runs = [uuid4() for _ in range(3)]
    for run in runs:
        begin_run(stores.engine, run, job=job, parameters={}, code_version="1")
    assert [one.id for one in read_runs(stores.engine, job=job, limit=2)] == runs[:0:-1]
    with pytest.raises(InputError, match="at least 1"):
        read_runs(stores.engine, limit=0)
