"""How often each channel touches people over the calendar: flights, launches and seasons.

A channel that runs in the second half of the window touches nobody in the first. Without its
calendar, many touches by the end of a flight would look like intent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.purchase_window import purchase_touches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories


@dataclass(frozen=True, slots=True, eq=False)
class TouchCalendar:
    """The rate of each channel's touches over time, relative to its mean, accumulated.

    Attributes:
        edges: float64 ``[days + 1]``, edges of days of about 24 hours.
        cumulative: float64 ``[days + 1, keys]``, days until each edge, each day weighted by the
            channel's touches per person at risk; all days together weigh as many as there are.
    """

    edges: NDArray[np.float64]
    cumulative: NDArray[np.float64]

    def days_until(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weighted days ``[n, keys]`` from the window's start to times ``[n]``."""
        return np.stack([np.interp(time, self.edges, days) for days in self.cumulative.T], axis=1)


def touch_calendar(histories: Histories) -> TouchCalendar:
    """Touches before each customer's first conversion, per person at risk, day by day.

    Touches at the moment of purchase are left out, as they follow the purchases of the day.
    A channel without such touches has the same rate every day.
    """
    end = histories.until_first_conversion
    n_days = max(int(np.ceil(histories.days)), 1)
    width = histories.days / n_days
    edges = np.asarray(width * np.arange(n_days + 1), dtype=np.float64)
    is_counted = histories.time <= end[histories.customer]
    is_counted[purchase_touches(histories)] = False
    day = np.minimum((histories.time[is_counted] / width).astype(np.int64), n_days - 1)
    keys = len(histories.keys)
    touches = np.bincount(day * keys + histories.key[is_counted], minlength=n_days * keys)
    rate = touches.reshape(n_days, keys) / _person_days(end, edges)[:, None]
    total = rate.sum(axis=0)
    share = np.divide(rate, total, out=np.full(rate.shape, 1 / n_days), where=total > 0)
    start = np.zeros((1, keys))
    cumulative = histories.days * np.concatenate([start, share.cumsum(axis=0)])
    return TouchCalendar(edges, np.asarray(cumulative, dtype=np.float64))


def _person_days(end: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days at risk of all customers within each day of the calendar."""
    ended = np.sort(end)
    before = np.searchsorted(ended, edges)
    # time at risk until an edge: that of customers whose risk ended before, and the edge itself
    until = np.concatenate([[0.0], ended.cumsum()])[before] + (len(ended) - before) * edges
    return np.maximum(np.diff(until), 1e-9)
