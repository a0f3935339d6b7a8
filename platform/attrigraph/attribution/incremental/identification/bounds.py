"""Half-lives and saturations at the end of their range.

A maximum of the likelihood on the edge of the parameter space says that the data want a form that
the model does not have (Self & Liang 1987). A half-life at its upper end is what a lasting
difference between touched and untouched people looks like, unless the window is so long that the
decay would show; one at the lower end is what touches on the way to the purchase look like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.response import HALF_LIVES, SATURATION_RANGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.adstock import ResponseShape

TOLERANCE: Final = 1.02
"""Factor within which a parameter counts as at its bound."""

MIN_SHARE: Final = 0.02
"""Minimum credit, as a share of all conversions, for which the bound matters."""


MIN_HALF_LIVES: Final = 2.5
"""Length of the window, in longest half-lives, from which a slow decay shows in the data."""


def parameter_at_bound(
    shape: ResponseShape, credit: NDArray[np.float64], observed: int, days: float
) -> NDArray[np.bool_]:
    """Channels whose half-life or saturation is at its bound and whose credit is not negligible.

    Args:
        shape: fitted half-lives and saturations.
        credit: conversions, ``[keys]``.
        observed: number of conversions.
        days: length of the window.
    """
    longest = HALF_LIVES[-1] if days < MIN_HALF_LIVES * HALF_LIVES[-1] else np.inf
    at_bound = _at_end(shape.half_life, HALF_LIVES[0], longest) | _at_end(
        shape.saturation, *SATURATION_RANGE
    )
    return np.asarray(at_bound & (np.abs(credit) > MIN_SHARE * observed))


def half_life_at_limit(half_life: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which half-lives ``[keys]``, in days, are at the shortest or the longest possible one."""
    return _at_end(half_life, HALF_LIVES[0], HALF_LIVES[-1])


def _at_end(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((value <= low * TOLERANCE) | (value >= high / TOLERANCE))
