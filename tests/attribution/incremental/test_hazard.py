"""The hazard fit: its score equations, and a general optimiser beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from attrigraph.attribution.incremental.hazard import Rows, fit_hazard, newton_step
from attrigraph.errors import ConvergenceError


def drawn(rows: Any = 3000, days: int = 4, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((rows, 3))
    day = np.sort(rng.integers(days, size=rows))
    logit = features @ np.array([0.8, -0.5, 0.0]) - 2 + 0.3 * day
    event = rng.random(rows) < 1 / (1 + np.exp(-logit))
    return Rows(features, day, event, rng.uniform(0.5, 2.0, rows), days)


def test_fitted_chances_sum_to_the_events_of_every_day() -> None:
    rows = drawn()
    fit = fit_hazard(rows, np.ones(3))
    chance = rows.chance(fit.level, fit.effect)
    expected = rows.by_day(rows.weight * rows.event)
    assert rows.by_day(rows.weight * chance) == pytest.approx(expected, rel=1e-6)


def test_the_fit_is_the_one_a_general_optimiser_finds() -> None:
    rows, penalty = drawn(), np.array([1.0, 5.0, 0.1])

    def loss(point: Any) -> Any:
        logit = point[:4][rows.day] + rows.features @ point[4:]
        likelihood = rows.weight @ (np.logaddexp(0, logit) - rows.event * logit)
        return likelihood + 0.5 * penalty @ point[4:] ** 2

    best = minimize(loss, np.zeros(7), tol=1e-10)
    fit = fit_hazard(rows, penalty)
    assert np.concatenate([fit.level, fit.effect]) == pytest.approx(best.x, abs=1e-3)
    assert fit.loss == pytest.approx(best.fun, rel=1e-8)


def test_curvature_is_the_inverse_variance_with_levels_profiled_out() -> None:
    rows = drawn()
    fit = fit_hazard(rows, np.zeros(3))
    dummies = np.eye(rows.days)[rows.day]
    design = np.concatenate([dummies, rows.features], axis=1)
    chance = rows.chance(fit.level, fit.effect)
    whole = design.T @ (design * (rows.weight * chance * (1 - chance))[:, None])
    inverse = np.linalg.inv(whole)[4:, 4:]
    assert np.linalg.inv(fit.curvature) == pytest.approx(inverse, rel=1e-4)


def test_a_warm_start_ends_at_the_same_place() -> None:
    rows = drawn()
    cold = fit_hazard(rows, np.ones(3))
    warm = fit_hazard(rows, np.ones(3), start=fit_hazard(rows, np.full(3, 30.0)))
    assert warm.effect == pytest.approx(cold.effect, abs=1e-5)


def test_a_fit_that_does_not_settle_is_an_error() -> None:
    with pytest.raises(ConvergenceError, match="did not converge"):
        fit_hazard(drawn(), np.ones(3), tolerance=-1.0)


def test_a_ridge_is_a_prior_with_a_diagonal_precision() -> None:
    rows = drawn()
    ridge = np.array([0.5, 2.0, 7.0])[: rows.features.shape[1]]
    start = np.zeros(rows.days), np.full(len(ridge), 0.3)
    by_ridge = newton_step(rows, ridge, *start)
    by_precision = newton_step(rows, np.diag(ridge), *start)
    for one, other in zip(by_ridge, by_precision, strict=True):
        assert (one == other).all()
