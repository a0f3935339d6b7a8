"""Protection of what was learnt: implicit against explicit steps, its limits, and two tasks."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.adaptation.adapter import load_state, state_of
from attrigraph.adaptation.elastic import KEPT, ElasticLowRank
from attrigraph.adaptation.low_rank import LowRank
from long_forms import cases
from two_tasks import N_FEATURES, N_OUTPUTS, VARIANCE, errors_after_both


def trained(strength: float, *, n: int = 30) -> ElasticLowRank:
    """An adapter at a boundary."""
    adapter = ElasticLowRank(3, 8, rank=2, strength=strength)
    rng = np.random.default_rng(1)
    for _ in range(n):
        adapter.learn(rng.normal(size=8), rng.normal(size=3))
    adapter.mark_boundary()
    return adapter


def test_without_strength_it_is_the_plain_low_rank() -> None:
    adapter, plain = trained(0.0), LowRank(3, 8, rank=2)
    load_state(plain, state_of(adapter.correct))
    rng = np.random.default_rng(2)
    for _ in range(20):
        x, gradient = rng.normal(size=8), rng.normal(size=3)
        adapter.learn(x, gradient)
        plain.learn(x, gradient)
        np.testing.assert_array_equal(adapter.correction(x), plain.correction(x))


@pytest.mark.parametrize("strength", [1e-4, 1e-3])
def test_implicit_and_explicit_steps_agree_to_the_second_order(strength: float) -> None:
    adapter = trained(strength)
    rng = np.random.default_rng(3)
    adapter.learn(rng.normal(size=8), rng.normal(size=3))  # away from the anchor
    x, gradient = rng.normal(size=8), rng.normal(size=3)
    before = {name: array.copy() for name, array in adapter.correct.parameters.items()}
    steps = adapter.correct.steps(x, gradient)
    adapter.learn(x, gradient)
    mean = adapter.mean_importance[0]
    for name, (slope, rate) in steps.items():
        importance = adapter.importance[name] / mean
        pull = rate * strength * importance
        explicit = before[name] - rate * slope - pull * (before[name] - adapter.anchor[name])
        room = pull * (np.abs(rate * slope) + pull * np.abs(before[name] - adapter.anchor[name]))
        assert (np.abs(adapter.correct.parameters[name] - explicit) <= 1.01 * room + 1e-15).all()


def test_a_strength_without_limit_keeps_all_that_matters() -> None:
    adapter = trained(1e15)
    anchor = state_of(adapter.correct)
    rng = np.random.default_rng(4)
    for _ in range(50):
        adapter.learn(rng.normal(size=8), 5 * rng.normal(size=3))
    for name, array in adapter.correct.parameters.items():
        assert np.isfinite(array).all()
        np.testing.assert_allclose(array, anchor[name], atol=1e-6)


def test_importance_is_the_largest_of_new_and_decayed_old() -> None:
    adapter = trained(1.0)
    old = adapter.importance["b"].copy()
    adapter.running["b"].fill(0)
    adapter.running["b"][0, 0] = 99.0
    adapter.mark_boundary()
    assert adapter.importance["b"][0, 0] == 99.0
    np.testing.assert_array_equal(adapter.importance["b"][1:], KEPT * old[1:])


def test_a_state_is_restored_to_the_bit_with_its_protection() -> None:
    adapter, other = trained(10.0), ElasticLowRank(3, 8, rank=2, strength=10.0)
    load_state(other, state_of(adapter))
    x, gradient = np.arange(8.0), np.arange(3.0)
    adapter.learn(x, gradient)
    other.learn(x, gradient)
    for name, array in state_of(adapter).items():
        np.testing.assert_array_equal(array, other.parameters[name])
    adapter.reset()
    assert (adapter.correction(x) == 0).all()
    assert adapter.mean_importance[0] == 0


@cases("seed", [0, 1, 2], short=1)
def test_rank_8_learns_a_second_task_and_forgets_a_tenth_of_what_it_would(seed: int) -> None:
    plain, protected = (
        errors_after_both(
            ElasticLowRank(N_OUTPUTS, N_FEATURES, strength=strength, seed=seed), seed=seed
        )
        for strength in (0.0, 10.0)
    )
    assert plain[0] > 0.5 * VARIANCE
    assert protected[0] < 0.1 * plain[0]
    assert protected[1] < 0.1 * VARIANCE
