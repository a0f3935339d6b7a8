"""What happened after a day, and before it, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.targets import WINDOWS, targets_of
from fatigue_histories import history


def test_windows_of_three_days_by_hand() -> None:
    clicks = np.arange(20.0)[None]
    panel = panel_of(history(np.full((1, 20), 100.0), clicks))
    found = targets_of(panel, np.array([0]), day=9)
    # days 10 to 12, 13 to 15, 16 to 18, and what is seen of the fourth window
    assert found.clicks.tolist() == [[33.0, 42.0, 51.0, 19.0, *[0.0] * (WINDOWS - 4)]]
    seen = panel.impressions[0]
    ahead = [*seen[10:19].reshape(3, 3).sum(axis=1), seen[19]]
    assert found.impressions[0] == pytest.approx([*ahead, *[0.0] * (WINDOWS - 4)])
    # the last three days, and those of age 2 to 4
    assert found.recent[0] == pytest.approx([seen[7:10].sum(), 7 + 8 + 9])
    assert found.early[0] == pytest.approx([seen[2:5].sum(), 2 + 3 + 4])


def test_pauses_and_what_is_not_seen_have_no_impressions() -> None:
    shown = np.full((2, 12), 100.0)
    shown[0, 5:] = 0  # paused
    shown[1, :5] = 0  # launched on the day
    found = targets_of(panel_of(history(shown)), np.array([0, 1]), day=5)
    assert (found.impressions[0] == 0).all()
    assert found.recent[0, 0] == pytest.approx(200, rel=0.05)
    assert (found.impressions[1] > 0).tolist() == [True, True, *[False] * (WINDOWS - 2)]
    # the first days after the wear-in are not over
    assert found.early[1].tolist() == [0.0, 0.0]


def test_the_last_day_has_no_future() -> None:
    found = targets_of(panel_of(history(np.full((1, 6), 10.0))), np.array([0]), day=5)
    assert found.impressions.sum() == found.clicks.sum() == 0
    assert targets_of(panel_of(history(np.ones((1, 3)))), np.array([], int), 2).clicks.size == 0
