"""Latent intent: planted loadings are found, and no intent is found where there is none."""

from __future__ import annotations

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


@pytest.mark.parametrize("planted", [[0.5, 0.5], [0.2, 0.8]])
def test_two_channels_share_what_they_have_in_common_as_far_as_their_own_variation_allows(
    planted: Any,
) -> None:
    seen, u, w = counts(planted)
    fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
    assert fit.loading == pytest.approx(planted, abs=0.08)
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


def test_without_a_common_cause_nothing_is_inferred() -> None:
    seen, _, w = counts([0.0, 0.0, 0.0])
    fit = fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
    assert not fit.is_detected


def test_a_regression_that_does_not_settle_is_an_error() -> None:
    seen, _, w = counts([0.2, 0.2, 0.2], n=500)
    w[0] = np.nan
    with pytest.raises(ConvergenceError, match="did not converge"):
        fit_intent(seen, np.ones_like(seen), w, np.zeros_like(seen))
