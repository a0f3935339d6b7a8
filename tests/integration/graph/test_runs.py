"""Runs and scores on a real graph: who may write, what readers see, what stays and what goes."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.domain import Credit
from attrigraph.errors import InputError, StoreError
from attrigraph.graph import scores
from attrigraph.graph.runs import (
    Run,
    begin_run,
    clean_unfinished,
    current_run,
    delete_old_runs,
    list_runs,
    take_turn,
)
from attrigraph.graph.scores import (
    Assigned,
    TouchCredit,
    read_assigned,
    write_assigned,
    write_touch_credit,
)
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

JOB = "attribute"
STARTED = datetime(2026, 7, 4, tzinfo=UTC)


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
    """Write a run's scores, and do not switch to it."""
    new = run(number)
    begin_run(stores.driver, new)
    write_assigned(
        stores.driver,
        new.id,
        "channel",
        [Assigned("linear", Credit("Social", credit, 10.0))],
    )
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
    with take_turn(stores.driver, JOB) as turn:
        name = write(stores, number, credit=credit)
        turn.switch(name, finished=STARTED + timedelta(minutes=number, seconds=9), summary={})
    return name


def ask(stores: Stores, statement: str, **parameters: Any) -> set[tuple[Any, ...]]:
    with stores.driver.session(database=DATABASE) as session:
        return {tuple(row) for row in session.run(statement, parameters).values()}


CREDITED = "MATCH (t)-[r:CREDITED]->(v) RETURN r.run, t.id, v.id, r.model, r.credit, r.value"


def test_a_run_is_remembered_as_it_was_begun_and_ended(small_graph: Stores) -> None:
    name = finish(small_graph, 1)
    (found,) = [r for r in list_runs(small_graph.driver, JOB) if r.id == name]
    assert (found.models, found.parameters) == (run(1).models, run(1).parameters)
    assert (found.started, found.window, found.seed) == (run(1).started, (STARTED, None), 7)
    assert (found.status, found.current) == ("done", True)
    assert found.finished == STARTED + timedelta(minutes=1, seconds=9)


def test_credit_of_touches_is_written_as_given(small_graph: Stores) -> None:
    before = ask(small_graph, CREDITED)
    name = finish(small_graph, 1)
    assert ask(small_graph, CREDITED) - before == {
        (name, "t1", "v1", "linear", 0.25, 25.0),
        (name, "t2", "v1", "linear", 0.75, 75.0),
        (name, "t5", "v3", "linear", 1.0, 30.0),
    }


@pytest.mark.parametrize("size", [1, 2, 3])
def test_batches_keep_conversions_whole(
    size: int, small_graph: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "_TOUCHES_A_BATCH", size)
    name = write(small_graph, 1)
    credited = {row[1:3] for row in ask(small_graph, CREDITED) if row[0] == name}
    assert credited == {("t1", "v1"), ("t2", "v1"), ("t5", "v3")}


def test_what_is_assigned_is_read_back(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    rows = [
        Assigned("first", Credit("k1", 2.0, 8.0, (1.5, 0.5)), cost=4.0, touches=3, priced=2),
        Assigned("first", Credit("k2", 0.0, 0.0, low=-1.0, high=1.0)),
    ]
    write_assigned(small_graph.driver, name, "campaign", rows)
    assert read_assigned(small_graph.driver, name, "channel") == {
        "linear": [Credit("Social", 1.0, 10.0)]
    }
    found = read_assigned(small_graph.driver, name, "campaign")
    assert sorted(found["first"], key=lambda credit: credit.key or "") == [r.credit for r in rows]
    assert ask(
        small_graph,
        "MATCH (:Run {id: $run})-[a:ASSIGNED {level: 'campaign'}]->(n) "
        "RETURN n.id, a.cost, a.roas, a.touches, a.priced, a.low, a.high",
        run=name,
    ) == {("k1", 4.0, 2.0, 3, 2, None, None), ("k2", None, None, 0, 0, -1.0, 1.0)}


def test_a_channel_that_only_touches_name_gets_its_node(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    hostile = "x'}) DETACH DELETE c //"
    rows = [Assigned("linear", Credit(hostile, 1.0, 1.0))]
    write_assigned(small_graph.driver, name, "channel", rows)
    assert (hostile,) in ask(small_graph, "MATCH (h:Channel) RETURN h.name")


def test_a_campaign_that_is_gone_is_an_error(small_graph: Stores) -> None:
    name = write(small_graph, 1)
    rows = [Assigned("linear", Credit("gone", 1.0, 1.0))]
    with pytest.raises(StoreError, match="1 of 1 campaigns are gone"):
        write_assigned(small_graph.driver, name, "campaign", rows)


def test_while_one_run_is_under_way_another_is_refused(small_graph: Stores) -> None:
    with (
        take_turn(small_graph.driver, JOB),
        pytest.raises(StoreError, match="another run of 'attribute' is under way"),
        take_turn(small_graph.driver, JOB, patience=0.3),
    ):
        pass
    with take_turn(small_graph.driver, JOB) as turn:
        assert turn.current == "bbbb"


def test_runs_of_other_jobs_do_not_wait(small_graph: Stores) -> None:
    with (
        take_turn(small_graph.driver, JOB),
        take_turn(small_graph.driver, "fatigue", patience=0.3) as other,
    ):
        assert other.current is None


def test_a_run_that_fails_leaves_the_previous_one_current(small_graph: Stores) -> None:
    with (
        suppress(ZeroDivisionError),
        take_turn(small_graph.driver, JOB),
    ):
        write(small_graph, 1)
        raise ZeroDivisionError
    now = current_run(small_graph.driver, JOB)
    assert now is not None
    assert now.id == "bbbb"


def test_what_an_unfinished_run_left_is_cleaned(small_graph: Stores, snapshot: Any) -> None:
    before = snapshot()
    name = write(small_graph, 1)
    assert snapshot() != before
    assert clean_unfinished(small_graph.driver, JOB) == (name,)
    assert snapshot() == before


def test_a_deletion_that_was_killed_is_gone_on_with(small_graph: Stores, snapshot: Any) -> None:
    before = snapshot()
    name = write(small_graph, 1)
    ask(small_graph, "MATCH (r:Run {id: $run}) SET r.status = 'deleting'", run=name)
    ask(small_graph, "MATCH (:Run {id: $run})-[a:ASSIGNED]->() DELETE a", run=name)
    clean_unfinished(small_graph.driver, JOB)
    assert snapshot() == before


def test_old_runs_go_and_the_one_before_stays(small_graph: Stores) -> None:
    for number in range(1, 5):
        with take_turn(small_graph.driver, JOB) as turn:
            name = write(small_graph, number)
            delete_old_runs(small_graph.driver, JOB, 2, new=name)
            finished = STARTED + timedelta(minutes=number)
            turn.switch(name, finished=finished, summary={})
    kept = [(r.id, r.current) for r in list_runs(small_graph.driver, JOB)]
    assert kept == [(run(4).id, True), (run(3).id, False), (run(2).id, False)]
    assert {row[0] for row in ask(small_graph, CREDITED)} == {run(n).id for n in (2, 3, 4)}


def test_keeping_no_old_run_is_refused(small_graph: Stores) -> None:
    with pytest.raises(InputError, match="keep must be 1 or more, got 0"):
        delete_old_runs(small_graph.driver, JOB, 0, new="x")


def test_a_switch_to_a_run_that_is_gone_changes_nothing(small_graph: Stores, snapshot: Any) -> None:
    before = snapshot()
    with (
        pytest.raises(StoreError, match="run gone is gone"),
        take_turn(small_graph.driver, JOB) as turn,
    ):
        turn.switch("gone", finished=STARTED, summary={})
    assert snapshot() == before


def test_readers_see_one_whole_run_at_every_instant(small_graph: Stores) -> None:
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
        with take_turn(small_graph.driver, JOB) as turn:
            turn.switch(names[number % 2], finished=STARTED, summary={})
    done.set()
    reader.join()
    whole = [{(name, "Social", float(number))} for number, name in enumerate(names, start=1)]
    assert len(seen) > 20
    assert [rows for rows in seen if rows not in whole] == []
