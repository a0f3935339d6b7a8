"""Pairs of vectors whose cosine reaches a threshold, exact, in blocks of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

BLOCK: Final = 2_048
"""Rows and columns of cosines that are in memory at once."""

MAX_PAIRS: Final = 5_000_000
"""More pairs hold no information on any of them, and do not fit into memory."""

DECIMALS: Final = 6
"""To which cosines are rounded: vectors of 16 bits hold fewer, and equal ones get a cosine of 1."""


@dataclass(frozen=True, slots=True, eq=False)
class NearPairs:
    """Pairs of rows, by the first row and then by the second.

    Attributes:
        first: int64 ``[n]``, the smaller row.
        second: int64 ``[n]``, the larger row.
        cosine: float64 ``[n]``, rounded to ``DECIMALS``.
    """

    first: Rows
    second: Rows
    cosine: Floats

    def __len__(self) -> int:
        return len(self.cosine)


def unit_vectors(vectors: NDArray[np.floating[Any]]) -> Floats:
    """Vectors of length 1, float64 ``[n, d]``; one without a direction stays 0."""
    table = np.asarray(vectors, np.float64)
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    unit: Floats = np.divide(table, norms, out=np.zeros_like(table), where=norms > 0)
    return unit


def near_pairs(
    unit: Floats,
    threshold: float,
    groups: Iterable[Sequence[int]] | None = None,
    *,
    block: int = BLOCK,
    max_pairs: int = MAX_PAIRS,
) -> NearPairs:
    """Pairs of vectors with a cosine of at least the threshold.

    Args:
        unit: vectors of length 1, float64 ``[n, d]``.
        threshold: above 0, at most 1.
        groups: rows, of which those in a common group are compared; None compares all.
        block: see ``BLOCK``.
        max_pairs: see ``MAX_PAIRS``.

    Raises:
        InputError: the threshold is none, or more pairs reach it.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"the threshold must be above 0 and at most 1, got {threshold:g}")
    compared = [np.arange(len(unit))] if groups is None else _distinct(groups)
    found = _Found(len(unit), threshold, max_pairs)
    for rows in compared:
        for first, second, cosine in _blocks(unit[rows], threshold, block):
            found.add(rows[first], rows[second], cosine)
    return found.pairs()


def _distinct(groups: Iterable[Sequence[int]]) -> list[Rows]:
    """Groups as sorted rows, each group once."""
    every = (np.unique(np.asarray(rows, np.int64)) for rows in groups)
    return [*{rows.tobytes(): rows for rows in every}.values()]


def _blocks(unit: Floats, threshold: float, block: int) -> Iterator[tuple[Rows, Rows, Floats]]:
    """Pairs of one group: numbers of two rows, the first below the second, and their cosine."""
    for low in range(0, len(unit), block):
        for left in range(low, len(unit), block):
            cosine = (unit[low : low + block] @ unit[left : left + block].T).round(DECIMALS)
            is_near = cosine >= threshold
            if left == low:
                is_near = np.triu(is_near, 1)
            first, second = np.nonzero(is_near)
            yield first + low, second + left, cosine[first, second]


class _Found:
    """Pairs as they are found, each once in the end."""

    def __init__(self, rows: int, threshold: float, max_pairs: int) -> None:
        self._rows, self._threshold, self._max_pairs = rows, threshold, max_pairs
        self._codes: list[Rows] = []
        self._cosines: list[Floats] = []
        self._count = 0

    def add(self, first: Rows, second: Rows, cosine: Floats) -> None:
        self._codes.append(first * self._rows + second)
        self._cosines.append(cosine)
        self._count += len(cosine)
        if self._count > self._max_pairs:
            self._merge()

    def _merge(self) -> tuple[Rows, Floats]:
        """All pairs, each once.

        Raises:
            InputError: there are too many.
        """
        codes = np.concatenate([np.empty(0, np.int64), *self._codes])
        codes, places = np.unique(codes, return_index=True)
        cosines = np.concatenate([np.empty(0), *self._cosines])[places]
        if len(codes) > self._max_pairs:
            raise InputError(
                f"more than {self._max_pairs:,} pairs have a cosine of at least "
                f"{self._threshold:g}; give a higher threshold"
            )
        self._codes, self._cosines, self._count = [codes], [cosines], len(codes)
        return codes, cosines

    def pairs(self) -> NearPairs:
        codes, cosines = self._merge()
        first, second = np.divmod(codes, max(self._rows, 1))
        return NearPairs(first, second, cosines)
