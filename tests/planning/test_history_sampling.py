"""Draws of Hamiltonian Monte Carlo: those of a known density."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.errors import ConvergenceError
from attrigraph.planning import history_sampling
from attrigraph.planning.history_sampling import draws_from, mode_of, r_hat

COVARIANCE = np.array([[4.0, 0.9, 0.0], [0.9, 0.3, 0.0], [0.0, 0.0, 1e-4]])
MEAN = np.array([1.0, -2.0, 0.5])
PRECISION: np.ndarray = np.linalg.inv(COVARIANCE)


def normal(point: np.ndarray) -> tuple[float, np.ndarray]:
    away: np.ndarray = PRECISION @ (point - MEAN)
    return -float((point - MEAN) @ away) / 2, -away


def test_the_mode_of_a_normal_is_its_mean() -> None:
    assert mode_of(normal, np.zeros(3)) == pytest.approx(MEAN, abs=1e-4)


def test_draws_have_the_moments_of_the_density() -> None:
    draws = draws_from(normal, MEAN, 1500, np.random.default_rng(1))
    assert draws.shape == (1500, 3)
    spread: np.ndarray = np.sqrt(np.diag(COVARIANCE))
    assert np.abs((draws.mean(axis=0) - MEAN) / spread).max() < 0.12
    assert draws.std(axis=0) == pytest.approx(spread, rel=0.1)
    assert float(np.corrcoef(draws[:, 0], draws[:, 1]).min()) == pytest.approx(
        0.9 / np.sqrt(1.2), abs=0.05
    )


def test_draws_of_a_skewed_density_have_its_quantiles() -> None:
    """The logarithm of a gamma variable of shape 2: density exp(2 x - exp(x))."""

    def density(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float(2 * point[0] - np.exp(point[0])), np.array([2 - np.exp(point[0])])

    draws = np.exp(draws_from(density, np.log([2.0]), 3000, np.random.default_rng(2))[:, 0])
    assert np.percentile(draws, [5, 50, 95]) == pytest.approx([0.355, 1.678, 4.744], rel=0.1)


def test_r_hat_is_one_where_chains_agree_and_large_where_they_do_not() -> None:
    rng = np.random.default_rng(3)
    chains = rng.standard_normal((2, 400, 1))
    assert r_hat(chains)[0] == pytest.approx(1.0, abs=0.02)
    apart = chains + np.array([0.0, 3.0])[:, None, None]
    assert r_hat(apart)[0] > 1.5


def test_chains_that_do_not_agree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_sampling, "MAX_R_HAT", 0.9)
    with pytest.raises(ConvergenceError, match="did not settle"):
        draws_from(normal, MEAN, 10, np.random.default_rng(1))
