from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.blend import blended, rank


def test_each_distance_is_in_units_of_its_median() -> None:
    scores = blended(np.array([2.0, 4.0, 6.0]), np.array([0.3, 0.2, 0.1]), 0.25)
    np.testing.assert_allclose(scores, [0.125 + 1.125, 0.25 + 0.75, 0.375 + 0.375])


@given(st.integers(1, 20), st.integers(0, 99), st.floats(1e-3, 1e3))
def test_units_of_distances_do_not_change_scores(n: int, seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    hyperbolic, cosine = rng.uniform(0.1, 5, n), rng.uniform(0.1, 2, n)
    np.testing.assert_allclose(
        blended(unit * hyperbolic, cosine, 0.5), blended(hyperbolic, cosine, 0.5), rtol=1e-9
    )


def test_the_ends_are_one_distance_alone() -> None:
    hyperbolic, cosine = np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.2, 0.3])
    ids = ["a", "b", "c"]
    assert rank(ids, blended(hyperbolic, cosine, 1.0), 3) == [1, 2, 0]
    assert rank(ids, blended(hyperbolic, cosine, 0.0), 3) == [0, 1, 2]


def test_a_distance_whose_median_is_0_counts_as_it_is() -> None:
    scores = blended(np.array([0.0, 0.0, 2.0]), np.array([1.0, 1.0, 1.0]), 0.5)
    np.testing.assert_allclose(scores, [0.5, 0.5, 1.5])


def test_no_candidates_give_no_scores() -> None:
    assert blended(np.empty(0), np.empty(0), 0.5).shape == (0,)
    assert rank([], np.empty(0), 10) == []


def test_ties_are_broken_by_id_and_k_above_the_size_returns_all() -> None:
    assert rank(["b", "a", "c"], np.array([1.0, 1.0, 0.0]), 10) == [2, 1, 0]


def test_wrong_options_are_named() -> None:
    with pytest.raises(InputError, match=r"alpha must be in \[0, 1\], got 1.5"):
        blended(np.ones(2), np.ones(2), 1.5)
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        rank(["a"], np.ones(1), 0)
