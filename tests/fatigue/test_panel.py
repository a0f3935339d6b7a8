"""The panel by hand, and its exposures against those of a world."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.panel import panel_of
from fatigue_histories import history, small_history, small_world


def test_a_panel_by_hand() -> None:
    # 2000 people, whom 1000 impressions reach as often as chance has it
    impressions = np.array([[1000.0, 0.0, 1000.0], [0.0, 1000.0, 1000.0], [0.0, 0.0, 0.0]])
    panel = panel_of(
        history(
            impressions,
            reach=2000 * -np.expm1(-impressions / 2000),
            similar=[(0, 1)],
            similarity=[0.75],
        )
    )
    assert panel.audiences.people == pytest.approx([2000])
    assert panel.launch.tolist() == [0, 1, 3]
    assert panel.frequency == pytest.approx(impressions / 2000)
    own = np.array([[0.5, 0.485, 0.97045], [0.0, 0.5, 0.985], [0.0, 0.0, 0.0]])
    assert panel.own == pytest.approx(own)
    # a hook of this cosine counts half
    assert panel.spill == pytest.approx(own[[1, 0, 2]] / 2)
    ahead = np.array([impressions[0].mean(), impressions[1, 1:].mean(), 0.0])
    assert panel.impressions_ahead == pytest.approx(ahead)
    assert panel.frequency_ahead == pytest.approx(ahead / 2000)
    assert panel.spill_frequency_ahead == pytest.approx(ahead[[1, 0, 2]] / 4000)
    # few clicks say nothing of a season
    assert panel.factor == pytest.approx(np.ones((1, 3)), abs=0.01)
    assert panel.impressions == pytest.approx(impressions, rel=0.01)


def test_a_plan_changes_what_is_ahead_alone() -> None:
    figures = history(np.full((3, 9), 100.0), similar=[(0, 1)], similarity=[0.75])
    panel = panel_of(figures)
    planned = panel.planned(np.array([300.0, np.nan, 0.0]))
    people = panel.audiences.people[0]
    assert planned.impressions_ahead.tolist() == [300, 100, 0]
    assert planned.frequency_ahead == pytest.approx(np.array([300, 100, 0]) / people)
    assert planned.spill_frequency_ahead == pytest.approx(np.array([50, 150, 0]) / people)
    assert planned.own is panel.own


def test_exposures_are_those_of_the_world() -> None:
    world, panel = small_world(), panel_of(small_history())
    exposure = panel.own + world.spec.spill * panel.spill
    live = world.exposure > 0.1
    # pairs of hooks less similar than a link asks for are missing, and sizes are estimated
    assert np.median(np.abs(exposure / np.maximum(world.exposure, 0.1) - 1)[live]) < 0.02
    assert np.corrcoef(exposure[live], world.exposure[live])[0, 1] > 0.99


@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (1, 40)])
def test_small_panels_are_finite(shape: tuple[int, int]) -> None:
    for impressions in (np.zeros(shape), np.full(shape, 50.0)):
        panel = panel_of(history(impressions))
        for name in ("factor", "impressions", "frequency", "own", "impressions_ahead", "spill"):
            assert np.isfinite(getattr(panel, name)).all()
