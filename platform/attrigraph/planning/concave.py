"""The least concave curve above given values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def concave_envelope(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least concave curve that is nowhere below the values, which lie at equal distances.

    The upper hull of the points (Andrew 1979), read at each point. Concave values come back
    unchanged.

    Args:
        values: float64 ``[points]``, any unit; may be empty.
    """
    if (np.diff(values, n=2) <= 0).all():
        return values.copy()
    hull: list[int] = []
    for point in range(len(values)):
        while len(hull) > 1 and _is_below(values, hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.interp(np.arange(len(values)), hull, values[hull])


def _is_below(values: NDArray[np.float64], left: int, middle: int, right: int) -> bool:
    """Whether the middle point lies on or below the line through the others."""
    rise = (values[middle] - values[left]) * (right - left)
    return bool(rise <= (values[right] - values[left]) * (middle - left))
