"""How many decimals of a credit its interval leaves meaningful."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 2
"""Decimals of credits without an interval."""


def meaningful_decimals(ends: Iterable[tuple[float, float] | None]) -> int:
    """Decimals, 0 to 2, that the median width of intervals leaves meaningful.

    Args:
        ends: lower and upper end of each interval; None and empty ones do not count.
    """
    widths = [end[1] - end[0] for end in ends if end is not None and end[1] > end[0]]
    return sum(median(widths) < limit for limit in (2.0, 20.0)) if widths else MOST
