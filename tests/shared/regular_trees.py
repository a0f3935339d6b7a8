"""Trees in which all inner nodes have the same number of children."""

from __future__ import annotations

import numpy as np

from attrigraph.similarity.hyperbolic.distance import distances
from attrigraph.similarity.hyperbolic.tree import Tree


def regular_tree(children: int, depth: int) -> Tree:
    """The tree with the root ``0``; its children are ``0.0``, ``0.1`` and so on."""
    rows: list[tuple[str, str | None]] = [("0", None)]
    level = ["0"]
    for _ in range(depth):
        below = [(f"{node}.{child}", node) for node in level for child in range(children)]
        rows += below
        level = [node for node, _ in below]
    return Tree.from_rows(rows)


def all_distances(tangents: np.ndarray) -> np.ndarray:
    """Hyperbolic distances between all positions."""
    return np.stack([distances(row, tangents) for row in tangents])
