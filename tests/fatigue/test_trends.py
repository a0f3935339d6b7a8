"""Quadratic log rates: those of exact counts, and against fits of single units."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.trends import powers, shrunk_trends

DAYS = np.arange(-9.0, 30.0, 3.0)


def counts(seed: int, n: int, impressions: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clicks of units, their impressions, and their true coefficients."""
    rng = np.random.default_rng(seed)
    truth = np.stack([rng.normal(-4, 0.4, n), rng.normal(-0.3, 0.2, n), rng.normal(0, 0.05, n)], 1)
    shown = np.full((n, len(DAYS)), impressions)
    return rng.poisson(shown * np.exp(truth @ powers(DAYS).T)).astype(float), shown, truth


def test_powers_by_hand() -> None:
    assert powers(np.array([0.0, 20.0])).tolist() == [[1, 0, 0], [1, 2, 4]]


def test_exact_counts_have_their_coefficients() -> None:
    truth = np.array([[-4.0, -0.3, 0.02], [-5.0, 0.1, -0.05], [-3.0, -0.6, 0.0]])
    shown = np.full((3, len(DAYS)), 1e9)
    found = shrunk_trends(shown * np.exp(truth @ powers(DAYS).T), shown, np.tile(DAYS, (3, 1)))
    assert found == pytest.approx(truth, abs=1e-4)


def test_shrinkage_brings_log_rates_nearer_to_the_truth() -> None:
    clicks, shown, truth = counts(0, 300, 2000)
    days = np.tile(DAYS, (300, 1))
    shrunk = shrunk_trends(clicks, shown, days)
    alone = np.concatenate(
        [shrunk_trends(clicks[[unit]], shown[[unit]], days[[unit]]) for unit in range(300)]
    )

    def error(found: np.ndarray) -> float:
        return float((((found - truth) @ powers(DAYS).T) ** 2).mean())

    # that of each unit alone has its own coefficients as the mean
    assert error(shrunk) < 0.9 * error(alone)


def test_windows_without_impressions_do_not_count() -> None:
    clicks, shown, _ = counts(1, 40, 5000)
    days = np.tile(DAYS, (40, 1))
    shown[:20, -4:] = 0
    found = shrunk_trends(np.where(shown > 0, clicks, 99), shown, days)
    assert found == pytest.approx(shrunk_trends(np.where(shown > 0, clicks, 0), shown, days))
    fewer = shrunk_trends(clicks[:20, :-4], shown[:20, :-4], days[:20, :-4])
    # shrunk to other units, but of the same counts
    assert np.abs(found[:20] - fewer)[:, 0].max() < 0.1


def test_units_without_clicks_have_finite_coefficients() -> None:
    clicks, shown, _ = counts(2, 5, 3000)
    clicks[0] = 0
    shown[1] = clicks[1] = 0
    days = np.tile(DAYS, (5, 1))
    assert np.isfinite(shrunk_trends(clicks, shown, days)).all()
    assert np.isfinite(shrunk_trends(0 * clicks, shown, days)).all()
    assert shrunk_trends(clicks[:0], shown[:0], days[:0]).shape == (0, 3)
