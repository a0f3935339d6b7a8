"""Totals, means and variances of tilted weights against their sums over days."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.tilting import LARGEST_EXPONENT, REACH, TOGETHER, Tilted, tilt

N = TOGETHER + 40


def figures(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Impressions and x of units, 0 on days without impressions."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 1000, (N, 15)) * (rng.random((N, 15)) < 0.7).astype(float)
    return weights, rng.normal(size=weights.shape) * (weights > 0)


@pytest.mark.parametrize("change", [0.0, 0.3, REACH, 2 * REACH])
def test_sums_are_those_over_days(change: float) -> None:
    weights, x = figures(1)
    first = np.random.default_rng(2).normal(size=N)
    slope = first + change * np.random.default_rng(3).choice([-1, 1], N) / np.abs(x).max(axis=1)
    rate = weights * np.exp(slope[:, None] * x)
    total = rate.sum(axis=1)
    mean = (rate * x).sum(axis=1) / total
    variance = (rate * (x - mean[:, None]) ** 2).sum(axis=1) / total
    tilted = Tilted(weights, x, first)
    some = np.flatnonzero(np.random.default_rng(4).random(N) < 0.5)
    for units in (some, None):
        rows = slice(None) if units is None else units
        found = tilted.at(slope[rows], units)
        assert found[0] == pytest.approx(total[rows], rel=1e-7)
        assert found[1] == pytest.approx(mean[rows], rel=1e-6, abs=1e-7)
        assert found[2] == pytest.approx(variance[rows], rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (3, 4)])
def test_units_without_weights_have_a_total_of_0(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape)
    for found in Tilted(nothing, nothing, np.ones(shape[0])).at(np.full(shape[0], 5.0)):
        assert found.tolist() == [0.0] * shape[0]


def test_a_tilt_is_bounded() -> None:
    found = tilt(np.array([-1e9, 0.5, 1e9]))
    assert found == pytest.approx(np.exp([-LARGEST_EXPONENT, 0.5, LARGEST_EXPONENT]))
    assert tilt(np.zeros((0, 3))).shape == (0, 3)
