"""Observed days of units against their rates, and the truth of worlds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.fatigue.labels import Labels, labels_of
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.targets import targets_of
from attrigraph.worlds.fatigue.truth import true_days
from fatigue_histories import history, small_history, small_world

if TYPE_CHECKING:
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.panel import Panel

DAY = 9


def labels(rates: np.ndarray, impressions: np.ndarray) -> Labels:
    """Labels at the end of the tenth day of units with so many clicks as their rates say."""
    figures = history(impressions, impressions * rates)
    snapshot = snapshot_of(at_equal_conditions(figures.until(DAY)))
    return labels_of(targets_of(at_equal_conditions(figures), snapshot.units, DAY), snapshot)


def at_equal_conditions(figures: FatigueHistory) -> Panel:
    """A panel without a common factor, which units that are launched together have."""
    return replace(panel_of(figures), impressions=figures.impressions)


def declining(halves: tuple[float, ...], days: int = 50) -> np.ndarray:
    """Rates that halve in so many days from the second day on."""
    day = np.maximum(np.arange(days) - 1, 0)
    return np.stack([0.01 * 0.5 ** (day / half) for half in halves])


def test_days_until_a_half_of_the_highest_rate() -> None:
    halves = (40.0, 24.0, 15.0, 12.0, 6.0)
    rates = declining(halves)
    found = labels(rates, np.full(rates.shape, 1e6))
    # a half of the rate of day 1 is reached on the day 1 + half
    expected = np.clip(np.array(halves) + 1 - DAY, 0, 30)
    assert found.days == pytest.approx(expected, abs=1.6)
    assert found.tired.tolist() == [False, True, True, True, True]
    assert found.days[0] == 30
    assert found.days[-1] == 0
    assert found.complete.all()


def test_a_paused_unit_is_censored_not_tired() -> None:
    rates = declining((25.0,) * 4)
    shown = np.full(rates.shape, 1e6)
    shown[1, DAY + 1 :] = 0  # replaced at once
    shown[2, DAY + 7 :] = 0  # after two windows
    shown[3, DAY + 5 : DAY + 12] = 0  # came back before it was tired
    found = labels(rates, shown)
    assert found.tired.tolist() == [True, False, False, True]
    assert found.days[1:3].tolist() == [0, 6]
    assert found.days[3] == pytest.approx(found.days[0], abs=0.5)
    assert found.complete.tolist() == [True, False, False, True]


def test_the_end_of_the_history_censors() -> None:
    rates = declining((25.0, 3.0), days=DAY + 7)
    found = labels(rates, np.full(rates.shape, 1e6))
    assert found.days.tolist() == [6, 0]
    assert found.tired.tolist() == [False, True]


def test_rates_that_rise_are_not_tired() -> None:
    rates = np.tile(0.01 * (1 + np.arange(50) / 50), (2, 1))
    found = labels(rates, np.full(rates.shape, 1e5))
    assert found.days.tolist() == [30, 30]
    assert not found.tired.any()


@pytest.mark.parametrize("name", ["fatigue-spill", "fatigue-power", "fatigue-pauses"])
def test_labels_are_near_the_truth_and_hardly_biased(name: str) -> None:
    world, figures = small_world(name, 60), small_history(name, 60)
    full = panel_of(figures)
    found, truth = [], []
    for day in (26, 44, 62):
        snapshot = snapshot_of(panel_of(figures.until(day)))
        label = labels_of(targets_of(full, snapshot.units, day), snapshot)
        age = day - full.launch[snapshot.units]
        asked = (age >= 6) & (age <= 14) & label.complete
        units = snapshot.units[asked]
        found.append(label.days[asked])
        truth.append(true_days(world, units, np.full(len(units), day)))
    error = np.concatenate(found) - np.concatenate(truth)
    assert np.abs(error).mean() < (5 if name == "fatigue-power" else 2.5)
    assert abs(error.mean()) < 1.2


def test_no_units_have_no_labels() -> None:
    snapshot = snapshot_of(panel_of(history(np.zeros((2, 12)))))
    assert len(snapshot.units) == 0
    found = labels_of(targets_of(panel_of(history(np.ones((2, 12)))), snapshot.units, 5), snapshot)
    assert found.days.shape == found.tired.shape == (0,)
