"""The season as the context of predictions: what was learnt in one is tried when it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAYS_PER_YEAR: Final = 365.2425


def season(day: int) -> Floats:
    """A day's place in the year as a vector of length 1 ``[2]``.

    Two days within five weeks of each other, in any years, have a cosine above .8.

    Args:
        day: since 1970.
    """
    angle = 2 * np.pi * day / DAYS_PER_YEAR
    return np.array([np.cos(angle), np.sin(angle)])
