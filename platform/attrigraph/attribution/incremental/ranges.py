"""Ranges of rows, expanded to the single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_of_ranges(
    begin: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of the range and the row, for every row of every range.

    Args:
        begin: int64 ``[ranges]``, first row of each.
        end: int64 ``[ranges]``, the row after its last; at least ``begin``.
    """
    count = end - begin
    number = np.repeat(np.arange(len(count)), count)
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - begin, count)
    return number, row
