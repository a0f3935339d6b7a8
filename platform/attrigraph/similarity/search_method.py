"""How vectors are searched where only some of them fulfil a filter."""

from __future__ import annotations

from typing import Final, Literal

SearchMethod = Literal["scan", "index", "scan after index"]
"""All that fulfil the filter are compared, an index is searched, or it gave too few of them."""

SCANNED_SHARE: Final = 0.05
"""Share of vectors that fulfil a filter below which all of them are compared.

An index goes through 1 / share times as many vectors. On 100,000 vectors of 384 dimensions both
take as long at about a twentieth.
"""

SCANNED_ROWS: Final = 2_000
"""Vectors that are compared rather than searched, whatever their share."""


def are_few(share: float, rows: int, k: int) -> bool:
    """Whether comparing all vectors that fulfil a filter is quicker than an index.

    Args:
        share: of the vectors that fulfil it.
        rows: vectors of all.
        k: how many are wanted.
    """
    return share < SCANNED_SHARE or share * rows <= max(SCANNED_ROWS, 2 * k)
