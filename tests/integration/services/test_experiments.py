"""Experiments in the graph: loaded, used by default, and linked to the runs that used them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.domain import Experiment
from attrigraph.domain.columns import EPOCH
from attrigraph.graph.experiments import read_experiments
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.files import write_world
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
OPTIONS = AttributionOptions(models=("incremental",), model_options=ModelOptions(draws=20))
FIRST = (EPOCH + timedelta(milliseconds=START_MS)).date() + timedelta(days=10)
TEST = Experiment(
    id="e1",
    channel="tv",
    lift=2.0,
    standard_error=1.0,
    start=FIRST,
    end=FIRST + timedelta(days=9),
    spend=100.0,
    currency="EUR",
    population=900,
    source="agency",
)
OLD = Experiment(
    id="old",
    kind="geo",
    channel="radio",
    lift=1.0,
    standard_error=1.0,
    start=date(2001, 1, 1),
    end=date(2001, 1, 9),
)
COLUMNS = (
    *("id", "kind", "channel", "campaign", "lift", "standard_error", "start", "end"),
    *("spend", "currency", "population", "source"),
)


def table(path: Path, *experiments: Experiment) -> Path:
    rows = [
        ",".join("" if getattr(one, name) is None else str(getattr(one, name)) for name in COLUMNS)
        for one in experiments
    ]
    path.write_text("\n".join([",".join(COLUMNS), *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    channels = tuple(ChannelSpec(name, 0.8, effect=0.6) for name in ("tv", "radio", "email"))
    folder = tmp_path_factory.mktemp("world")
    write_world(simulate(WorldSpec("small", channels, base=-2.5), 41, 2000, measured_on=10), folder)
    return folder


def loaded(graph: Stores, world: Path, *files: Path) -> None:
    load(
        [world / "events.csv", world / "customers.csv", *files],
        preset("events", "customers", "experiments"),
        LoadOptions(staging=STAGING),
        graph,
    )


def credit_of(answer: Attribution, channel: str) -> Any:
    (line,) = [one for one in answer.models["incremental"].credits if one.key == channel]
    return line


def calibrated_by(graph: Stores, run: str | None) -> list[str]:
    found = graph.driver.execute_query(
        "MATCH (:Run {id: $run})-[:CALIBRATED_BY]->(e:Experiment)-[:TESTED]->(c:Channel) "
        "RETURN e.id + ' ' + c.name AS name ORDER BY name",
        {"run": run},
        database_=DATABASE,
    ).records
    return [record["name"] for record in found]


def test_stored_experiments_calibrate_unless_declined(
    graph: Stores, world: Path, tmp_path: Path
) -> None:
    file = table(tmp_path / "experiments.csv", TEST, OLD)
    loaded(graph, world, file)
    assert read_experiments(graph.driver) == (TEST, OLD)

    without = attribute_graph(graph, replace(OPTIONS, experiments=()))
    by_default = attribute_graph(graph, OPTIONS)
    assert by_default.run != without.run
    assert credit_of(by_default, "tv").conversions < 0.5 * credit_of(without, "tv").conversions
    notes = by_default.models["incremental"].notes
    assert any("an experiment was left out: experiment 'old' ran from 2001" in one for one in notes)
    assert calibrated_by(graph, by_default.run) == ["e1 tv"]
    assert calibrated_by(graph, without.run) == []

    files = [world / "events.csv", world / "customers.csv", file]
    source = preset("events", "customers", "experiments")
    same = attribute_files(files, source, OPTIONS, staging=STAGING, folder=tmp_path)
    assert credit_of(same, "tv").conversions == pytest.approx(
        credit_of(by_default, "tv").conversions, abs=1e-9
    )
    # no touch has a cost, so the spend is that of the only test with one: 100 in 10 days
    (row,) = by_default.lift_rows("pymc").rows
    assert row == pytest.approx(same.lift_rows("pymc").rows[0], abs=1e-9)
    assert (row["channel"], row["delta_x"]) == ("tv", pytest.approx(70.0))


def test_a_later_load_replaces_an_experiment(graph: Stores, world: Path, tmp_path: Path) -> None:
    loaded(graph, world, table(tmp_path / "1.csv", TEST))
    changed = replace(TEST, channel="email", lift=3.0, spend=None, currency=None)
    loaded(graph, world, table(tmp_path / "2.csv", changed))
    assert read_experiments(graph.driver) == (changed,)
