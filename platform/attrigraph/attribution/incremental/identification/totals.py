"""Totals that cannot be: more credit than conversions, or a baseline above them.

Credits and baseline add up to the observed conversions by construction, so credit above them means
a baseline below zero. A baseline above the observed conversions says that marketing as a whole
prevents purchases; it is taken for a fault of the data if it is significant. Both are logical
bounds of the answer (Manski 1990).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE: Final = 0.01
"""Share of the observed conversions by which a total may lie outside."""

MIN_Z: Final = 3.0
"""Standard errors by which the total credit must lie below 0. It withholds the credit of every
channel, and where marketing has no effect, 2 standard errors are chance in one data set of 44."""


def impossible_total(
    credit: NDArray[np.float64], deviations: NDArray[np.float64], observed: int
) -> bool:
    """Whether the total credit lies above the observed conversions or significantly below 0.

    Args:
        credit: conversions, ``[keys]``.
        deviations: draws of the credits minus the credits, ``[draws, keys]``.
        observed: number of conversions.
    """
    total = float(credit.sum())
    error = float(deviations.sum(axis=1).std()) if len(deviations) else 0.0
    is_negative = total < -TOLERANCE * observed and total < -MIN_Z * error
    return is_negative or total > (1 + TOLERANCE) * observed
