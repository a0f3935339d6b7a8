"""Curves of the graph are those of the files that were loaded into it, and so are plans."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.runs.progress import ignore
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.budget import BudgetOptions, plan_from_file, plan_of
from attrigraph.services.budget_curves import curves_from_files, curves_from_graph
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.budget_text import budget_text
from world_with_spend import write_world_with_spend

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.planning.plan import BudgetPlan
    from attrigraph.planning.spend_curves import BudgetCurves, CurveLevel
    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
OPTIONS = AttributionOptions(model_options=ModelOptions(draws=20))
SOURCE = preset("events", "customers", "spend")
PERIOD = date(2030, 1, 1), date(2030, 1, 31)


def both(
    graph: Stores, files: list[Path], by: CurveLevel, folder: Path
) -> tuple[BudgetCurves, BudgetCurves]:
    of_files = curves_from_files(
        files, SOURCE, OPTIONS, by=by, staging=STAGING, folder=folder, progress=ignore
    )
    return curves_from_graph(graph, OPTIONS, by=by), of_files


def assert_equal_plans(first: BudgetPlan, second: BudgetPlan) -> None:
    assert first.value.value == pytest.approx(second.value.value, rel=1e-9)
    assert first.value.low == pytest.approx(second.value.low, rel=1e-9)
    for one, other in zip(first.allocations, second.allocations, strict=True):
        assert one.campaign == other.campaign
        assert one.spend == pytest.approx(other.spend, rel=1e-9, abs=1e-9)


def test_graph_files_and_the_file_of_a_plan_lead_to_the_same_plan(
    graph: Stores, tmp_path: Path
) -> None:
    files = write_world_with_spend(tmp_path / "world")
    load(files, SOURCE, LoadOptions(staging=STAGING), graph)
    of_graph, of_files = both(graph, files, "channel", tmp_path)
    assert of_graph.unplanned == of_files.unplanned
    assert of_graph.synergies == of_files.synergies
    for first, second in zip(of_graph.curves, of_files.curves, strict=True):
        assert first.curve.id == second.curve.id
        assert first.curve.spend == pytest.approx(second.curve.spend, rel=1e-9)
        np.testing.assert_allclose(first.curve.values, second.curve.values, rtol=1e-9)
        np.testing.assert_allclose(first.curve.draws, second.curve.draws, rtol=1e-9, atol=1e-9)

    direct = plan_of(of_graph.request(*PERIOD, 300.0), BudgetOptions())
    file = tmp_path / "plan.toml"
    file.write_text(budget_text(of_files.request(*PERIOD, 300.0)), encoding="utf-8")
    assert_equal_plans(direct, plan_from_file(file))
