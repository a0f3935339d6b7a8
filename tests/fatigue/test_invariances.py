"""What a fitted network does where only exposure to similar creatives changes."""

from __future__ import annotations

import numpy as np

from attrigraph.fatigue.baselines.exponential import fit_shrunk_exponential
from attrigraph.fatigue.learning import LearningSettings, fit_model
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.trained import learning_data
from fatigue_histories import small_history

UNITS = 40


def test_more_exposure_to_similar_creatives_hardly_ever_raises_the_curve() -> None:
    data = learning_data(small_history("fatigue-spill", 40), seed=0)
    base = fit_shrunk_exponential(data.examples)
    model = fit_model(data.panel, data.examples, data.part, base, LearningSettings(epochs=6))
    panel = panel_of(data.panel.history.until(50))
    usual = model.forecast(panel, snapshot := snapshot_of(panel))
    worn = np.flatnonzero(np.bincount(snapshot.target, minlength=len(snapshot.units)))
    rows = np.random.default_rng(0).permutation(worn)[:UNITS]
    assert len(rows) >= 40
    raised = []
    for row in rows.tolist():
        near = snapshot.units[snapshot.source[snapshot.target == row]]
        more = np.full(panel.history.units, np.nan)
        more[near] = 1.2 * panel.impressions_ahead[near]
        planned = panel.planned(more)
        found = model.forecast(planned, snapshot_of(planned), np.array([row]))
        raised.append((found.log_ratio[0, 1:] > usual.log_ratio[row, 1:] + 1e-5).any())
    assert np.mean(raised) <= 0.05
