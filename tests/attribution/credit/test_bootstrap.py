"""Bootstrap weights: what they must be, and what comes of them."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.credit.bootstrap import PoissonWeights, interval, ranking_probabilities


def test_weights_are_reproducible() -> None:
    weights = PoissonWeights(customers=45_000, draws=5, seed=3)
    some = np.array([0, 19_999, 20_000, 44_999])
    assert (weights.of(some) == weights.of(np.arange(45_000))[:, some]).all()


def test_deviations_are_weighted_sums_of_influence() -> None:
    weights = PoissonWeights(customers=50, draws=4, seed=0)
    influence = np.random.default_rng(1).standard_normal((50, 2))
    by_hand = (weights.of(np.arange(50)) - 1.0) @ influence
    assert weights.deviations(influence) == pytest.approx(by_hand)


def test_deviations_spread_as_the_influences_say() -> None:
    influence = np.random.default_rng(1).standard_normal((5000, 1))
    spread = PoissonWeights(5000, 2000, 0).deviations(influence).std()
    assert spread == pytest.approx(np.sqrt((influence**2).sum()), rel=0.05)


def test_interval_and_chance_to_be_ahead() -> None:
    deviations = np.random.default_rng(0).standard_normal((20_000, 2))
    credit = np.array([10.0, 11.0])
    low, high = interval(credit, deviations)
    assert low == pytest.approx(credit - 1.645, abs=0.05)
    assert high == pytest.approx(credit + 1.645, abs=0.05)
    assert ranking_probabilities(credit, deviations)[1, 0] == pytest.approx(0.760, abs=0.01)


def test_intervals_from_few_draws_are_as_wide_as_they_say() -> None:
    rng = np.random.default_rng(2)
    low, high = interval(np.zeros(4_000), rng.standard_normal((39, 4_000)))
    truth = rng.standard_normal(4_000)
    assert ((low < truth) & (truth < high)).mean() == pytest.approx(0.9, abs=0.015)
