"""Planned impressions by hand, and what they do to forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.exponential import Exponential
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.planned import PlannedImpressions
from attrigraph.fatigue.snapshot import snapshot_of
from fatigue_histories import history, small_history

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_a_creative_shares_its_plan_as_in_the_last_days() -> None:
    panel = panel_of(small_history())
    figures = panel.history
    several = np.flatnonzero(np.bincount(figures.creative[panel.impressions_ahead > 0]) > 1)
    number = int(several[0]) if len(several) else int(figures.creative[0])
    name = figures.creatives[number]
    found = PlannedImpressions({(name, None): 500.0}).applied_to(panel)
    own = figures.creative == number
    recent = panel.impressions_ahead
    assert found.impressions_ahead[own].sum() == pytest.approx(500)
    share = recent[own] / recent[own].sum()
    assert found.impressions_ahead[own] == pytest.approx(500 * share)
    assert np.array_equal(found.impressions_ahead[~own], recent[~own])


def test_a_plan_of_one_audience_goes_before() -> None:
    panel = panel_of(history(np.full((2, 9), 100.0)))
    name = (panel.history.creatives[0], panel.history.audiences[0])
    found = PlannedImpressions({name: 7.0}).applied_to(panel)
    assert found.impressions_ahead.tolist() == [7, 100]


def test_what_the_graph_lacks_is_named() -> None:
    panel = panel_of(history(np.full((2, 9), 100.0)))
    known, audience = panel.history.creatives[0], panel.history.audiences[0]
    known_plans: dict[tuple[str, str | None], float] = {(known, None): 1.0, (known, audience): 1.0}
    PlannedImpressions(known_plans).applied_to(panel)
    for creative, of_audience, wrong in (("no", None, "no"), (known, "other", "in other")):
        with pytest.raises(InputError, match=wrong):
            PlannedImpressions({(creative, of_audience): 1.0}).applied_to(panel)


def test_a_creative_that_is_shown_more_tires_sooner() -> None:
    panel = panel_of(small_history())
    model = Exponential("all exposure", None)

    def curves(factor: float) -> NDArray[np.float64]:
        planned = panel.planned(factor * panel.impressions_ahead)
        return model.curves(snapshot_of(planned), planned)

    usual = curves(1.0)
    assert np.array_equal(usual, model.curves(snapshot_of(panel), panel))
    assert np.all(curves(3.0) <= usual + 1e-12)
    assert np.mean(curves(3.0)[:, 5] < usual[:, 5] - 0.01) > 0.3
