"""A small correction that is folded into a larger one."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.adaptation.consolidation import fold
from attrigraph.adaptation.low_rank import LowRank


def low_rank(rank: int, *, seed: int) -> LowRank:
    adapter = LowRank(5, 12, rank=rank, seed=seed)
    rng = np.random.default_rng(seed)
    adapter.b[...] = rng.normal(size=adapter.b.shape)
    adapter.bias[...] = rng.normal(size=5)
    return adapter


@pytest.mark.parametrize("n", [0, 40])
def test_folding_is_exact_where_the_rank_suffices(n: int) -> None:
    base, small = low_rank(4, seed=1), low_rank(2, seed=2)
    base.b[:, 2:] = 0  # of rank 2
    x = np.random.default_rng(0).normal(size=(n, 12))
    case = np.arange(12.0)
    both = base.correction(case) + small.correction(case)
    fold(base, small, x)
    np.testing.assert_allclose(base.correction(case), both)
    assert (small.correction(case) == 0).all()


def test_folding_is_the_least_squares_of_its_rank() -> None:
    base, small = low_rank(2, seed=1), low_rank(2, seed=2)
    x = np.random.default_rng(0).normal(size=(40, 12)) * np.arange(1, 13)
    both = np.array([base.correction(row) + small.correction(row) for row in x])
    bias = base.bias + small.bias
    fold(base, small, x)
    left = np.linalg.svd(both - bias, compute_uv=False)[2:]
    error = np.array([base.correction(row) for row in x]) - both
    assert (error**2).sum() == pytest.approx((left**2).sum())


def test_folding_nothing_into_nothing_is_nothing() -> None:
    base, small = LowRank(5, 12, rank=4), LowRank(5, 12)
    fold(base, small, np.ones((3, 12)))
    assert (base.correction(np.ones(12)) == 0).all()
