"""Exact nearest neighbours in a matrix.

One product ranks all rows, in 32 bits but for hyperbolic distances. Rows that its rounding might
confuse with the k nearest are compared again in 64 bits, one by one, so that a distance depends on
nothing but its own row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.similarity.hyperbolic.distance import distances, lift, shortlist

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.similarity.metric import Metric

    Rows = NDArray[np.int64]
    Distances = NDArray[np.float64]

EPSILON: Final = float(np.finfo(np.float32).eps)


def prepare(vectors: NDArray[np.floating[Any]], metric: Metric) -> NDArray[np.float32]:
    """Vectors ``[n, d]`` as they are compared: of length 1 for the metric cosine."""
    if metric != "cosine":
        return np.ascontiguousarray(vectors, np.float32)
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    return np.asarray(vectors / np.sqrt(squares)[:, None], np.float32, order="C")


def prepare_query(query: NDArray[np.floating[Any]], metric: Metric) -> NDArray[np.float32]:
    """A query ``[d]`` as it is compared; quicker than ``prepare`` for a single one."""
    wide = query.astype(np.float64)
    return np.asarray(wide / np.sqrt(wide @ wide) if metric == "cosine" else wide, np.float32)


@dataclass(frozen=True, eq=False)
class Table:
    """Prepared vectors.

    Attributes:
        vectors: of ``prepare``, ``[n, d]``.
        metric: the distance; of inner products, the negative product. Vectors of the metric
            hyperbolic are tangents at the origin.
    """

    vectors: NDArray[np.float32]
    metric: Metric

    def __len__(self) -> int:
        return len(self.vectors)

    def nearest(
        self, query: NDArray[np.float32], k: int, rows: Rows | None = None
    ) -> tuple[Rows, Distances]:
        """The k nearest of some rows and their distances, nearest first, ties by row.

        Args:
            query: prepared ``[d]``.
            k: at least 1; all are returned if there are fewer.
            rows: ascending; None for all.
        """
        close = self._close(query, k, rows)
        found = close if rows is None else rows[close]
        distances = self.distances(query, found)
        order = np.argsort(distances, kind="stable")[:k]
        return found[order], distances[order]

    def scores(self, query: NDArray[np.float32], rows: Rows | None = None) -> NDArray[np.float32]:
        """Larger for nearer rows, in 32 bits ``[n]``."""
        chosen = slice(None) if rows is None else rows
        products = self.vectors[chosen] @ query
        return products - self._half_squares[chosen] if self.metric == "l2" else products

    def distances(self, query: NDArray[np.float32], rows: Rows) -> Distances:
        """Distances ``[n]`` of rows in 64 bits."""
        vectors = self.vectors[rows].astype(np.float64)
        if self.metric == "hyperbolic":
            return distances(query.astype(np.float64), vectors)
        if self.metric == "l2":
            return np.asarray(np.sqrt(((vectors - query) ** 2).sum(axis=1)))
        products = (vectors * query).sum(axis=1)
        return np.asarray(np.maximum(1 - products, 0) if self.metric == "cosine" else -products)

    def _close(self, query: NDArray[np.float32], k: int, rows: Rows | None) -> Rows:
        """Places of the k nearest, and of those that rounding may have put behind them."""
        count = len(self) if rows is None else len(rows)
        if k >= count:
            return np.arange(count)
        if self.metric == "hyperbolic":
            points = self._points if rows is None else self._points[rows]
            return shortlist(points, query.astype(np.float64), k)
        scores = self.scores(query, rows)
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        return np.flatnonzero(scores >= least - self._rounding(query))

    def _rounding(self, query: NDArray[np.float32]) -> float:
        """Twice the largest error of a score: d eps / 2 times the lengths (Higham 2002)."""
        length = 1.0 if self.metric == "cosine" else float(np.linalg.norm(query))
        return len(query) * EPSILON * self._longest * (length + self._longest)

    @cached_property
    def _points(self) -> NDArray[np.float64]:
        return lift(self.vectors.astype(np.float64))

    @cached_property
    def _half_squares(self) -> NDArray[np.float32]:
        return np.asarray(np.einsum("ij,ij->i", self.vectors, self.vectors) / 2)

    @cached_property
    def _longest(self) -> float:
        if self.metric == "cosine":
            return 1.0
        squares = np.einsum("ij,ij->i", self.vectors, self.vectors)
        return float(np.sqrt(squares.max(initial=0.0)))
