"""People who are missing because nothing was recorded of them.

A web export holds only ids that were touched or bought. Everybody without a touch then converts, by
construction, or untouched converters were cut and every converter was touched; both say that
touches are necessary to buy. Such data are case-population samples (Lancaster & Imbens 1996) and do
not identify a baseline without the number of people. It matters little where nearly everybody is
touched: the number of people with no touch is at least ``f1 (f1 - 1) / (2 (f2 + 1))``, with f1 and
f2 the numbers of people with one and two touches (Chao 1987).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

MAX_MISSING: Final = 0.1
"""Estimated missing people, as a share of the people with a touch, up to which it is tolerated."""

MIN_EXPECTED: Final = 20.0
"""Conversions of untouched people to expect before their absence says something."""


def unknown_population(histories: Histories) -> bool:
    """Whether people without a touch, or their conversions, are missing in relevant number.

    Not where the number of people was given and the model allows for conversions that were cut.
    """
    if histories.at_risk is not None:
        return False
    touches = np.bincount(histories.customer, minlength=histories.customers)
    converts = np.bincount(histories.converter, minlength=histories.customers) > 0
    untouched = touches == 0
    if (untouched & ~converts).any():
        return _conversions_were_cut(untouched, converts)
    return missing_people(touches) > MAX_MISSING * int((touches > 0).sum())


def missing_people(touches: NDArray[np.int64]) -> float:
    """Lower bound of the people without a touch, from the touches of each known person."""
    once, twice = int((touches == 1).sum()), int((touches == 2).sum())
    return once * (once - 1) / (2 * (twice + 1))


def _conversions_were_cut(untouched: NDArray[np.bool_], converts: NDArray[np.bool_]) -> bool:
    """Whether none of many untouched people converts."""
    expected = untouched.mean() * converts.sum()
    return bool(expected > MIN_EXPECTED and not (untouched & converts).any())
