"""Units that wear each other out: pairs by hand, and against all pairs of a world."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.neighbours import neighbours, overlap
from fatigue_histories import history, small_history


def test_overlap_by_hand() -> None:
    assert overlap(np.array([0.2, 0.5, 0.75, 1.0])).tolist() == [0.0, 0.0, 0.5, 1.0]


def test_only_units_of_an_audience_are_neighbours() -> None:
    # creatives 0 and 1 are similar; 0 is in both audiences, 1 in the first, 2 resembles none
    figures = history(
        np.ones((4, 2)),
        creative=[0, 0, 1, 2],
        audience=[0, 1, 0, 0],
        similar=[(0, 1)],
        similarity=[0.8],
    )
    expected = np.zeros((4, 4))
    expected[0, 2] = expected[2, 0] = 0.8
    assert neighbours(figures).toarray().tolist() == expected.tolist()


def test_creatives_in_the_same_two_audiences_are_two_pairs() -> None:
    figures = history(
        np.ones((4, 1)),
        creative=[1, 0, 0, 1],
        audience=[0, 0, 1, 1],
        similar=[(0, 1)],
        similarity=[0.9],
    )
    found = neighbours(figures).tocoo()
    assert set(zip(found.row.tolist(), found.col.tolist(), strict=True)) == {
        (0, 1), (1, 0), (2, 3), (3, 2),
    }  # fmt: skip


def test_no_similar_creatives_have_no_neighbours() -> None:
    assert neighbours(history(np.ones((3, 2)))).nnz == 0


def test_neighbours_are_all_similar_pairs_of_the_audience() -> None:
    figures = small_history()
    hooks = figures.genomes.vectors[figures.creative, 0].astype(float)
    cosine = hooks @ hooks.T
    same = figures.audience[:, None] == figures.audience
    expected = np.where(same & (cosine > 0.65), cosine, 0)
    np.fill_diagonal(expected, 0)
    assert neighbours(figures).toarray() == pytest.approx(expected, abs=1e-6)
