import math

import numpy as np
import pytest
from numpy.typing import NDArray

from gnn.hierarchy.reconstruction import mean_average_precision

PAIRS = np.array([[1, 0], [2, 0], [2, 1]])


def naive(distances: NDArray[np.float64], pairs: NDArray[np.int64]) -> float:
    of_node = []
    for node in sorted(set(pairs[:, 0].tolist())):
        ancestors = set(pairs[pairs[:, 0] == node, 1].tolist())
        others = [other for other in range(len(distances)) if other != node]
        ranked = sorted(others, key=lambda other: distances[node, other])
        hits, precisions = 0, []
        for place, other in enumerate(ranked, start=1):
            if other in ancestors:
                hits += 1
                precisions.append(hits / place)
        of_node.append(sum(precisions) / len(precisions))
    return sum(of_node) / len(of_node)


def test_mean_average_precision_by_hand() -> None:
    """Node 1 finds its ancestor second; node 2 finds its two first and third."""
    distances = np.array([[0.0, 2, 9, 9], [2, 0, 1, 9], [1, 3, 0, 2], [9, 9, 2, 0]])
    assert mean_average_precision(distances, PAIRS) == pytest.approx((1 / 2 + (1 + 2 / 3) / 2) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_the_fast_form_agrees_with_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    distances = rng.random((9, 9))
    pairs = np.argwhere(np.tril(rng.random((9, 9)) < 0.4, -1))
    assert mean_average_precision(distances, pairs) == pytest.approx(naive(distances, pairs))


def test_a_node_at_distance_0_of_another_is_not_taken_for_it() -> None:
    assert mean_average_precision(np.zeros((3, 3)), np.array([[2, 0], [2, 1]])) == 1.0


def test_without_pairs_there_is_no_precision() -> None:
    assert math.isnan(mean_average_precision(np.zeros((2, 2)), np.empty((0, 2), dtype=np.int64)))
