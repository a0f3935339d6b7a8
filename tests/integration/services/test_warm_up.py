"""Touches before a window act in it, whether they are read from the graph or from files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions, TouchLookback
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

    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
START, END = START_MS + 15 * DAY_MS, START_MS + 40 * DAY_MS
CHANNELS = tuple(ChannelSpec(name, 0.8, effect=0.6) for name in ("tv", "radio", "email"))


OWN = (TouchLookback("channel", "tv", 2.5), TouchLookback("channel", "email", 9.0))


@pytest.mark.parametrize(("lookback_days", "own"), [(None, ()), (6.0, ()), (6.0, OWN)])
def test_graph_and_files_agree_and_credit_the_window_alone(
    graph: Stores, tmp_path: Path, lookback_days: float | None, own: tuple[TouchLookback, ...]
) -> None:
    world = tmp_path / "world"
    write_world(simulate(WorldSpec("small", CHANNELS, base=-2.5), 41, 2000, measured_on=10), world)
    files = [world / "events.csv", world / "customers.csv"]
    source = preset("events", "customers")
    load(files, source, LoadOptions(staging=STAGING), graph)
    options = AttributionOptions(
        models=("incremental",),
        journeys=JourneyOptions(window=(START, END), lookbacks=own, steps=3),
        model_options=ModelOptions(draws=20, lookback_days=lookback_days),
    )

    through_graph = attribute_graph(graph, options).models["incremental"]
    same = attribute_files(files, source, options, staging=STAGING, folder=tmp_path)
    of_files = same.models["incremental"]
    expected = {line.key: line for line in of_files.credits}
    assert len(expected) == len(CHANNELS)
    for line in through_graph.credits:
        assert line.conversions == pytest.approx(expected[line.key].conversions, abs=1e-9)
        assert line.value == pytest.approx(expected[line.key].value, rel=1e-9)
    assert through_graph.baseline.conversions == pytest.approx(
        of_files.baseline.conversions, abs=1e-9
    )
    assert any("before the window act in it" in note for note in of_files.notes)
    assert through_graph.notes == of_files.notes
    assert of_files.notes[-1].startswith("--steps is a rule of journeys")
    limits = {"tv": 2.5, "email": 9.0} if own else {}
    for record in graph.driver.execute_query(
        "MATCH (t:Touchpoint)-[:CREDITED]->(c:Conversion) RETURN t.channel AS channel, "
        "max(duration.inSeconds(t.timestamp, c.timestamp).seconds) AS age",
        database_=DATABASE,
    ).records:
        limit = limits.get(record["channel"], lookback_days)
        assert limit is None or record["age"] <= limit * 86_400

    first = graph.driver.execute_query(
        "MATCH (t:Touchpoint)-[:CREDITED]->(:Conversion) RETURN min(t.timestamp) AS first",
        database_=DATABASE,
    ).records[0]["first"]
    assert first.to_native() >= datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=START)
