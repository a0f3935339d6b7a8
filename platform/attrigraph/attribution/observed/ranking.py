"""Dense ranks of integer codes, by a lookup table or by sorting, and sums by rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE_AT_LEAST: Final = 1 << 16
TABLE_PER_CODE: Final = 4


def ranked(codes: NDArray[np.int64], space: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The distinct codes, ascending, and the rank of each code among them.

    The table takes about five bytes per possible code. It is used if there are at most
    ``TABLE_PER_CODE`` possible codes per given code.

    Args:
        codes: int64 ``[n]``, each at least 0 and below ``space``.
        space: number of possible codes.

    Returns:
        Distinct codes int64 ``[m]`` and ranks int32 ``[n]`` with ``codes == distinct[ranks]``.
    """
    if space <= max(TABLE_AT_LEAST, TABLE_PER_CODE * len(codes)):
        return _by_table(codes, space)
    return by_sorting(codes)


def by_sorting(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Like ``ranked``, for any int64 codes."""
    order = np.argsort(codes)
    ordered = codes[order]
    starts = np.ones(len(codes), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    ranks = np.empty(len(codes), np.int32)
    ranks[order] = np.cumsum(starts, dtype=np.int32) - np.int32(1)
    return ordered[starts], ranks


def summed(
    ranks: NDArray[np.integer], weights: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Sum of the weights of each rank, float64 ``[size]``."""
    return np.bincount(ranks, weights, size).astype(np.float64, copy=False)


def _by_table(codes: NDArray[np.int64], space: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    present = np.zeros(space, bool)
    present[codes] = True
    rank = np.cumsum(present, dtype=np.int32)
    rank -= 1
    return np.flatnonzero(present), rank[codes]
