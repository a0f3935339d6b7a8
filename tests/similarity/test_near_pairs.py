from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.near_pairs import near_pairs, unit_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def naive(
    vectors: Floats, threshold: float, groups: Sequence[Sequence[int]]
) -> set[tuple[int, int, float]]:
    """Every pair of every group, one by one."""
    found = set()
    for group in groups:
        for a, b in combinations(sorted(set(group)), 2):
            lengths = np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b])
            cosine = float(vectors[a] @ vectors[b] / lengths)
            if round(cosine, 6) >= threshold:
                found.add((a, b, round(cosine, 6)))
    return found


@pytest.mark.parametrize("block", [1, 7, 64, 500])
@pytest.mark.parametrize("threshold", [0.2, 0.65, 1.0])
def test_pairs_are_those_of_a_double_loop(block: int, threshold: float) -> None:
    rng = np.random.default_rng(block)
    vectors = rng.normal(size=(8, 5)).repeat(20, axis=0) + 0.4 * rng.normal(size=(160, 5))
    vectors[40] = 3 * vectors[9]
    groups = [rng.choice(160, 60).tolist(), rng.choice(160, 30).tolist(), [9, 40], [9, 40], [], [3]]
    found = near_pairs(unit_vectors(vectors), threshold, groups, block=block)
    rows = zip(found.first.tolist(), found.second.tolist(), found.cosine.tolist(), strict=True)
    expected = naive(vectors, threshold, groups)
    listed = [*rows]
    assert {*listed} == expected
    assert (9, 40, 1.0) in expected
    assert [row[:2] for row in listed] == sorted({row[:2] for row in listed})


def test_without_groups_all_are_compared() -> None:
    vectors = np.random.default_rng(1).normal(size=(90, 4))
    found = near_pairs(unit_vectors(vectors), 0.5, block=16)
    assert len(found) == len(naive(vectors, 0.5, [range(90)])) > 0
    assert len(near_pairs(np.empty((0, 4)), 0.5)) == 0


def test_too_many_pairs_are_an_error_and_repeated_ones_are_not() -> None:
    unit = unit_vectors(np.ones((10, 3)))
    overlapping = [[*range(10)], [*range(9)], [*range(8)]]
    assert len(near_pairs(unit, 0.9, overlapping, max_pairs=45)) == 45
    with pytest.raises(InputError, match="more than 44 pairs have a cosine of at least"):
        near_pairs(unit, 0.9, overlapping, max_pairs=44)


@pytest.mark.parametrize("threshold", [0.0, -0.5, 1.01, np.nan])
def test_a_threshold_is_a_positive_cosine(threshold: float) -> None:
    with pytest.raises(InputError, match="above 0 and at most 1"):
        near_pairs(np.ones((1, 1)), threshold)


def test_a_vector_without_direction_is_near_nothing() -> None:
    unit = unit_vectors(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))
    assert np.allclose(unit, np.array([[0, 0], [0.6, 0.8], [0.6, 0.8]]))
    found = near_pairs(unit, 0.1)
    assert (found.first.tolist(), found.second.tolist()) == ([1], [2])
