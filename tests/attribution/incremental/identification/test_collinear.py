"""Pairs of which only the sum is known."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.collinear import (
    collinear,
    run_together,
)


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


def test_one_plan_is_told_apart_from_channels_that_everybody_meets_often() -> None:
    rng = np.random.default_rng(3)
    plan = rng.random((500, 30)) < 0.05
    often = rng.random((500, 30)) < 0.6
    touches = []
    for key, present in enumerate(
        (plan & (rng.random(plan.shape) < 0.9), plan, often, rng.random(plan.shape) < 0.05)
    ):
        touches += [
            (c, d + 0.1 * (key + 1), key) for c, d in zip(*np.nonzero(present), strict=True)
        ]
    touches.sort()
    histories = Histories(
        keys=("tv", "companion", "display", "search"),
        customers=500,
        customer=np.array([c for c, _, _ in touches], dtype=np.int64),
        time=np.array([t for _, t, _ in touches]),
        key=np.array([k for _, _, k in touches], dtype=np.int64),
        converter=np.zeros(0, dtype=np.int64),
        converted=np.zeros(0),
        value=np.zeros(0),
        covariates=np.zeros((500, 0)),
        days=30.0,
    )
    expected = np.zeros((4, 4), dtype=bool)
    expected[0, 1] = expected[1, 0] = True
    np.testing.assert_array_equal(run_together(histories), expected)
