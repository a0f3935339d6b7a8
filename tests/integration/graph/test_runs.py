"""Runs and scores in a real graph: locking, publishing, reading and deleting."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.domain import Amount, Credit, TriggeredShare, by_share
from attrigraph.domain.returns import Return
from attrigraph.errors import InputError, StoreError
from attrigraph.graph import scores
from attrigraph.graph.runs import (
    Run,
    acquire_job_lock,
    begin_run,
    clean_unfinished,
    current_run,
    delete_old_runs,
    list_runs,
)
from attrigraph.graph.scores import (
    Assigned,
    TouchCredit,
    read_assigned,
    write_assigned,
    write_touch_credit,
)
from attrigraph.graph.triggers import read_triggers, write_triggers
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

JOB = "attribute"
STARTED = datetime(2026, 7, 4, tzinfo=UTC)


SHARES = (
    TriggeredShare("Search", "Social", 0.5, 0.25, 0.75),
    TriggeredShare("Social", None, 0.4, 0.3, 0.5),
    TriggeredShare("Social", "Email", 0.1, 0.0, 0.2),
)


def run(number: int) -> Run:
    return Run(
        id=f"{number:032x}",
        job=JOB,
        models=("linear", "first"),
        parameters={"lookback_days": 30.0, "kinds": ["a", "b"]},
        code_version="1",
        fingerprint="f",
        seed=7,
        started=STARTED + timedelta(minutes=number),
        touch_model="linear",
        window=(STARTED, None),
    )


def texts(*values: str) -> Any:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def write(stores: Stores, number: int, *, credit: float = 1.0) -> str:
    """Write a run's scores without publishing it."""
    new = run(number)
    begin_run(stores.driver, new)
    write_assigned(
        stores.driver,
        new.id,
        "channel",
        [Assigned("linear", Credit("Social", credit, 10.0))],
    )
    write_triggers(stores.driver, new.id, {"incremental": SHARES})
    touched = TouchCredit(
        texts("v1", "v3"),
        np.array([0, 2, 3]),
        texts("t1", "t2", "t5"),
        np.array([0.25, 0.75, 1.0]),
        np.array([25.0, 75.0, 30.0]),
    )
    write_touch_credit(stores.driver, new.id, "linear", touched)
    return new.id


def finish(stores: Stores, number: int, *, credit: float = 1.0) -> str:
    with acquire_job_lock(stores.driver, JOB) as lock:
        name = write(stores, number, credit=credit)
        lock.publish(name, finished=STARTED + timedelta(minutes=number, seconds=9), summary={})
    return name


def rows_of(stores: Stores, statement: str, **parameters: Any) -> set[tuple[Any, ...]]:
    with stores.driver.session(database=DATABASE) as session:
        return {tuple(row) for row in session.run(statement, parameters).values()}


CREDITED = (
    "MATCH (t)-[r:CREDITED|KEPT_CREDIT]->(v) RETURN r.run, t.id, v.id, r.model, r.credit, r.value"
)


def test_a_run_is_stored_with_its_parameters_and_times(small_graph: Stores) -> None:
    name = finish(small_graph, 1)
    (stored,) = [r for r in list_runs(small_graph.driver, JOB) if r.id == name]
    assert (stored.models, stored.parameters) == (run(1).models, run(1).parameters)
    assert (stored.started, stored.window, stored.seed) == (run(1).started, (STARTED, None), 7)
    assert (stored.status, stored.current) == ("done", True)
    assert stored.finished == STARTED + timedelta(minutes=1, seconds=9)


def test_credit_of_touches_is_written_as_given(small_graph: Stores) -> None:
    before = rows_of(small_graph, CREDITED)
    name = finish(small_graph, 1)
    assert rows_of(small_graph, CREDITED) - before == {
        (name, "t1", "v1", "linear", 0.25, 25.0),
        (name, "t2", "v1", "linear", 0.75, 75.0),
        (name, "t5", "v3", "linear", 1.0, 30.0),
    }


@pytest.mark.parametrize("size", [1, 2, 3])
def test_batches_do_not_split_conversions(
    size: int, small_graph: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "_TOUCHES_PER_BATCH", size)
    name = write(small_graph, 1)
    credited = {row[1:3] for row in rows_of(small_graph, CREDITED) if row[0] == name}
    assert credited == {("t1", "v1"), ("t2", "v1"), ("t5", "v3")}


def test_assigned_credit_is_read_back(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    rows = [
        Assigned("first", Credit("k1", 2.0, 8.0, (1.5, 0.5), returns=Return(4.0, 1.0, 2.0)), 3, 2),
        Assigned("first", Credit("k2", 0.0, 0.0, low=-1.0, high=1.0)),
    ]
    write_assigned(small_graph.driver, name, "campaign", rows)
    assert read_assigned(small_graph.driver, name, "channel") == {
        "linear": [Credit("Social", 1.0, 10.0)]
    }
    found = read_assigned(small_graph.driver, name, "campaign")
    assert sorted(found["first"], key=lambda credit: credit.key or "") == [r.credit for r in rows]
    assert rows_of(
        small_graph,
        "MATCH (:Run {id: $run})-[a:ASSIGNED {level: 'campaign'}]->(n) "
        "RETURN n.id, a.cost, a.roas, a.touches, a.priced, a.low, a.high",
        run=name,
    ) == {("k1", 4.0, 2.0, 3, 2, None, None), ("k2", None, None, 0, 0, -1.0, 1.0)}


def test_every_field_of_a_causal_credit_is_read_back(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    unsure = Credit(
        *("k1", 2.0, 8.0, None, -1.0, 5.0, 0.75, 1.0, 3.0, -4.0, 20.0),
        identified=False,
        reasons=("collinear", "few-conversions"),
        captured=Amount(1.5, 6.0),
    )
    returns = Return(4.0, 1.0, 0.0, -1.0, 2.0, None, 0.0, 0.5)
    sure = Credit("k2", 0.0, 0.0, identified=True, captured=Amount(0.0, 0.0), returns=returns)
    rows = [Assigned("incremental", credit) for credit in (unsure, sure)]
    write_assigned(small_graph.driver, name, "campaign", rows)
    found = read_assigned(small_graph.driver, name, "campaign")["incremental"]
    assert sorted(found, key=lambda credit: credit.key or "") == [unsure, sure]
    statement = (
        "MATCH (:Run {id: $run})-[a:ASSIGNED]->(n:Campaign) RETURN n.id, a.roas, a.identified, "
        "a.reasons = $reasons, a.captured, a.capturedValue, a.chanceLow, a.valueHigh"
    )
    assert rows_of(small_graph, statement, run=name, reasons=list(unsure.reasons)) == {
        ("k1", None, False, True, 1.5, 6.0, 1.0, 20.0),
        ("k2", 0.0, True, False, 0.0, 0.0, None, None),
    }


def test_triggered_shares_are_read_back_except_those_of_unknown_channels(
    small_graph: Stores,
) -> None:
    name = write(small_graph, 1)
    found = read_triggers(small_graph.driver, name)
    assert list(found) == ["incremental"]
    assert by_share(found["incremental"]) == (SHARES[0], SHARES[2])
    assert (name, "Social", "Search") in rows_of(
        small_graph, "MATCH (a)-[t:TRIGGERS]->(b) RETURN t.run, a.name, b.name"
    )
    assert read_triggers(small_graph.driver, "none") == {}


def test_a_deleted_channel_of_a_triggered_share_is_an_error(small_graph: Stores) -> None:
    shares = {"incremental": [TriggeredShare("Search", "deleted", 0.5, 0.0, 1.0), SHARES[0]]}
    with pytest.raises(StoreError, match="1 of 2 pairs of channels were deleted"):
        write_triggers(small_graph.driver, "x", shares)


def test_a_channel_without_node_gets_one(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    hostile = "x'}) DETACH DELETE c //"
    rows = [Assigned("linear", Credit(hostile, 1.0, 1.0))]
    write_assigned(small_graph.driver, name, "channel", rows)
    assert (hostile,) in rows_of(small_graph, "MATCH (h:Channel) RETURN h.name")


def test_a_deleted_campaign_is_an_error(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    rows = [Assigned("linear", Credit("deleted", 1.0, 1.0))]
    with pytest.raises(StoreError, match="1 of 1 campaigns were deleted"):
        write_assigned(small_graph.driver, name, "campaign", rows)


def test_a_second_run_of_a_job_is_rejected_while_one_is_in_progress(small_graph: Stores) -> None:
    with (
        acquire_job_lock(small_graph.driver, JOB),
        pytest.raises(StoreError, match="another run of 'attribute' is in progress"),
        acquire_job_lock(small_graph.driver, JOB, patience=0.3),
    ):
        pass
    with acquire_job_lock(small_graph.driver, JOB) as lock:
        assert lock.current == "bbbb"


def test_runs_of_other_jobs_do_not_wait(small_graph: Stores) -> None:
    with (
        acquire_job_lock(small_graph.driver, JOB),
        acquire_job_lock(small_graph.driver, "another", patience=0.3) as other,
    ):
        assert other.current is None


def test_a_run_that_fails_leaves_the_previous_one_current(small_graph: Stores) -> None:
    with (
        suppress(ZeroDivisionError),
        acquire_job_lock(small_graph.driver, JOB),
    ):
        write(small_graph, 1)
        raise ZeroDivisionError
    now = current_run(small_graph.driver, JOB)
    assert now is not None
    assert now.id == "bbbb"


def test_the_remains_of_an_unfinished_run_are_deleted(small_graph: Stores, snapshot: Any) -> None:
    before = snapshot()
    name = write(small_graph, 1)
    assert snapshot() != before
    assert clean_unfinished(small_graph.driver, JOB) == (name,)
    assert snapshot() == before


def test_an_interrupted_deletion_is_resumed(small_graph: Stores, snapshot: Any) -> None:
    before = snapshot()
    name = write(small_graph, 1)
    rows_of(small_graph, "MATCH (r:Run {id: $run}) SET r.status = 'deleting'", run=name)
    rows_of(small_graph, "MATCH (:Run {id: $run})-[a:ASSIGNED]->() DELETE a", run=name)
    clean_unfinished(small_graph.driver, JOB)
    assert snapshot() == before


def test_old_runs_are_deleted_except_the_previous_and_pinned_ones(small_graph: Stores) -> None:
    for number in range(1, 5):
        with acquire_job_lock(small_graph.driver, JOB) as lock:
            name = write(small_graph, number)
            delete_old_runs(small_graph.driver, JOB, 2, new=[name])
            finished = STARTED + timedelta(minutes=number)
            lock.publish(name, finished=finished, summary={})
    kept = [(r.id, r.current) for r in list_runs(small_graph.driver, JOB)]
    earlier = [(run(3).id, False), (run(2).id, False), ("aaaa", False)]
    assert kept == [(run(4).id, True), *earlier]
    credited = {row[0] for row in rows_of(small_graph, CREDITED)}
    assert credited == {"aaaa", *(run(n).id for n in (2, 3, 4))}


def test_keeping_no_old_run_is_rejected(small_graph: Stores) -> None:
    with pytest.raises(InputError, match="keep must be 1 or more, got 0"):
        delete_old_runs(small_graph.driver, JOB, 0, new=["x"])


def test_publishing_a_deleted_run_changes_nothing(small_graph: Stores, snapshot: Any) -> None:
    before = snapshot()
    with (
        pytest.raises(StoreError, match="run deleted was deleted"),
        acquire_job_lock(small_graph.driver, JOB) as lock,
    ):
        lock.publish("deleted", finished=STARTED, summary={})
    assert snapshot() == before


def test_readers_see_one_complete_run_at_any_time(small_graph: Stores) -> None:
    """Reads follow Active.run: while runs switch all the time, each read sees one run entire."""
    names = [finish(small_graph, number, credit=float(number)) for number in (1, 2)]
    statement = (
        "MATCH (a:Active {job: 'attribute'}) WITH a.run AS run "
        "MATCH (r:Run {id: run})-[x:ASSIGNED {level: 'channel'}]->(n) "
        "RETURN collect([r.id, n.name, x.credit])"
    )
    seen: list[set[tuple[Any, ...]]] = []
    done = threading.Event()

    def look() -> None:
        with small_graph.driver.session(database=DATABASE) as session:
            while not done.is_set():
                [rows] = session.run(statement).values()
                seen.append({tuple(row) for row in rows[0]})

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(60):
        with acquire_job_lock(small_graph.driver, JOB) as lock:
            lock.publish(names[number % 2], finished=STARTED, summary={})
    done.set()
    reader.join()
    complete = [{(name, "Social", float(number))} for number, name in enumerate(names, start=1)]
    assert len(seen) > 20
    assert [rows for rows in seen if rows not in complete] == []
