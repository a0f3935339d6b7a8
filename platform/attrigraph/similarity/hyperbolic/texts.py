"""Text vectors of nodes, and their cosine distances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.similarity.hyperbolic.tree import Tree


@dataclass(frozen=True, eq=False)
class Texts:
    """Text vectors of some nodes.

    Attributes:
        ids: of the nodes, each once.
        vectors: ``[n, width]``; what is computed with them is in float64.

    Raises:
        InputError: an id occurs twice, vectors are not one per id, or one is 0 or not finite.
    """

    ids: tuple[str, ...]
    vectors: NDArray[np.floating]

    def __post_init__(self) -> None:
        if len(set(self.ids)) < len(self.ids):
            raise InputError("each node needs one text vector, got several of one id")
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.ids):
            raise InputError(
                f"text vectors must have the shape ({len(self.ids)}, width), one per id, "
                f"got {self.vectors.shape}"
            )
        if not np.isfinite(self.vectors).all():
            raise InputError("text vectors must be finite, got NaN or infinity")
        if not self.vectors.any(axis=1).all():
            raise InputError("text vectors must have a direction, got a vector of zeros")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def units(self) -> NDArray[np.float64]:
        """The vectors scaled to length 1."""
        vectors = self.vectors.astype(np.float64)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Texts:
        """The texts of some rows."""
        return Texts(tuple(self.ids[row] for row in rows), self.vectors[rows])

    def nodes_in(self, tree: Tree) -> NDArray[np.int64]:
        """Positions of the nodes in a tree ``[n]``.

        Raises:
            InputError: a node is not in the tree.
        """
        missing = next((node for node in self.ids if node not in tree.positions), None)
        if missing is not None:
            raise InputError(f"the tree has no node {missing!r}, which has a text vector")
        return np.array([tree.positions[node] for node in self.ids], dtype=np.int64)

    def cosine_distances(self, query: NDArray[np.floating]) -> NDArray[np.float64]:
        """``1 - cos`` of all vectors and a query ``[width]`` that is not 0."""
        return np.asarray(1 - self.units @ (query / np.linalg.norm(query)))
