"""Plans of budgets in a real graph: stored once, found, deleted with their run, never applied."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.graph.explore import run_query
from attrigraph.graph.runs import begin_run, current_run, delete_run, list_runs
from attrigraph.planning.allocate import allocate
from attrigraph.planning.verify import verify
from attrigraph.services.store_plan import JOB, store_plan
from attrigraph.settings import DATABASE
from attrigraph.store import job_runs
from budget_problems import REQUEST

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.stores import Stores

CHANNELS = "UNWIND ['search', 'social', 'tv'] AS name CREATE (:Channel {name: name})"
CAMPAIGNS = "UNWIND ['search', 'social'] AS id CREATE (:Campaign {id: id})"


def rows_of(stores: Stores, statement: str, **parameters: Any) -> list[Any]:
    with stores.driver.session(database=DATABASE) as session:
        return session.run(statement, parameters).values()


@pytest.fixture
def channels(graph: Stores) -> Stores:
    """A graph with channels."""
    rows_of(graph, CHANNELS)
    return graph


def test_a_plan_is_stored_with_what_it_allocates(channels: Stores) -> None:
    plan = allocate(REQUEST)
    run = store_plan(channels, plan)
    [[stored]] = rows_of(channels, "MATCH (:Run {job: 'plan'})-[:PLANNED]->(p:Plan) RETURN p")
    assert plan.old is not None
    assert stored["id"] == stored["run"] == run
    assert stored["start"].to_native() == date(2026, 12, 1)
    assert stored["currency"] == "EUR"
    assert stored["value"] == stored["low"] == plan.value.value
    assert stored["gain"] == plan.old.gain.value
    assert stored["marginalReturn"] == plan.marginal_return
    assert verify(json.loads(stored["json"])).is_best
    found = rows_of(
        channels,
        "MATCH (:Plan {id: $run})-[a:ALLOCATES {run: $run}]->(c:Channel) "
        "RETURN c.name, a.spend, a.old, a.marginalReturn, a.next1000, a.reason, a.explanation, "
        "a.identified",
        run=run,
    )
    assert {tuple(row) for row in found} == {
        (
            own.campaign,
            own.spend,
            own.old,
            own.marginal_return,
            own.next_1000,
            str(own.reason),
            own.explanation,
            True,
        )
        for own in plan.allocations
    }


def test_the_command_stores_a_plan(
    channels: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "open_stores", lambda _: nullcontext(channels))
    path = tmp_path / "plan.toml"
    path.write_text(
        '[plan]\nbudget = 90\ncurrency = "EUR"\nstart = 2026-12-01\nend = 2026-12-02\n'
        '[[campaign]]\nid = "tv"\nmax = 80\nvalue = 200\nscale = 50\n'
    )
    done = CliRunner().invoke(cli, ["budget", "plan", str(path), "--store"])
    assert done.exit_code == 0
    [[run, spend]] = rows_of(
        channels, "MATCH (p:Plan)-[a:ALLOCATES]->(:Channel {name: 'tv'}) RETURN p.run, a.spend"
    )
    assert f"stored in the graph as run {run}" in done.output
    assert spend == 80


def test_campaigns_come_before_channels_of_the_same_names(channels: Stores) -> None:
    rows_of(channels, CAMPAIGNS)
    store_plan(channels, allocate(REQUEST))
    found = rows_of(channels, "MATCH (:Plan)-[:ALLOCATES]->(c) RETURN DISTINCT labels(c)")
    assert found == [[["Campaign"]]]


def test_the_same_plan_is_written_once(channels: Stores) -> None:
    first = store_plan(channels, allocate(REQUEST))
    plans = "MATCH (n) WHERE NOT n:Active AND NOT n:__Neo4jMigration RETURN elementId(n)"
    before = rows_of(channels, plans)
    assert store_plan(channels, allocate(REQUEST)) == first
    assert rows_of(channels, plans) == before
    other = store_plan(channels, allocate(replace(REQUEST, budget=1100.0)))
    assert other != first
    assert {run.id for run in list_runs(channels.driver, JOB)} == {first, other}


def test_a_stored_plan_is_not_applied(channels: Stores) -> None:
    run = store_plan(channels, allocate(REQUEST))
    assert current_run(channels.driver, JOB) is None
    [record] = [one for one in job_runs.read_runs(channels.engine, job=JOB) if one.id.hex == run]
    assert record.status == "done"
    assert record.summary["spent"] == pytest.approx(1000)


def test_what_deletes_a_run_deletes_its_plan(channels: Stores) -> None:
    run = store_plan(channels, allocate(REQUEST))
    other = store_plan(channels, allocate(replace(REQUEST, budget=1100.0)))
    delete_run(channels.driver, run)
    assert rows_of(channels, "MATCH (p:Plan) RETURN p.id") == [[other]]
    assert [one.id for one in list_runs(channels.driver, JOB)] == [other]
    assert len(rows_of(channels, "MATCH (c:Channel) RETURN c")) == 3


def test_what_a_killed_process_left_is_removed(channels: Stores) -> None:
    run = store_plan(channels, allocate(REQUEST))
    [stored] = list_runs(channels.driver, JOB)
    delete_run(channels.driver, run)
    begin_run(channels.driver, replace(stored, status="running"))
    rows_of(channels, "MATCH (r:Run) MERGE (r)-[:PLANNED]->(:Plan {id: r.id, run: r.id})")
    store_plan(channels, allocate(replace(REQUEST, budget=1100.0)))
    assert rows_of(channels, "MATCH (p:Plan) RETURN count(p)") == [[1]]
    assert store_plan(channels, allocate(REQUEST)) == run


def test_stored_plans_are_listed_and_read_by_query(channels: Stores) -> None:
    plan = allocate(REQUEST)
    run = store_plan(channels, plan)
    [listed] = run_query(channels.driver, "plans", {"limit": 5})
    assert listed["plan"] == run
    assert listed["spent"] == plan.spent
    rows = run_query(channels.driver, "plan_by_campaign", {"plan": run, "limit": 5})
    assert {row["campaign"]: row["spend"] for row in rows} == {
        own.campaign: own.spend for own in plan.allocations
    }


def test_a_plan_without_period_currency_and_old_spend_is_stored(channels: Stores) -> None:
    campaigns = tuple(replace(own, old=None) for own in REQUEST.campaigns)
    request = replace(REQUEST, campaigns=campaigns, start=None, end=None, currency=None)
    store_plan(channels, allocate(request))
    [[stored]] = rows_of(channels, "MATCH (p:Plan) RETURN p")
    assert {"start", "end", "currency", "gain", "oldValue"}.isdisjoint(stored)


def test_unknown_campaigns_are_named_and_nothing_is_written(channels: Stores) -> None:
    first, second = REQUEST.campaigns
    request = replace(REQUEST, campaigns=(first, replace(second, id="socail")))
    with pytest.raises(InputError, match=r"the graph has no channel socail; .*near names: social"):
        store_plan(channels, allocate(request))
    assert rows_of(channels, "MATCH (n) WHERE n:Run OR n:Plan RETURN n") == []


def test_a_plan_is_stored_for_campaigns_or_for_channels_alone(graph: Stores) -> None:
    rows_of(graph, "CREATE (:Channel {name: 'search'}), (:Campaign {id: 'social'})")
    with pytest.raises(InputError, match="the graph has no campaign search"):
        store_plan(graph, allocate(REQUEST))
