"""Pairs of which only the sum is known."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.identification.collinear import collinear


def test_opposed_credits_are_a_pair_and_others_are_not() -> None:
    draws = np.random.default_rng(1).standard_normal((500, 3))
    shared = draws[:, 0]
    deviations = 50 * np.column_stack([shared, 0.3 * draws[:, 1] - shared, draws[:, 2]])
    expected = np.zeros((3, 3), dtype=bool)
    expected[0, 1] = expected[1, 0] = True
    np.testing.assert_array_equal(collinear(deviations, 1_000), expected)


def test_pairs_that_are_known_to_a_few_conversions_do_not_matter() -> None:
    shared = np.random.default_rng(1).standard_normal(500)
    assert not collinear(np.column_stack([shared, -shared]), 1_000).any()


def test_without_draws_there_is_no_pair() -> None:
    assert not collinear(np.zeros((0, 2)), 1_000).any()
