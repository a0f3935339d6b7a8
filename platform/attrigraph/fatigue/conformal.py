"""Conformal quantiles where campaigns, not units, can be exchanged (Vovk, Gammerman, Shafer 2005).

Units of a campaign share hooks, audiences and prices. Each campaign has the same weight, and one
more campaign, of which nothing is known, may be anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def campaign_quantile(scores: Floats, campaign: Integers, level: float) -> float:
    """The score that a unit of a new campaign is at most at, with this probability.

    Args:
        scores: of units ``[n]``.
        campaign: of each unit ``[n]``.
        level: in (0, 1).

    Returns:
        Infinity where there are too few campaigns to know, also without any.
    """
    _, of_unit, count = np.unique(campaign, return_inverse=True, return_counts=True)
    order = np.argsort(scores)
    reached = np.cumsum(1 / count[of_unit[order]]) / (len(count) + 1)
    enough = np.flatnonzero(reached >= level - 1e-12)
    return float(scores[order[enough[0]]]) if len(enough) else float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Mean absolute error by the predicted value, linear between knots.

    Attributes:
        knots: predicted values, ascending ``[k]``.
        error: mean absolute error around each, above 0 ``[k]``.
    """

    knots: Floats
    error: Floats

    def at(self, predicted: Floats) -> Floats:
        """Expected absolute errors ``[n]``."""
        return np.interp(predicted, self.knots, self.error)


def fit_spread(predicted: Floats, error: Floats, *, least: float, groups: int = 10) -> Spread:
    """Errors in groups of equal size by the predicted value.

    Args:
        predicted: ``[n]``, at least one.
        error: absolute errors ``[n]``.
        least: error that is taken where a group has less.
        groups: at most so many.
    """
    order = np.argsort(predicted, kind="stable")
    parts = np.array_split(order, min(groups, len(order)))
    knots = np.array([predicted[part].mean() for part in parts])
    means = np.array([max(error[part].mean(), least) for part in parts])
    return Spread(knots, means)
