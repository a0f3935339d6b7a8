"""Ranks by table and by sorting are the same, and are NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.attribution.observed import ranking


@given(st.lists(st.integers(0, 50)))
def test_ranks_lead_back_to_the_codes(codes: Any) -> None:
    codes = np.array(codes, np.int64)
    distinct, ranks = ranking.ranked(codes, 51)
    np.testing.assert_array_equal(distinct, np.unique(codes))
    np.testing.assert_array_equal(distinct[ranks], codes)


@given(st.lists(st.integers(0, 50)))
def test_table_and_sorting_agree(codes: Any) -> None:
    codes = np.array(codes, np.int64)
    for one, other in zip(ranking.ranked(codes, 51), ranking.by_sorting(codes), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_wide_range_is_sorted() -> None:
    codes = np.array([2**62, 5, 2**62, 0], np.int64)
    distinct, ranks = ranking.ranked(codes, 2**62 + 1)
    assert distinct.tolist() == [0, 5, 2**62]
    assert ranks.tolist() == [2, 1, 2, 0]


@pytest.mark.parametrize("ranks", [[], [0, 2, 2]])
def test_sums_by_rank_cover_ranks_that_do_not_occur(ranks: Any) -> None:
    sums = ranking.summed(np.array(ranks, np.int64), np.ones(len(ranks)), 4)
    assert sums.tolist() == [ranks.count(i) for i in range(4)]
