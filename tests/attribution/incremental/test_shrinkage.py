"""The sd that a group of effects shares, against linear regressions in which all is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from attrigraph.attribution.incremental.shrinkage import SPREAD_SCALE, SPREADS, SpreadPosterior

GROUP = slice(1, 5)


def regression(sd: float, seed: int = 0) -> tuple[Any, Any]:
    """Columns and outcomes with noise of sd 1; the first effect has a prior sd of 1."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((60, 5))
    effect = np.append(0.4, sd * rng.standard_normal(4))
    return columns, columns @ effect + rng.standard_normal(60)


def fit(columns: Any, outcome: Any, sd: float) -> tuple[Any, Any]:
    """Effects and their posterior variance."""
    prior = np.append(1.0, np.full(4, sd**-2.0))
    variance = np.linalg.inv(columns.T @ columns + np.diag(prior))
    return variance @ columns.T @ outcome, variance


def posterior(columns: Any, outcome: Any, fitted: float) -> tuple[SpreadPosterior, Any]:
    effect, variance = fit(columns, outcome, fitted)
    found = SpreadPosterior.of(effect[GROUP], variance[GROUP, GROUP], fitted**-2.0)
    return found, variance


def by_definition(columns: Any, outcome: Any) -> Any:
    """Posterior probabilities of ``SPREADS`` from the marginal distribution of the outcome."""
    log_weight = []
    for sd in SPREADS:
        prior = np.append(1.0, np.full(4, sd**2))
        marginal = np.eye(60) + (columns * prior) @ columns.T
        evidence = multivariate_normal.logpdf(outcome, np.zeros(60), marginal)
        log_weight.append(evidence + np.log(sd) - (sd / SPREAD_SCALE) ** 2 / 2)
    weight = np.exp(np.array(log_weight) - max(log_weight))
    return weight / weight.sum()


@pytest.mark.parametrize("fitted", [0.1, 0.3, 2.0])
@pytest.mark.parametrize("sd", [0.0, 0.5])
def test_the_posterior_is_that_of_the_definition_wherever_the_fit_was(
    sd: float, fitted: float
) -> None:
    columns, outcome = regression(sd)
    found, _ = posterior(columns, outcome, fitted)
    expected = by_definition(columns, outcome)
    assert found.weight == pytest.approx(expected, abs=1e-9)
    assert found.penalty == pytest.approx((expected @ SPREADS) ** -2.0)


def test_what_is_left_open_is_the_variance_over_all_sds_beyond_the_fitted_one() -> None:
    columns, outcome = regression(0.3)
    fitted = 0.1
    found, variance = posterior(columns, outcome, fitted)
    gradient = np.random.default_rng(1).standard_normal((5, 3))
    root = found.left_open((variance @ gradient)[GROUP])
    means, inside = [], np.zeros((3, 3))
    for sd, weight in zip(SPREADS, found.weight, strict=True):
        effect, its_variance = fit(columns, outcome, float(sd))
        means.append(effect @ gradient)
        inside += weight * gradient.T @ its_variance @ gradient
    added = inside + np.cov(np.array(means).T, aweights=found.weight, bias=True)
    added -= gradient.T @ variance @ gradient
    values, vectors = np.linalg.eigh(added)
    assert root.T @ root == pytest.approx((vectors * np.maximum(values, 0)) @ vectors.T, abs=1e-9)
    assert values.max() > 1e-3


def test_one_weak_effect_leaves_its_sd_open() -> None:
    """The most likely sd of an effect that is smaller than its error is 0."""
    found = SpreadPosterior.of(np.array([0.01]), np.array([[0.04]]), 5.0)
    assert found.penalty**-0.5 > 0.1
