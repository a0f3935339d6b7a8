"""Robustness through the graph: as from files, stored with the run, and shown by the report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from attrigraph.attribution import models
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.report.page import render
from attrigraph.services import robustness
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.report import build_report
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from attrigraph.stores import Stores

STAGING: Final = StagingOptions(keep_ids=True)
CHANGES: Final = [
    "lookback of 30 days",
    "10% of touches lost",
    "30% of touches lost",
    "ids of 50% of customers broken",
    "10% of touches counted twice",
    "touches of the last hour credited",
    "model linear",
]


def options(*, robustness: bool) -> AttributionOptions:
    return AttributionOptions(
        models=("incremental", "linear"),
        model_options=ModelOptions(draws=0),
        touch_model=None,
        robustness=robustness,
    )


def test_robustness_is_that_of_files_and_computed_once(
    graph: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # of fits to fewer person-days, because there are eighteen
    monkeypatch.setattr(models, "IncrementalOptions", partial(IncrementalOptions, rows=15_000))
    world = write_world(simulate("retailer", 3, 1_500, measured_on=100), tmp_path / "world")
    files, source = [world["events"], world["customers"]], preset("events", "customers")
    load(files, source, LoadOptions(staging=STAGING), graph)

    attribute_graph(graph, options(robustness=False))
    report = build_report(graph)
    assert report.robustness is None
    assert report.settings["robustness"].startswith("not checked; run `attrigraph attribute")

    found = attribute_graph(graph, options(robustness=True)).robustness
    expected = attribute_files(
        files, source, options(robustness=True), staging=STAGING, folder=tmp_path / "staged"
    ).robustness
    assert found == expected
    assert found is not None
    assert found.per_money
    changes = [check.change for check in found.checks]
    assert changes[0].startswith("only the last")
    assert changes[1:] == CHANGES

    # the run has it now: neither the same analysis nor the report computes it again
    monkeypatch.setattr(robustness, "check_robustness", None)
    assert attribute_graph(graph, options(robustness=True)).robustness == found
    assert attribute_graph(graph, options(robustness=False)).robustness is None
    report = build_report(graph)
    assert report.robustness == found
    assert "How robust the decision is" in render(report)
