"""Frequency at present, and the exposure that it leads to, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.frequency import exposure_ahead, remaining
from attrigraph.fatigue.pace import recent_mean


def test_frequency_is_the_mean_since_the_launch_of_a_week_at_most() -> None:
    frequency = np.array([[9.0] * 3 + [2.0] * 7, [0.0] * 8 + [3.0, 5.0], [1.0] * 5 + [0.0] * 5])
    launch = np.array([0, 8, 0])
    found = recent_mean(frequency, launch)
    assert found == pytest.approx([2, 4, 2 / 7])


def test_exposure_ahead_is_what_the_same_days_would_leave() -> None:
    past = np.array([[0.4, 0.1, 0.3]])
    later = np.concatenate([past, np.full((1, 6), 0.2)], axis=1)
    found = exposure_ahead(remaining(past)[:, -1], np.array([0.2]), np.arange(7.0))
    assert found == pytest.approx(remaining(later)[:, 2:])
