"""Which units wear each other out: similar creatives in the same audience."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def overlap(cosine: Floats) -> Floats:
    """Share of an exposure to a creative that counts for one whose hook has this cosine with it."""
    return np.clip((cosine - 0.5) / 0.5, 0, 1)


def neighbours(history: FatigueHistory) -> sparse.csr_array:
    """Cosines of hooks between units of an audience ``[units, units]``, symmetric, diagonal 0."""
    first, second = history.similar
    units, start, count = _units_of(history)
    pairs = count[first] * count[second]
    pair = np.repeat(np.arange(len(first)), pairs)
    place = np.arange(pairs.sum()) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    one, other = first[pair], second[pair]
    left = units[start[one] + place // count[other]]
    right = units[start[other] + place % count[other]]
    same = history.audience[left] == history.audience[right]
    left, right, cosine = left[same], right[same], history.similarity[pair[same]]
    both = np.concatenate([left, right]), np.concatenate([right, left])
    shape = (history.units, history.units)
    return sparse.csr_array((np.tile(cosine, 2), both), shape=shape)


def _units_of(history: FatigueHistory) -> tuple[Integers, Integers, Integers]:
    """Units by creative, where those of each creative start, and how many it has."""
    units = np.argsort(history.creative, kind="stable")
    count = np.bincount(history.creative, minlength=len(history.creatives))
    return units, np.cumsum(count) - count, count
