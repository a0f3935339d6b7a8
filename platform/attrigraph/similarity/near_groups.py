"""Groups of vectors that are nearly the same, connected by pairs of a least cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from attrigraph.similarity.near_pairs import near_pairs, unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.similarity.near_pairs import NearPairs

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]


class NearGroup(NamedTuple):
    """Rows that are connected.

    Attributes:
        rows: int64 ``[n]``, ascending, at least two.
        cosine: float64 ``[n]``, of each with the nearest other one.
    """

    rows: Rows
    cosine: Floats


def near_groups(vectors: NDArray[np.floating[Any]], threshold: float) -> list[NearGroup]:
    """Groups in which each vector has another one with at least this cosine, the nearest first.

    Two of a group may have a smaller cosine, if others lie between them. Equal vectors are compared
    once, so that thousands of copies cost no more than one.

    Args:
        vectors: ``[n, d]``, none of them 0.
        threshold: above 0, at most 1.

    Raises:
        InputError: see ``near_pairs``.
    """
    distinct, place, count = np.unique(vectors, axis=0, return_inverse=True, return_counts=True)
    pairs = near_pairs(unit_vectors(distinct), threshold)
    cosine = np.where(count > 1, 1.0, _nearest(pairs, len(distinct)))
    members = place.reshape(-1)
    group = _components(pairs, len(distinct))[members]
    near = np.flatnonzero(cosine[members] > 0)
    order = near[np.argsort(group[near], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []
    found = [NearGroup(rows, cosine[members[rows]]) for rows in parts]
    return sorted(found, key=lambda one: (-one.cosine.max(), one.rows[0]))


def _nearest(pairs: NearPairs, count: int) -> Floats:
    """Largest cosine of each row ``[count]``; 0 without a pair."""
    nearest = np.zeros(count)
    for rows in (pairs.first, pairs.second):
        np.maximum.at(nearest, rows, pairs.cosine)
    return nearest


def _components(pairs: NearPairs, count: int) -> Rows:
    """A number for each row ``[count]``, the same for connected ones."""
    linked = sparse.coo_array((pairs.cosine, (pairs.first, pairs.second)), shape=(count, count))
    _, numbers = connected_components(linked, directed=False)
    return np.asarray(numbers, np.int64)
