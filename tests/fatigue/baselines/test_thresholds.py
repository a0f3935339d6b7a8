"""Thresholds by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.fatigue.baselines.thresholds import DropThreshold, FrequencyThreshold
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import OWN_FEATURES, snapshot_of
from fatigue_histories import history

# x impressions per person reach 1 - e^-x of them, so that the frequency is 3 at this x
AT_THREE = 2.8214393721


def test_days_until_the_frequency_is_above_three() -> None:
    frequency = np.array([[0.1] * 10, [0.3] * 10, [0.01] * 10])
    impressions = 1000 * frequency
    panel = panel_of(history(impressions, reach=1000 * -np.expm1(-frequency)))
    found = FrequencyThreshold().predict(snapshot_of(panel), panel)
    assert found.days == pytest.approx([(AT_THREE - 1) / 0.1, 0, 30])
    assert AT_THREE / -np.expm1(-AT_THREE) == pytest.approx(3)
    assert found.log_ratio is None


def test_days_until_the_click_rate_is_a_fifth_below_its_peak() -> None:
    panel = panel_of(history(np.full((4, 10), 100.0)))
    snapshot = snapshot_of(panel)
    own = snapshot.own.copy()
    own[:, OWN_FEATURES.index("slope by age")] = [-0.02, -0.02, 0.01, -0.001]
    now = np.array([-0.1, np.log(0.79), -0.1, -0.1])
    found = DropThreshold().predict(replace(snapshot, own=own, log_ratio=now), panel)
    assert found.days == pytest.approx([(-0.1 - np.log(0.8)) / 0.02, 0, 30, 30])
