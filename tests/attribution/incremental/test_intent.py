"""Latent intent: planted loadings are found, and no intent is found where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.intent import fit_intent
from attrigraph.errors import ConvergenceError


def counts(loading: Any, n: int = 20_000, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    u, w = rng.standard_normal(n), rng.standard_normal((n, 1))
    rate = 0.8 * np.exp(0.3 * w + u[:, None] * np.array(loading))
    return rng.poisson(rate).astype(float), u, w


def test_planted_loadings_are_found() -> None:
    seen, u, w = counts([0.2, 0.5, 0.8, 0.0])
    fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
    assert fit.loading == pytest.approx([0.2, 0.5, 0.8, 0.0], abs=0.05)
    assert fit.rate[1] == pytest.approx(0.3, abs=0.03)
    mean = fit.posterior_mean(seen, fit.expected(w), np.zeros_like(seen))
    assert np.corrcoef(mean, u)[0, 1] > 0.6
    # Regression calibration: the posterior mean predicts u with slope 1.
    assert np.polyfit(mean, u, 1)[0] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("planted", "within"), [([0.5, 0.5], 0.08), ([0.2, 0.8], 0.15)])
def test_two_channels_share_what_they_have_in_common_as_far_as_their_own_variation_allows(
    planted: Any, within: float
) -> None:
    seen, u, w = counts(planted)
    fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
    assert fit.loading == pytest.approx(planted, abs=within)
    mean = fit.posterior_mean(seen, fit.expected(w), np.zeros_like(seen))
    assert np.corrcoef(mean, u)[0, 1] > 0.45


def test_loadings_of_two_channels_stand_to_each_other_as_what_covariates_tell_of_them() -> None:
    # Both vary by themselves as well, so that their own variation bounds nothing.
    rng = np.random.default_rng(3)
    u, x = rng.standard_normal((2, 40_000))
    mean = np.exp(np.outer(x + u, [0.15, 0.6])) * rng.gamma(2.0, 0.5, (40_000, 2))
    seen = rng.poisson(mean).astype(float)
    fit = fit_intent(seen, np.ones_like(seen), x[:, None], np.zeros_like(seen))
    assert fit.loading == pytest.approx([0.15, 0.6], abs=0.05)


def test_two_channels_that_shun_each_other_have_loadings_of_two_signs() -> None:
    rng = np.random.default_rng(4)
    u, x = rng.standard_normal((2, 40_000))
    seen = rng.poisson(np.exp(np.outer(u, [0.5, -0.5]))).astype(float)
    fit = fit_intent(seen, np.ones_like(seen), x[:, None], np.zeros_like(seen))
    assert sorted(np.abs(fit.loading)) == pytest.approx([0.5, 0.5], abs=0.15)
    assert fit.loading.prod() == pytest.approx(-0.25, abs=0.04)


def test_triggered_touches_are_no_sign_of_intent() -> None:
    seen, _, w = counts([0.4, 0.5, 0.6])
    rng = np.random.default_rng(1)
    seen[:, 2] += rng.poisson(0.5 * seen[:, 0])
    triggered = np.zeros_like(seen)
    triggered[:, 2] = 0.5 * seen[:, 0]
    fit = fit_intent(seen, np.ones_like(seen), w, triggered)
    assert fit.loading == pytest.approx([0.4, 0.5, 0.6], abs=0.06)


def test_a_channels_own_whims_are_not_taken_for_intent() -> None:
    seen, _, w = counts([0.3, 0.4, 0.5, 0.2])
    rng = np.random.default_rng(2)
    seen[:, 0] = rng.poisson(seen[:, 0].mean() * rng.gamma(0.7, 1 / 0.7, len(seen)))
    fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
    assert fit.loading == pytest.approx([0.0, 0.4, 0.5, 0.2], abs=0.06)
    assert fit.size[0] == pytest.approx(0.7, rel=0.15)


def test_a_pair_that_varies_together_for_its_own_reasons_is_left_out() -> None:
    seen, _, w = counts([0.3, 0.4, 0.5, 0.4, 0.3])
    rng = np.random.default_rng(2)
    seen[:, 1] += rng.poisson(0.8 * seen[:, 0])
    fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
    assert fit.loading[2:] == pytest.approx([0.5, 0.4, 0.3], abs=0.06)


def test_without_a_common_cause_next_to_nothing_is_inferred() -> None:
    explained = []
    for seed in range(20):
        seen, _, w = counts([0.0, 0.0, 0.0], seed=seed)
        fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
        explained.append(fit.posterior_mean(seen, fit.expected(w), np.zeros_like(seen)).var())
    assert np.median(explained) < 0.005
    assert np.mean(explained) < 0.02


def dispersed(loading: Any, rate: float, n: int, seed: int) -> Any:
    """Counts that also vary for reasons of their own, and a column that tells of intent."""
    rng = np.random.default_rng(seed)
    u, x = rng.standard_normal((2, n, 1))
    own = rng.gamma(5.0, 0.2, (n, len(loading)))
    return rng.poisson(rate * np.exp((x + u) * np.array(loading)) * own).astype(float), x


def test_weak_intent_is_shrunk_and_not_left_out() -> None:
    """A test of significance at the usual levels would find it in few of these samples."""
    products = []
    for seed in range(40):
        seen, x = dispersed([0.17, 0.17], 0.8, 10_000, seed)
        fit = fit_intent(seen, np.ones_like(seen), x, np.zeros_like(seen))
        products.append(fit.loading.prod())
    assert np.mean(np.array(products) > 0) > 0.8
    assert 0.6 < np.mean(products) / 0.17**2 < 1.1


def test_weak_loadings_are_drawn_to_what_covariates_tell_of_the_channels() -> None:
    """Factor analysis alone has an error of 0.11 in these samples, and 0.12 with equal loadings."""
    planted = np.array([0.4, 0.3, 0.2, 0.0])
    squares = []
    for seed in range(30):
        seen, x = dispersed(planted, 0.2, 12_000, seed)
        fit = fit_intent(seen, np.ones_like(seen), x, np.zeros_like(seen))
        squares.append(((fit.loading - planted) ** 2).mean())
    assert np.mean(squares) ** 0.5 < 0.085


@pytest.mark.parametrize("planted", [[0.5, 0.4, 0.3, 0.2], [0.2, 0.5]])
def test_the_variance_of_loadings_is_that_over_samples(planted: Any) -> None:
    found, claimed = [], []
    for seed in range(60):
        seen, x = dispersed(planted, 0.8, 4_000, seed)
        fit = fit_intent(seen, np.ones_like(seen), x, np.zeros_like(seen))
        found.append(fit.loading)
        claimed.append(np.sqrt(fit.loading_variance.diagonal()))
    assert np.mean(claimed, axis=0) == pytest.approx(np.std(found, axis=0), rel=0.4)


@pytest.mark.parametrize("seed", [2, 7])
def test_loadings_are_no_less_certain_than_their_bounds(seed: int) -> None:
    """Products of weak loadings leave a single one open; the channel's own variance does not."""
    n, mean = 12_000, np.array([3.0, 2.4, 1.8])
    seen = np.random.default_rng(seed).poisson(mean, (n, 3)).astype(float)
    found = fit_intent(seen, np.ones_like(seen), np.zeros((n, 0)), np.zeros_like(seen))
    # relative variance of Poisson counts: 0 within 1.64 standard errors, twice for chance
    bound = np.log1p(2 * 1.6449 * np.sqrt((2 * mean**2 + mean) / n) / mean**2)
    assert (found.loading_variance.diagonal() < bound / 3).all()
    assert found.loading_variance.any()


def test_a_channel_of_few_touches_keeps_its_loading() -> None:
    """The variance of its counts is noise, often below 0, and bounds nothing."""
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        u, x = rng.standard_normal((2, 8_000, 1))
        rate = np.array([0.3, 1.0, 1.0]) * np.exp((x + u) * [0.15, 0.5, 0.5])
        seen = rng.poisson(rate).astype(float)
        found.append(fit_intent(seen, np.ones_like(seen), x, np.zeros_like(seen)).loading[0])
    assert np.mean(found) == pytest.approx(0.15, abs=0.02)
    assert np.min(found) > 0.08


def test_the_gradient_in_the_loadings_is_that_of_the_posterior_mean() -> None:
    seen, x = dispersed([0.3, 0.4, 0.6], 0.8, 2_000, 1)
    triggered = np.full_like(seen, 0.1)
    fit = fit_intent(seen, np.ones_like(seen), x, triggered)
    gradient = fit.loading_gradient(seen, fit.expected(x), triggered)
    spread = np.log1p(1 / fit.size) + fit.loading**2
    for channel in range(3):
        means = []
        for step in (-1e-4, 1e-4):
            loading = fit.loading + step * (np.arange(3) == channel)
            moved = replace(fit, loading=loading, size=1 / (np.exp(spread - loading**2) - 1))
            means.append(moved.posterior_mean(seen, fit.expected(x), triggered))
        assert gradient[:, channel] == pytest.approx((means[1] - means[0]) / 2e-4, abs=1e-5)


def test_a_regression_that_does_not_settle_is_an_error() -> None:
    seen, _, w = counts([0.2, 0.2, 0.2], n=500)
    w[0] = np.nan
    with pytest.raises(ConvergenceError, match="did not converge"):
        fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))


def test_a_channel_whose_touches_were_all_triggered_has_a_rate() -> None:
    """Its rate has no maximum of the likelihood, and the regression found none."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.0, (500, 2)).astype(float)
    triggered = np.stack([np.zeros(500), np.full(500, 1.1)], axis=1)
    found = fit_intent(counts, np.full((500, 2), 30.0), rng.standard_normal((500, 1)), triggered)
    expected = found.expected(np.zeros((1, 1)))
    assert expected[0, 0] == pytest.approx(counts[:, 0].mean() / 30, rel=0.05)
    assert 0 < expected[0, 1] < 1e-3
