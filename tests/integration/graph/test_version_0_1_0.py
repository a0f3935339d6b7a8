"""A graph that version 0.1.0 wrote is migrated, and its run is read with the same results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.domain import LEVELS, Level
from attrigraph.graph.migrations import migrate, read_migrations
from attrigraph.graph.run_summary import read_attribution
from attrigraph.graph.runs import current_run
from attrigraph.report.page import render
from attrigraph.services.explain import explain_conversion
from attrigraph.services.report import build_report
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

OLD_GRAPH = Path(__file__).with_name("run_of_0_1_0.cypher")
RESULTS = json.loads(Path(__file__).with_name("run_of_0_1_0.json").read_text(encoding="utf-8"))
LAST_MIGRATION = "0015"


def single(stores: Stores, statement: str, **parameters: Any) -> dict[str, Any]:
    (record,) = stores.driver.execute_query(statement, parameters, database_=DATABASE).records
    return dict(record)


@pytest.fixture
def old(graph: Stores) -> Iterator[Stores]:
    """A graph as version 0.1.0 left it, with the migrations of that version only."""
    single(
        graph,
        "MATCH (migration:__Neo4jMigration) WHERE migration.version > $last "
        "AND migration.version <> 'BASELINE' DETACH DELETE migration RETURN count(*) AS deleted",
        last=LAST_MIGRATION,
    )
    graph.driver.execute_query(OLD_GRAPH.read_text(encoding="utf-8"), database_=DATABASE)
    yield graph
    migrate(graph.driver)  # for the tests after these


@pytest.fixture
def migrated(old: Stores) -> Stores:
    migrate(old.driver)
    return old


def test_the_migration_renames_stored_properties_once(old: Stores) -> None:
    later = [step.version for step in read_migrations() if step.version > LAST_MIGRATION]
    before = single(
        old, "MATCH ()-[assigned:ASSIGNED]->() RETURN count(assigned.aheadOfNext) AS with_old_name"
    )
    assert [step.version for step in migrate(old.driver)] == later
    assert migrate(old.driver) == ()
    after = single(
        old,
        "MATCH ()-[assigned:ASSIGNED]->() WITH collect(properties(assigned)) AS rows "
        "RETURN size([row IN rows WHERE row.aheadOfNext IS NOT NULL]) AS with_old_name, "
        "size([row IN rows WHERE row.probRankedAboveNext IS NOT NULL]) AS with_new_name",
    )
    assert after == {"with_old_name": 0, "with_new_name": before["with_old_name"]}
    assert before["with_old_name"] > 0
    active = single(old, "MATCH (active:Active) RETURN properties(active) AS properties")[
        "properties"
    ]
    assert "turn" not in active
    assert active["lockCount"] == 3


def with_chain(model: dict[str, Any]) -> dict[str, Any]:
    """What a model answers now: chains of Markov models came later."""
    return model if model["incremental"] else model | {"chain": None}


@pytest.mark.parametrize("level", LEVELS)
def test_an_old_run_has_the_results_that_version_0_1_0_printed(
    level: Level, migrated: Stores
) -> None:
    run = current_run(migrated.driver, "attribute")
    assert run is not None
    results = read_attribution(migrated.driver, run, level).to_json()
    expected = RESULTS["attributions"][level]
    assert results.keys() == expected.keys() | {"kind", "zone", "currency"}
    for name, model in expected["models"].items():
        assert results["models"][name] == with_chain(model)
    assert results["observed"] == expected["observed"]


@pytest.mark.parametrize("expected", RESULTS["explanations"])
def test_the_conversions_of_an_old_run_are_explained(
    expected: dict[str, Any], migrated: Stores
) -> None:
    explained = explain_conversion(migrated, expected["conversion"]).to_json()
    for touch in explained["touches"]:  # names came later
        touch.pop("campaign_name")
        touch.pop("creative_name")
    assert {name: explained[name] for name in expected} == expected


def test_the_report_on_an_old_run_has_its_results_and_settings(migrated: Stores) -> None:
    report = build_report(migrated)
    assert [level.to_json()["models"] for level in report.levels] == [
        {
            name: with_chain(model)
            for name, model in RESULTS["attributions"][level]["models"].items()
        }
        for level in LEVELS
    ]
    assert report.settings["seed"] == "3"
    assert "attrigraph 0.1.0" in render(report)


def test_the_credit_of_runs_that_are_not_published_is_kept_credit(old: Stores) -> None:
    single(
        old,
        "MATCH (t)-[c:CREDITED]->(v) CREATE (t)-[other:CREDITED]->(v) "
        "SET other = c {.*, run: 'kept'} RETURN count(other) AS created",
    )
    credit = (
        "MATCH ()-[c:CREDITED|KEPT_CREDIT]->() RETURN collect(DISTINCT [type(c), c.run]) AS runs"
    )
    sums = "MATCH ()-[c:CREDITED|KEPT_CREDIT]->() RETURN sum(c.credit) AS credit, count(*) AS n"
    before = single(old, sums)
    published = single(old, "MATCH (a:Active) RETURN a.run AS run")["run"]
    migrate(old.driver)
    found = {tuple(one) for one in single(old, credit)["runs"]}
    assert found == {("CREDITED", published), ("KEPT_CREDIT", "kept")}
    assert single(old, sums) == before


def test_a_migration_of_several_batches_is_complete(old: Stores) -> None:
    many = 25_000
    single(
        old,
        "MATCH (run:Run), (channel:Channel {name: 'search'}) UNWIND range(1, $many) AS i "
        "CREATE (run)-[:ASSIGNED {level: 'channel', model: 'x', aheadOfNext: 0.5}]->(channel) "
        "RETURN count(*) AS created",
        many=many,
    )
    migrate(old.driver)
    renamed = single(
        old,
        "MATCH ()-[assigned:ASSIGNED {model: 'x'}]->() "
        "WHERE assigned.aheadOfNext IS NULL AND assigned.probRankedAboveNext = 0.5 "
        "RETURN count(*) AS renamed",
    )["renamed"]
    assert renamed == many


def test_a_batched_migration_does_not_collect_all_rows_first(old: Stores) -> None:
    """Otherwise it would need memory for all of them."""
    batched = [step for step in read_migrations() if step.batched]
    assert batched
    for step in batched:
        with old.driver.session(database=DATABASE, notifications_min_severity="OFF") as session:
            plan = session.run(f"EXPLAIN {step.statements[0]}").consume().plan
        assert plan is not None
        while not plan["operatorType"].startswith("TransactionForeach"):
            (plan,) = plan["children"]
        rows, _ = plan["children"]
        assert "Eager" not in json.dumps(rows)
