"""The demo's steps on real stores: a known world in, credit beside truth out, and nothing twice."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.graph.hierarchy import NODE_KINDS, read_tree
from attrigraph.graph.ingest import ingest_batch
from attrigraph.report.page import render
from attrigraph.services import demo
from attrigraph.services.evaluate import evaluate_world
from attrigraph.services.explain import explain_conversion
from attrigraph.worlds.files import TABLES, write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.services.load import LoadReport
    from attrigraph.stores import Stores

CUSTOMERS = 1_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("demo") / "world"
    demo.make_world(folder, customers=CUSTOMERS)
    return folder


def load(world: Path, stores: Stores, home: Path) -> LoadReport:
    return demo.load_world(world, replace(stores, home=home))


def test_a_world_that_is_there_is_not_made_again(
    world: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "attrigraph")
    before = {file.name: file.stat().st_mtime_ns for file in world.iterdir()}
    demo.make_world(world, customers=CUSTOMERS)
    assert {file.name: file.stat().st_mtime_ns for file in world.iterdir()} == before
    assert caplog.messages == []


def test_the_demo_shows_what_evaluation_of_the_same_files_shows(
    world: Path, graph: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "attrigraph")
    with (world / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    first = load(world, graph, tmp_path).events
    assert first is not None
    assert set(read_tree(graph.driver).kinds) == set(NODE_KINDS)
    assert first.touches + first.conversions == rows
    again = load(world, graph, tmp_path).events
    assert again is not None
    assert (again.touches, again.conversions) == (0, 0)
    assert again.present_touches + again.present_conversions == rows

    answer = demo.attribute_world(world, graph)
    same = demo.attribute_world(world, graph)
    assert same.run == answer.run
    assert "already has these results" in caplog.messages[-1]
    assert next(iter(answer.models)) == "incremental"

    for model in evaluate_world(world).answers:
        if model.model not in answer.models:
            continue
        ours = {credit.key: credit for credit in answer.models[model.model].credits}
        for credit in model.credits:
            assert ours[credit.key].conversions == pytest.approx(credit.conversions, rel=1e-9)
            assert (ours[credit.key].low, ours[credit.key].high) == pytest.approx(
                (credit.low, credit.high), rel=1e-9
            )

    page = render(demo.build_demo_report(world, graph))
    assert "Credit compared with the truth" in page
    assert answer.run is not None
    conversion = demo.conversion_to_explain(graph, answer.run)
    assert conversion is not None
    explained = explain_conversion(graph, conversion)
    assert 1 < len(explained.touches) <= 8
    assert explained.model == "incremental"


def test_a_graph_with_other_customers_is_left_as_it_is(
    world: Path, graph: Stores, tmp_path: Path
) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    ingest_batch(
        graph.driver, events_from_objects([Touchpoint("t", "ada", noon, channel="email")], [])
    )
    with pytest.raises(
        InputError, match="holds 1 customer from elsewhere than this demo"
    ) as caught:
        load(world, graph, tmp_path)
    assert f"attrigraph down --home {tmp_path}" in str(caught.value)
    assert _touches(graph) == 1


def test_another_world_of_the_same_customers_is_refused(
    world: Path, graph: Stores, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write_world(simulate("retailer", 7, CUSTOMERS, measured_on=50), other)
    assert {file.stem for file in other.glob("*.csv")} == set(TABLES)
    load(other, graph, tmp_path)
    with pytest.raises(InputError, match="for it holds others of the same ids"):
        load(world, graph, tmp_path)


def test_a_run_without_credit_of_touches_has_no_conversion_to_explain(graph: Stores) -> None:
    assert demo.conversion_to_explain(graph, "none") is None


def _touches(stores: Stores) -> int:
    records, _, _ = stores.driver.execute_query("MATCH (t:Touchpoint) RETURN count(t) AS touches")
    touches: int = records[0]["touches"]
    return touches
