"""Batches of (node, ancestor) pairs, each with random nodes that are no ancestors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POOL = 1024
"""Most nodes from which the negatives of one batch are drawn; the pool is new in each batch."""


@dataclass(frozen=True)
class Batch:
    """Pairs and their negatives, as positions of nodes.

    Attributes:
        nodes: the lower node of each pair ``[n]``.
        others: its ancestor, then the negatives ``[n, 1 + negatives]``.
        masked: which of the others do not count ``[n, 1 + negatives]``: negatives that happen to be
            ancestors or the node itself.
    """

    nodes: NDArray[np.int64]
    others: NDArray[np.int64]
    masked: NDArray[np.bool_]

    def unique(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All nodes of the batch once, and the row of each node and its others in that list.

        The rows are ``[n, 2 + negatives]``, the node first.
        """
        both = np.concatenate([self.nodes[:, None], self.others], axis=1)
        nodes, rows = np.unique(both, return_inverse=True)
        return nodes, rows.reshape(both.shape)


def epoch_batches(
    pairs: NDArray[np.int64],
    n_nodes: int,
    *,
    negatives: int,
    batch_size: int,
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """All pairs ``[n_pairs, 2]`` of (node, ancestor) once, in random order, with new negatives."""
    excluded = np.sort(_keys(pairs[:, 0], pairs[:, 1], n_nodes))
    order = rng.permutation(len(pairs))
    for start in range(0, len(pairs), batch_size):
        nodes, ancestors = pairs[order[start : start + batch_size]].T
        drawn = _draw(n_nodes, (len(nodes), negatives), rng)
        keys = _keys(nodes[:, None], drawn, n_nodes)
        found = excluded[np.searchsorted(excluded, keys).clip(max=len(excluded) - 1)] == keys
        masked = found | (drawn == nodes[:, None])
        yield Batch(
            nodes,
            np.concatenate([ancestors[:, None], drawn], axis=1),
            np.concatenate([np.zeros((len(nodes), 1), dtype=bool), masked], axis=1),
        )


def _draw(n_nodes: int, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Uniform nodes, of at most ``POOL`` different ones, so that a batch places few texts."""
    if n_nodes <= POOL:
        return rng.integers(n_nodes, size=size)
    return rng.integers(n_nodes, size=POOL)[rng.integers(POOL, size=size)]


def _keys(nodes: NDArray[np.int64], others: NDArray[np.int64], n_nodes: int) -> NDArray[np.int64]:
    """One number per ordered pair of nodes."""
    keys: NDArray[np.int64] = nodes * n_nodes + others
    return keys
