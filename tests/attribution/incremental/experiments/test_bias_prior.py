"""The prior of bias: centred on the estimate, with mass at no effect and heavy tails."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.experiments.bias_prior import (
    NO_EFFECT,
    components,
    hyper_weights,
    probability_below,
)
from attrigraph.attribution.incremental.experiments.posterior import posterior_of


def prior_draws(n: int) -> np.ndarray:
    prior = posterior_of(np.array([100.0]), np.zeros(1), np.zeros(1), np.full(1, np.inf))
    assert prior.mean() == pytest.approx([100.0])
    return prior.draws(np.zeros((n, 1)), np.random.default_rng(0))[:, 0]


def test_weights_sum_to_one() -> None:
    assert hyper_weights().sum() == pytest.approx(1.0)
    assert components(100.0, 10.0).weight.sum() == pytest.approx(1.0)


def test_half_of_the_prior_is_within_a_quarter_of_the_estimate_and_some_is_far() -> None:
    drawn = prior_draws(100_000)
    assert (abs(drawn - 100) < 25).mean() > 0.5
    assert (drawn == 0).mean() == pytest.approx(NO_EFFECT, rel=0.02)
    assert (drawn < 0).mean() > 0.005
    assert (drawn > 200).mean() > 0.005


def test_draws_and_probabilities_agree() -> None:
    drawn = prior_draws(100_000)
    for value in (20.0, 80.0, 130.0):
        expected = probability_below(value, 100.0, 0.0, 1e-9)
        assert (drawn < value).mean() == pytest.approx(expected, abs=0.004)


def test_errors_of_chance_keep_their_order() -> None:
    chance = np.linspace(-2, 2, 1001)[:, None]
    prior = posterior_of(np.array([1.0]), np.array([50.0]), np.zeros(1), np.full(1, np.inf))
    drawn = prior.draws(chance, np.random.default_rng(0))[:, 0]
    assert np.corrcoef(drawn, chance[:, 0])[0, 1] > 0.6
