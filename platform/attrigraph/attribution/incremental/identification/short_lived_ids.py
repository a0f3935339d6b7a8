"""Ids that live for a shorter time than the window, as deleted cookies do.

One person then appears as several ids, and conversions are cut off from earlier touches
(fragmentation of identity; Coey & Bailey 2016; Lin & Misra 2022). The time from an id's first to
its last touch shows it: if ids lived for the whole window, it would be as long as that of touches
drawn at random from the same channels (a permutation test, which allows for launches and flights).
Several ids of one converter cannot be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

MIN_SPAN: Final = 0.8
"""Minimum mean time from first to last touch, relative to touches drawn at random."""

SESSION: Final = 1.0 / 24.0
"""Days within which a further touch belongs to the same visit and is left out."""

MIN_IDS: Final = 100
"""Minimum number of ids with several visits."""


def short_lived_ids(histories: Histories, rng: np.random.Generator) -> bool:
    """Whether ids live for a far shorter time than the window."""
    return relative_span(histories, rng) < MIN_SPAN


def relative_span(histories: Histories, rng: np.random.Generator) -> float:
    """Mean time from first to last touch over its value with shuffled times.

    Over ids with several visits and no conversion, because converting may end the touches; 1 if
    there are too few.
    """
    previous = np.empty_like(histories.time)
    previous[:1] = -1.0
    previous[1:] = np.where(
        histories.customer[1:] == histories.customer[:-1], histories.time[:-1], -1.0
    )
    converts = np.bincount(histories.converter, minlength=histories.customers) > 0
    begins_visit = histories.time - previous > SESSION
    chosen = begins_visit & ~converts[histories.customer]
    customer, time, key = histories.customer[chosen], histories.time[chosen], histories.key[chosen]
    is_several = np.bincount(customer, minlength=histories.customers) > 1
    if is_several.sum() < MIN_IDS:
        return 1.0
    shuffled = time.copy()
    for channel in range(len(histories.keys)):
        rows = np.flatnonzero(key == channel)
        shuffled[rows] = time[rng.permutation(rows)]
    observed = _total_span(customer, time, histories.customers)
    return observed / max(_total_span(customer, shuffled, histories.customers), 1e-9)


def _total_span(customer: NDArray[np.int64], time: NDArray[np.float64], customers: int) -> float:
    """Sum over ids of the time from first to last touch."""
    first, last = np.full(customers, np.inf), np.full(customers, -np.inf)
    np.minimum.at(first, customer, time)
    np.maximum.at(last, customer, time)
    present = np.isfinite(first)
    return float((last[present] - first[present]).sum())
