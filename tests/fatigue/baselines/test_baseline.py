"""Weights of units with known days, and what is learnt from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.baseline import learning_rows, weights_of_known
from fatigue_examples import small_examples


def test_weights_by_hand() -> None:
    # two of four are censored after 3 days, when all were there; the others stand for two each
    days = np.array([3.0, 3.0, 5.0, 9.0])
    known = np.array([False, False, True, True])
    assert weights_of_known(days, known).tolist() == [0, 0, 2, 2]
    # one is known before, and one of three is censored then
    days, known = np.array([1.0, 3.0, 5.0, 9.0]), np.array([True, False, True, True])
    assert weights_of_known(days, known).tolist() == pytest.approx([1, 0, 1.5, 1.5])
    assert weights_of_known(days, ~known).tolist() == pytest.approx([0, 4 / 3, 0, 0])
    assert weights_of_known(days[:0], known[:0]).tolist() == []


def test_weighted_means_are_those_without_censoring() -> None:
    rng = np.random.default_rng(0)
    days = 30 * rng.beta(1, 1.5, 40_000)
    end = rng.choice([14.0, 26.0, 31.0], len(days))
    known = days <= end
    seen = np.minimum(days, end)
    weights = weights_of_known(seen, known)
    assert np.average(seen, weights=weights) == pytest.approx(days.mean(), rel=0.01)
    assert seen[known].mean() < 0.9 * days.mean()


def test_only_the_units_to_learn_from_are_rows() -> None:
    examples = small_examples()
    rows = learning_rows(examples)
    assert len(rows.days) == sum(int(example.learn.sum()) for example in examples)
    assert rows.own[: examples[0].learn.sum()].tolist() == (
        examples[0].snapshot.own[examples[0].learn].tolist()
    )
    nothing = replace(examples[0], learn=np.zeros_like(examples[0].learn))
    with pytest.raises(InputError, match="need units to learn from, got none"):
        learning_rows([nothing])
