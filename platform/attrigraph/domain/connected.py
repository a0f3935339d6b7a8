"""Groups of things that links connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]


def connected_groups(count: int, one: Codes, other: Codes) -> Codes:
    """The number of the group of each of ``count`` things; those that links connect share one.

    Args:
        count: number of things.
        one: numbers of the things at one end of each link, in 0 .. count - 1.
        other: those at the other end.
    """
    # few loads join anything, and scipy.sparse takes half a second to import
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)
