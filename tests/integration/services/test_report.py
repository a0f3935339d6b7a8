"""The report of a graph's current run, and the incremental model, on the real server."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.graph.ingest import ingest_batch
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.report.journey import render as render_journey
from attrigraph.report.page import render
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.explain import explain_channels, explain_conversion
from attrigraph.services.file_report import build_file_report
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.report import build_report
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.report.data import ReportData
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
JUNE = (1780272000000, 1782864000000)


@pytest.fixture
def graph_with_events(graph: Stores) -> Stores:
    """Two customers: one converts after display and email, one saw display."""
    ingest_batch(
        graph.driver,
        events_from_objects(
            [
                Touchpoint("t1", "ada", NOON, channel="display <b>", cost=2.0),
                Touchpoint("t2", "ada", NOON + timedelta(days=2), channel="email"),
                Touchpoint("t3", "ben", NOON, channel="display <b>"),
            ],
            [Conversion("c1", "ada", NOON + timedelta(days=3), value=30.0)],
        ),
    )
    return graph


def run(stores: Stores, **changes: Any) -> None:
    options = AttributionOptions(models=("linear", "first"), **changes)
    attribute_graph(stores, options)


def test_report_before_any_run_says_what_to_do(graph: Stores) -> None:
    with pytest.raises(InputError, match="run `attrigraph attribute` first"):
        build_report(graph)


def test_report_on_the_current_run(graph_with_events: Stores) -> None:
    run(graph_with_events)
    report = build_report(graph_with_events)
    assert [level.by for level in report.levels] == ["channel"]
    linear = {c.key: c.value for c in report.levels[0].models["linear"].credits}
    assert linear == pytest.approx({"display <b>": 15.0, "email": 15.0})
    assert report.days_to_conversion.tolist() == [3.0]
    assert report.costs["channel"] == {"display <b>": 2.0}
    assert report.settings["data since the run"] == "unchanged"
    page = render(report)
    assert "display &lt;b&gt;" in page
    assert report.settings["run"] in page


def test_report_keeps_the_settings_of_the_run(graph_with_events: Stores) -> None:
    run(graph_with_events, journeys=JourneyOptions(lookback_days=2.0, window=JUNE))
    report = build_report(graph_with_events)
    assert report.settings["lookback"] == "2 days"
    assert report.days_to_conversion.tolist() == [1.0]


def test_report_says_when_the_graph_has_changed_since(graph_with_events: Stores) -> None:
    run(graph_with_events)
    late = events_from_objects([Touchpoint("t9", "cleo", NOON, channel="email")], [])
    ingest_batch(graph_with_events.driver, late)
    assert "CHANGED" in build_report(graph_with_events).settings["data since the run"]


def test_the_python_face_reads_and_writes_the_graph(
    graph_with_events: Stores, settings: Settings
) -> None:
    with MarketingIntelligence.connect(settings) as attribution:
        answer = attribution.compute_attribution(
            models=["last"], window=(NOON, NOON.replace(day=9))
        )
    assert answer.run is not None
    assert {c.key: c.value for c in answer.models["last"].credits}["email"] == 30.0


def test_the_incremental_model_says_the_same_of_graph_and_files(
    graph: Stores, tmp_path: Path
) -> None:
    files = write_world(simulate("confounded", 3, 3000, measured_on=2000), tmp_path / "world")
    events, customers = files["events"], files["customers"]
    source, staging = preset("events", "customers"), StagingOptions(keep_ids=True)
    load(
        [events, customers],
        source,
        LoadOptions(staging=staging),
        graph,
    )
    options = AttributionOptions(models=("incremental", "linear"), touch_model="incremental")
    by_graph = attribute_graph(graph, options)
    by_files = attribute_files(
        [events, customers], source, options, staging=staging, folder=tmp_path / "staged"
    )
    for name in ("incremental", "linear"):
        ours, theirs = by_graph.models[name], by_files.models[name]
        assert ours.baseline.conversions == pytest.approx(theirs.baseline.conversions, rel=1e-9)
        assert ours.assumptions == theirs.assumptions
        assert [c.key for c in ours.credits] == [c.key for c in theirs.credits]
        for mine, other in zip(ours.credits, theirs.credits, strict=True):
            assert mine.conversions == pytest.approx(other.conversions, rel=1e-9)
            assert mine.low is not None
            assert (mine.low, mine.high) == pytest.approx((other.low, other.high), rel=1e-6)
            assert (mine.identified, mine.reasons) == (other.identified, other.reasons)
            assert (mine.captured is None) == (other.captured is None)
            if mine.captured is not None and other.captured is not None:
                captured = pytest.approx(other.captured.conversions, rel=1e-9)
                assert mine.captured.conversions == captured
        assert (ours.triggered, ours.advice) == (theirs.triggered, theirs.advice)
    triggered = by_graph.models["incremental"].triggered
    assert triggered
    assert explain_channels(graph).triggered == {"incremental": triggered}
    page = render(build_report(graph))
    assert "Conversions that marketing caused, by the incremental model" in page
    assert "Who makes demand for whom" in page
    record = graph.driver.execute_query(
        "MATCH ()-[a:ASSIGNED {model: 'incremental', level: 'channel'}]->() "
        "RETURN count(a.low) AS low, count(a.high) AS high"
    ).records[0]
    assert record["low"] == record["high"] == 6


def test_a_conversion_is_explained_touch_by_touch(graph_with_events: Stores) -> None:
    with pytest.raises(InputError, match="touch-model"):
        explain_conversion(graph_with_events, "c1")
    run(graph_with_events)
    found = explain_conversion(graph_with_events, "c1")
    assert [touch.id for touch in found.touches] == ["t1", "t2"]
    assert found.credit == pytest.approx((0.5, 0.5))
    assert found.baseline == pytest.approx(0.0)
    page = render_journey(found.conversion, found.touches, found.credit, found.model)
    assert "display &amp;lt;b&amp;gt;" not in page
    assert "<h1>Conversion c1</h1>" in page
    with pytest.raises(InputError, match="'nobody'"):
        explain_conversion(graph_with_events, "nobody")


def test_the_page_of_files_is_that_of_the_graph(graph: Stores, tmp_path: Path) -> None:
    files = write_world(simulate("confounded", 3, 600), tmp_path / "world")
    spend = tmp_path / "spend.csv"
    spend.write_text("date,channel,cost\n2026-01-10,email,50\n", encoding="utf-8")
    events = [files["events"], spend]
    source, staging = preset("events", "spend"), StagingOptions(keep_ids=True)
    options = AttributionOptions(
        models=("linear", "last", "markov-1"),
        model_options=ModelOptions(draws=0),
        touch_model=None,
    )
    load(events, source, LoadOptions(staging=staging), graph)
    attribute_graph(graph, options)
    by_graph = build_report(graph)
    by_files = build_file_report(
        events, source, options, staging=staging, folder=tmp_path / "staged"
    )
    assert _page_alone(by_files) == _page_alone(by_graph)
    settings = {"code", "models", "customers", "touches", "lookback", "events"}
    for name in settings:
        assert by_files.settings[name] == by_graph.settings[name]


def _page_alone(report: ReportData) -> str:
    """The page without what names its source and its run, and without its CSV of all digits."""
    page = render(replace(report, source="", written=NOON, settings={}, loads=()))
    return re.sub(r'href="data:[^"]*"', "", page)


def test_a_graph_without_conversions_has_nothing_to_credit(graph: Stores) -> None:
    touches = events_from_objects([Touchpoint("t1", "ada", NOON, channel="email")], [])
    ingest_batch(graph.driver, touches)
    with pytest.raises(InputError, match="the graph holds 1 touch and no conversion, so there is"):
        run(graph)
