"""Two-sided CUSUM (Page 1954): finds when errors of predictions have changed."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

SLACK: Final = 0.5
"""k: shifts of less than this, in standard deviations, do not add up."""

LIMIT: Final = 5.0
"""h: sum at which a boundary is found; without change about every 465 normal errors."""

HALF_LIFE: Final = 200
"""Errors until one counts half in the standard deviation."""

MIN_ERRORS: Final = 20
"""Before the standard deviation is used."""

_DECAY: Final = 0.5 ** (1 / HALF_LIFE)


class Cusum:
    """Sums of standardised errors, upwards and downwards, since the last boundary."""

    def __init__(self) -> None:
        # upward and downward sum, weighted sum of squared errors, sum of the weights, errors
        self.state = np.zeros(5)

    def add(self, error: float) -> bool:
        """Add an error, observed minus predicted; True where this is a boundary.

        After a boundary all begins again, the standard deviation too.
        """
        up, down, squares, weights, n = self.state.tolist()
        if n >= MIN_ERRORS and squares > 0:
            z = error / math.sqrt(squares / weights)
            up, down = max(0.0, up + z - SLACK), max(0.0, down - z - SLACK)
        if max(up, down) > LIMIT:
            self.state.fill(0)
            return True
        self.state[:] = (up, down, _DECAY * squares + error**2, _DECAY * weights + 1, n + 1)
        return False
