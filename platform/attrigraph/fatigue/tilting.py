"""Weights that are tilted by exp(slope x): their totals, and means and variances of x, by unit.

    m_k(slope) = sum over days of weight exp(slope x) x^k
    m_k(slope + step) = sum over j of m_{k+j}(slope) step^j / j!

A few sums around one slope give those of all slopes nearby, so that exponentials of all days are
taken once or twice, and not in each step of a fit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

REACH: Final = 2.0
"""Change of slope times the largest x, up to which sums are taken from those around a slope."""

TERMS: Final = 16
"""Of the series, a power of 2; what is left out is less than 1e-8 of the total."""

_WEIGHTS: Final = 1 / np.array([math.factorial(k) for k in range(TERMS)], float)

TOGETHER: Final = 512
"""Units whose days fit into the cache of a core."""

LARGEST_EXPONENT: Final = 30.0
"""Of a tilt."""

LEAST_SCALE: Final = 1e-12
"""Of x that is 0 on all days."""

LEAST_TOTAL: Final = 1e-300
"""What is divided by in place of 0."""


class Tilted:
    """Sums of units at any slope.

    Args:
        weights: ``[n, days]``, at least 0.
        x: ``[n, days]``; around 0.
        slope: around which sums are taken first ``[n]``.
    """

    def __init__(self, weights: Floats, x: Floats, slope: Floats) -> None:
        self._weights, self._x, self._slope = weights, x, slope.copy()
        self._scale = np.maximum(np.abs(x).max(axis=1, initial=0), LEAST_SCALE)
        self._sums = np.empty((TERMS + 2, len(weights)))
        self._expand(np.arange(len(weights)))

    def at(self, slope: Floats, units: Integers | None = None) -> tuple[Floats, Floats, Floats]:
        """Totals of the weights, and means and variances of x, of some units ``[m]`` each.

        Args:
            slope: of these units ``[m]``.
            units: numbers, ascending ``[m]``; None for all.
        """
        rows: Integers | slice = slice(None)
        if units is not None and len(units) < len(self._slope):
            rows = units
        step = (slope - self._slope[rows]) * self._scale[rows]
        far = np.flatnonzero(np.abs(step) > REACH)
        if len(far):
            again = far if units is None else units[far]
            self._slope[again], step[far] = slope[far], 0
            self._expand(again)
        sums, terms = self._sums[:, rows], _terms(step)
        total, first, second = (
            np.einsum("kn,kn->n", sums[power : power + TERMS], terms) for power in range(3)
        )
        divisor, scale = np.maximum(total, LEAST_TOTAL), self._scale[rows]
        mean = first / divisor
        variance = np.maximum(second / divisor - mean**2, 0)
        return total, scale * mean, scale**2 * variance

    def _expand(self, units: Integers) -> None:
        """Take the sums of some units around their present slopes."""
        for start in range(0, len(units), TOGETHER):
            rows = units[start : start + TOGETHER]
            x = self._x[rows]
            tilted = tilt(self._slope[rows, None] * x)
            tilted *= self._weights[rows]
            x /= self._scale[rows, None]
            square = x * x
            sums = np.empty((TERMS + 2, len(rows)))
            for power in range(0, TERMS + 2, 2):
                tilted.sum(axis=1, out=sums[power])
                np.einsum("nd,nd->n", tilted, x, out=sums[power + 1])
                tilted *= square
            self._sums[:, rows] = sums


def _terms(step: Floats) -> Floats:
    """Powers of steps over the factorials of their exponents ``[TERMS, n]``."""
    terms = np.ones((TERMS, len(step)))
    power, count = step, 1
    while count < TERMS:
        np.multiply(terms[:count], power, out=terms[count : 2 * count])
        power, count = power * power, 2 * count
    return np.multiply(terms, _WEIGHTS[:, None], out=terms)


def tilt(exponent: Floats) -> Floats:
    """Exponentials, in place, of at most ``LARGEST_EXPONENT`` up or down."""
    if exponent.size and max(exponent.max(), -exponent.min()) > LARGEST_EXPONENT:
        np.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT, out=exponent)
    return np.exp(exponent, out=exponent)
