"""Publishing moves the credit of touches, and readers see one whole run at any time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import StoreError
from attrigraph.graph import published_credit
from attrigraph.graph.explore import run_query
from attrigraph.graph.published_credit import delete_left_over_credit, publish
from attrigraph.graph.runs import acquire_job_lock, current_run
from attrigraph.graph.scores import read_credit
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.stores import Stores

JOB = "attribute"
FINISHED = datetime(2026, 7, 4, tzinfo=UTC)
JUNE = {"from": "2026-06-01T00:00Z", "to": "2026-07-01T00:00Z"}
READERS: dict[str, dict[str, Any]] = {
    "credit_by_audience": {"model": "linear"},
    "credit_by_creative_in_period": JUNE | {"limit": 9},
    "credit_by_weekday": JUNE,
    "journey_of_conversion": {"conversion": "v1", "lookbackDays": 30},
    "top_paths_of_run": {"limit": 9},
}


def switch(stores: Stores, run: str) -> None:
    with acquire_job_lock(stores.driver, JOB) as lock:
        publish(stores.driver, lock, run, finished=FINISHED, summary={})


def answers(stores: Stores, run: str | None = None) -> dict[str, str]:
    return {
        name: repr(run_query(stores.driver, name, parameters | {"run": run}))
        for name, parameters in READERS.items()
    }


def credit_by_type(stores: Stores) -> set[tuple[str, str, int]]:
    records, _, _ = stores.driver.execute_query(
        "MATCH ()-[c:CREDITED|KEPT_CREDIT]->() RETURN type(c), c.run, count(*)",
        database_=DATABASE,
    )
    return {(kind, run, count) for kind, run, count in records}


BBBB_PUBLISHED = {("CREDITED", "bbbb", 6), ("KEPT_CREDIT", "aaaa", 2)}
AAAA_PUBLISHED = {("CREDITED", "aaaa", 2), ("KEPT_CREDIT", "bbbb", 6)}


def test_publishing_and_going_back_leave_the_credit_as_it_was(
    small_graph: Stores, snapshot: Callable[[], set[Any]]
) -> None:
    def credit() -> set[Any]:
        return {one for one in snapshot() if "CREDIT" in str(one[1])}

    before = credit()
    assert credit_by_type(small_graph) == BBBB_PUBLISHED
    switch(small_graph, "aaaa")
    delete_left_over_credit(small_graph.driver, JOB)
    assert credit_by_type(small_graph) == AAAA_PUBLISHED
    assert credit() != before
    switch(small_graph, "bbbb")
    delete_left_over_credit(small_graph.driver, JOB)
    assert credit_by_type(small_graph) == BBBB_PUBLISHED
    assert credit() == before


def test_answers_about_a_run_do_not_depend_on_what_is_published(small_graph: Stores) -> None:
    before = {run: answers(small_graph, run) for run in ("aaaa", "bbbb")}
    assert before["aaaa"] != before["bbbb"] == answers(small_graph)
    credit = {run: read_credit(small_graph.driver, run, "v1") for run in ("aaaa", "bbbb")}
    assert [len(touches) for touches in credit.values()] == [2, 3]
    switch(small_graph, "aaaa")  # both runs have their credit twice
    for _ in range(2):
        assert {run: answers(small_graph, run) for run in before} == before
        assert answers(small_graph) == before["aaaa"]
        assert {run: read_credit(small_graph.driver, run, "v1") for run in before} == credit
        delete_left_over_credit(small_graph.driver, JOB)


@pytest.mark.parametrize("steps", range(5))
def test_a_switch_that_is_killed_leaves_one_whole_run_and_is_cleaned(
    steps: int, small_graph: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may be killed before each statement; half of a copy is as if it were killed."""
    before = {run: answers(small_graph, run) for run in ("aaaa", "bbbb")}
    run_statement, left = published_credit._run, steps

    def count_down(*arguments: Any) -> None:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        run_statement(*arguments)

    small_graph.driver.execute_query(  # half of the copies, from an earlier attempt
        "MATCH (t:Touchpoint {id: 't1'}), (v:Conversion {id: 'v1'}) "
        "CREATE (t)-[:CREDITED {run: 'aaaa', model: 'linear', credit: 0.75, value: 75.0}]->(v), "
        "(t)-[:KEPT_CREDIT {run: 'bbbb', model: 'linear', credit: 1.0 / 3, value: 100.0 / 3}]->(v)",
        database_=DATABASE,
    )
    assert {run: answers(small_graph, run) for run in before} == before
    with monkeypatch.context() as patched:
        patched.setattr(published_credit, "_run", count_down)
        try:
            switch(small_graph, "aaaa")
            delete_left_over_credit(small_graph.driver, JOB)
        except KeyboardInterrupt:
            pass
    now = current_run(small_graph.driver, JOB)
    assert now is not None
    assert now.id == ("bbbb" if steps < 2 else "aaaa")
    assert answers(small_graph) == before[now.id]
    assert {run: answers(small_graph, run) for run in before} == before
    delete_left_over_credit(small_graph.driver, JOB)
    assert credit_by_type(small_graph) == (BBBB_PUBLISHED if steps < 2 else AAAA_PUBLISHED)
    assert {run: answers(small_graph, run) for run in before} == before


def test_credit_that_is_being_read_is_not_deleted(small_graph: Stores) -> None:
    with (
        small_graph.driver.session(database=DATABASE) as session,
        session.begin_transaction() as reader,
    ):
        reader.run("MATCH (a:Active {job: 'attribute'}) RETURN a.run").consume()
        switch(small_graph, "aaaa")
        delete_left_over_credit(small_graph.driver, JOB, patience=0.2)
        assert credit_by_type(small_graph) == BBBB_PUBLISHED | AAAA_PUBLISHED
    delete_left_over_credit(small_graph.driver, JOB)
    assert credit_by_type(small_graph) == AAAA_PUBLISHED


def test_left_over_credit_waits_for_the_run_in_progress(small_graph: Stores) -> None:
    switch(small_graph, "aaaa")
    with acquire_job_lock(small_graph.driver, JOB):
        delete_left_over_credit(small_graph.driver, JOB, patience=0.2)
    assert credit_by_type(small_graph) == BBBB_PUBLISHED | AAAA_PUBLISHED


def test_publishing_a_deleted_run_changes_nothing(small_graph: Stores) -> None:
    with pytest.raises(StoreError, match="run none was deleted"):
        switch(small_graph, "none")
    delete_left_over_credit(small_graph.driver, JOB)
    assert credit_by_type(small_graph) == BBBB_PUBLISHED


def test_readers_see_one_whole_run_while_runs_are_published(small_graph: Stores) -> None:
    expected = {run: answers(small_graph, run) for run in ("aaaa", "bbbb")}
    wrong: list[tuple[str | None, str, str]] = []
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for run in (None, *expected):
                for name, answer in answers(small_graph, run).items():
                    right = {one[name]: of for of, one in expected.items() if run in (None, of)}
                    if answer not in right:
                        wrong.append((run, name, answer))
                    elif run is None:
                        seen.add(right[answer])

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(30):
        switch(small_graph, ("aaaa", "bbbb")[number % 2])
        delete_left_over_credit(small_graph.driver, JOB)
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert seen == set(expected)
