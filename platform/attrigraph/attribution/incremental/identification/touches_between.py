"""Touches of each channel in an interval around the time of each person-day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.ranges import rows_of_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays


def touches_between(
    histories: Histories, person_days: PersonDays, begin: float, end: float
) -> NDArray[np.float64]:
    """Number of touches ``[m, keys]`` from ``begin`` to ``end`` days after each person-day.

    Negative bounds lie before the person-day. The interval is closed at ``begin`` and open at
    ``end``.
    """
    customer, time, keys = person_days.customer, person_days.time, len(histories.keys)
    # Outside the window there are no touches, and other customers' must not be counted.
    first = histories.touches_before(customer, np.clip(time + begin, -1.0, histories.days + 0.5))
    last = histories.touches_before(customer, np.clip(time + end, -1.0, histories.days + 0.5))
    row, touch = rows_of_ranges(first, np.maximum(first, last))
    cell = row * keys + histories.key[touch]
    flat = np.bincount(cell, minlength=len(time) * keys).reshape(len(time), keys)
    return flat.astype(np.float64)
