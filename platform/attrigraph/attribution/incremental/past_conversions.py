"""Conditions of customers who have converted before: time since the last conversion.

The hazard of a further conversion depends on the time since the last one: soon after a purchase it
may be low, and a product that is used up is due again after its cycle (gap time; Prentice, Williams
& Peterson 1981). It is piecewise linear in these days, with knots at quantiles of the observed
gaps; customers without an earlier conversion are the reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays

CONVERSIONS_PER_KNOT: Final = 25
"""Minimum number of repeated conversions per knot."""

MAX_KNOTS: Final = 10


def gap_knots(histories: Histories) -> NDArray[np.float64]:
    """Knots in days since the last conversion, ascending; empty if nobody converts twice."""
    again = np.flatnonzero(histories.is_repeat)
    if len(again) == 0:
        return np.zeros(0)
    gaps = histories.gaps
    count = int(np.clip(len(again) // CONVERSIONS_PER_KNOT, 1, MAX_KNOTS))
    if count == 1:
        return np.array([float(np.median(gaps))])
    inner = np.quantile(gaps, np.linspace(0, 1, count))
    return np.unique(np.concatenate([[0.0], inner]))


def gap_columns(knots: NDArray[np.float64], person_days: PersonDays) -> NDArray[np.float64]:
    """Piecewise linear basis ``[m, knots]``, its rows sum to 1 after a conversion and else to 0."""
    columns = np.zeros((len(person_days), len(knots)))
    again = np.flatnonzero(person_days.earlier > 0)
    if len(knots) == 0 or len(again) == 0:
        return columns
    gap = person_days.time[again] - person_days.since[again]
    for number in range(len(knots)):
        columns[again, number] = np.interp(gap, knots, np.arange(len(knots)) == number)
    return columns
