"""Channels whose credits cannot be told apart: only their sum is identified.

Where two channels run together, more credit of one is less credit of the other: the posterior
distribution of their credits has a strong negative correlation (collinearity; Belsley, Kuh & Welsch
1980). Bootstrap draws give the correlation. Channels that trigger each other are such a pair too:
touches then follow a common plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CORRELATION: Final = -0.7
"""Correlation of two credits below which only their sum is identified."""

MIN_ERROR: Final = 0.01
"""Standard error of a credit, as a share of the conversions, for which the split matters."""


def collinear(deviations: NDArray[np.float64], observed: int) -> NDArray[np.bool_]:
    """Pairs of channels ``[keys, keys]`` of which only the sum is identified.

    Args:
        deviations: draws of the credits minus the credits, ``[draws, keys]``; without draws
            no pair is found.
        observed: number of conversions.
    """
    if len(deviations) == 0:
        return np.zeros((deviations.shape[1], deviations.shape[1]), dtype=bool)
    deviation = deviations - deviations.mean(axis=0)
    error = deviation.std(axis=0)
    covariance = deviation.T @ deviation / len(deviation)
    correlation = covariance / np.maximum(np.outer(error, error), 1e-12)
    matters = error > MIN_ERROR * observed
    return np.asarray((correlation < MAX_CORRELATION) & np.outer(matters, matters))
