from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest

from attrigraph.similarity.near_groups import near_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def naive(vectors: Floats, threshold: float) -> dict[tuple[int, ...], list[float]]:
    """Groups by a double loop and a graph: cosines with the nearest by rows."""
    graph = nx.Graph()
    nearest: dict[int, float] = {}
    for a, b in combinations(range(len(vectors)), 2):
        lengths = np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b])
        cosine = round(float(vectors[a] @ vectors[b] / lengths), 6)
        if cosine >= threshold:
            graph.add_edge(a, b)
            for row in (a, b):
                nearest[row] = max(cosine, nearest.get(row, 0.0))
    groups = [tuple(sorted(group)) for group in nx.connected_components(graph)]
    return {group: [nearest[row] for row in group] for group in groups}


@pytest.mark.parametrize("threshold", [0.8, 0.95, 1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_groups_are_those_of_a_double_loop(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(12, 6)).repeat(6, axis=0) + 0.3 * rng.normal(size=(72, 6))
    vectors[[3, 30, 60]] = vectors[8]
    vectors[31] = 2 * vectors[9]
    vectors = rng.permuted(vectors, axis=0) if seed == 3 else vectors
    found = near_groups(vectors, threshold)
    rows = {tuple(one.rows.tolist()): one.cosine.tolist() for one in found}
    assert rows == naive(vectors, threshold)
    largest = [one.cosine.max() for one in found]
    assert largest == sorted(largest, reverse=True)


def test_thousands_of_copies_are_one_group() -> None:
    vectors = np.vstack([np.ones((5_000, 3)), np.eye(3)])
    [group] = near_groups(vectors, 0.9)
    assert group.rows.tolist() == list(range(5_000))
    assert set(group.cosine.tolist()) == {1.0}


def test_nothing_has_no_group() -> None:
    assert near_groups(np.empty((0, 3)), 0.9) == []
    assert near_groups(np.eye(3), 0.9) == []
