"""Scores of fatigue in a real graph: seen all at once, once, and never half."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.errors import InputError, StoreError
from attrigraph.graph.fatigue_scores import JOB, CreativeScores, write_scores
from attrigraph.graph.runs import acquire_job_lock, current_run, delete_run, list_runs
from attrigraph.services.fatigue_scores import WrittenScores, write_fatigue_scores
from attrigraph.settings import DATABASE
from attrigraph.store import job_runs
from command_shell import shell_to
from killed_loads import DIE

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

INSTANTS = {
    "after some scores": (
        "from itertools import count; from attrigraph.graph import fatigue_scores, runs; "
        "fatigue_scores.AT_ONCE, numbers, write = 2, count(), runs.JobLock.write; "
        "runs.JobLock.write = lambda *a: die() if next(numbers) == 1 else write(*a)"
    ),
    "before they are published": (
        "from attrigraph.services import fatigue_scores as service; service._publish = die"
    ),
    "before they are recorded": (
        "from attrigraph.store import job_runs; job_runs.finish_run = die"
    ),
    "before the run before is deleted": (
        "from attrigraph.services import fatigue_scores as service; service.delete_other_runs = die"
    ),
}
WRITE = """
from attrigraph import bootstrap
from attrigraph.services.fatigue_scores import write_fatigue_scores
from attrigraph.settings import Settings
import numpy as np
from datetime import date
from attrigraph.graph.fatigue_scores import CreativeScores
with bootstrap.open_stores(Settings()) as stores:
    write_fatigue_scores(stores, {scores}, parameters={{"seed": 1}}, summary={{}})
"""


def scores(creatives: str, score: float) -> CreativeScores:
    return CreativeScores(**columns(creatives, score))


def columns(creatives: str, score: float) -> dict[str, Any]:
    n = len(creatives)
    numbers = np.full(n, score)
    return {
        "as_of": date(2026, 6, 1),
        "currency": "EUR",
        "creatives": [*creatives],
        **dict.fromkeys(("score", "confidence", "p_tired_7d"), numbers),
        **dict.fromkeys(("days_remaining", "days_low", "days_high"), 30 * numbers),
        "capped": numbers > 0.9,
        "decay_curve": np.tile(np.linspace(0.9, 0.0, 10), (n, 1)),
        **dict.fromkeys(("loss_per_day", "loss_low", "loss_high"), [score] * n),
        "loss_per_week": [*[7 * score] * (n - 1), None],
        "loss_by_siblings": [None] * n,
        "loss_basis": ["cost"] * n,
        "element": [None] * (n - 1) + ["hook"],
        "method": ["network"] * n,
        "reasons": [["few-campaigns"]] * n,
    }


def write(stores: Stores, own: CreativeScores) -> WrittenScores:
    return write_fatigue_scores(stores, own, parameters={"seed": 1}, summary={"mae": 3.5})


def stored(stores: Stores) -> dict[str, float]:
    """Scores that a reader sees, by creative; all of one run, which is the current one."""
    with stores.driver.session(database=DATABASE) as session:
        rows = session.run(
            "MATCH (c:Creative) WHERE c.fatigueRun IS NOT NULL "
            "OPTIONAL MATCH (a:Active {job: $job}) "
            "RETURN c.id, c.fatigueScore, c.fatigueRun = a.run",
            job=JOB,
        ).values()
    assert all(current for *_, current in rows)
    return {id_: score for id_, score, _ in rows}


def run(stores: Stores, statement: str) -> list[Any]:
    with stores.driver.session(database=DATABASE) as session:
        return session.run(statement).values()


@pytest.fixture
def shop(graph: Stores) -> Stores:
    run(graph, "UNWIND ['a', 'b', 'c', 'd', 'e', 'f'] AS id CREATE (:Creative {id: id, name: 'N'})")
    return graph


def test_scores_are_on_creatives_with_their_run(shop: Stores) -> None:
    first = write(shop, scores("abc", 0.25))
    assert stored(shop) == dict.fromkeys("abc", 0.25)
    [[found]] = run(shop, "MATCH (c:Creative {id: 'a'}) RETURN properties(c)")
    assert found.pop("fatigueWritten").to_native() is not None
    assert found.pop("decayCurve") == pytest.approx(np.linspace(0.9, 0.0, 10))
    assert found.pop("fatigueAsOf").to_native() == date(2026, 6, 1)
    assert found == {
        "id": "a",
        "name": "N",
        "fatigueRun": first.run,
        **dict.fromkeys(("fatigueScore", "fatigueConfidence", "pTired7d"), 0.25),
        **dict.fromkeys(("daysRemaining", "daysRemainingLow", "daysRemainingHigh"), 7.5),
        "daysRemainingCapped": False,
        **dict.fromkeys(("lossPerDay", "lossPerWeekLow", "lossPerWeekHigh"), 0.25),
        "lossPerWeek": 1.75,
        "lossCurrency": "EUR",
        "lossBasis": "cost",
        "fatigueMethod": "network",
        "fatigueReasons": ["few-campaigns"],
    }
    [[last]] = run(shop, "MATCH (c:Creative {id: 'c'}) RETURN properties(c)")
    assert last["fatigueElement"] == "hook"
    assert not {"lossPerWeek", "lossCurrency"} & set(last)
    current = current_run(shop.driver, JOB)
    assert current is not None
    assert (current.id, current.summary) == (first.run, {"mae": 3.5, "creatives": 3})
    [record] = [one for one in job_runs.read_runs(shop.engine, job=JOB) if one.id.hex == first.run]
    assert (record.status, record.summary["creatives"]) == ("done", 3)


def test_the_same_scores_are_written_once_and_others_replace_all(shop: Stores) -> None:
    first = write(shop, scores("abc", 0.25))
    assert not write(shop, scores("abc", 0.25)).written
    second = write(shop, scores("cd", 0.5))
    assert stored(shop) == dict.fromkeys("cd", 0.5)
    assert run(shop, "MATCH (c:Creative {id: 'a'}) RETURN keys(c)")[0][0] in (
        ["id", "name"],
        ["name", "id"],
    )
    assert [one.id for one in list_runs(shop.driver, JOB)] == [second.run]
    again = write(shop, scores("abc", 0.25))
    assert (again.run, again.written) == (first.run, True)
    assert stored(shop) == dict.fromkeys("abc", 0.25)
    run(shop, "MATCH (c:Creative {id: 'a'}) REMOVE c.fatigueRun")
    assert write(shop, scores("abc", 0.25)).written
    assert stored(shop) == dict.fromkeys("abc", 0.25)


def test_readers_see_the_scores_before_until_all_are_there(shop: Stores) -> None:
    write(shop, scores("abc", 0.25))
    with acquire_job_lock(shop.driver, JOB) as lock:
        write_scores(lock, "other", scores("abcd", 0.5))
        assert stored(shop) == dict.fromkeys("abc", 0.25)
    assert stored(shop) == dict.fromkeys("abc", 0.25)


def test_nothing_is_written_of_scores_that_cannot_be(shop: Stores) -> None:
    write(shop, scores("abc", 0.25))
    with pytest.raises(InputError, match="score must be a number from 0 to 1, got nan"):
        write(shop, replace(scores("ab", 0.5), score=np.array([0.5, np.nan])))
    with pytest.raises(StoreError, match="1 creative of the scores"):
        write(shop, scores("abx", 0.5))
    assert stored(shop) == dict.fromkeys("abc", 0.25)
    assert write(shop, scores("ab", 0.5)).written
    assert stored(shop) == dict.fromkeys("ab", 0.5)


def test_a_deleted_run_takes_its_scores_along(shop: Stores) -> None:
    delete_run(shop.driver, write(shop, scores("abc", 0.25)).run)
    assert stored(shop) == {}


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_killed_process_leaves_the_scores_of_one_run(
    shop: Stores, settings: Settings, instant: str
) -> None:
    first = write(shop, scores("abc", 0.25))
    new = columns("bcdef", 0.5)
    literal = ", ".join(f"{name}={_literal(value)}" for name, value in new.items())
    code = WRITE.format(scores=f"CreativeScores({literal})")
    killed = subprocess.run(
        [sys.executable, "-c", f"{DIE}\n{INSTANTS[instant]}\n{code}"],
        env=shell_to(settings).environment,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    published = instant not in ("after some scores", "before they are published")
    assert stored(shop) == dict.fromkeys(*(("bcdef", 0.5) if published else ("abc", 0.25)))
    again = write(shop, scores("bcdef", 0.5))
    assert again.written != published
    assert again.run != first.run
    assert stored(shop) == dict.fromkeys("bcdef", 0.5)
    assert [one.id for one in list_runs(shop.driver, JOB)] == [again.run]
    records = job_runs.read_runs(shop.engine, job=JOB, limit=10)
    assert not [record for record in records if record.status == "running"]


def _literal(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()})"
    return (
        f"date({value.year}, {value.month}, {value.day})"
        if isinstance(value, date)
        else repr(value)
    )
