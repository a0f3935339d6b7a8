"""Touches of some channels by day, and how many each customer's past leads to expect.

A customer's rate is predictable: the rate that covariates and the channel's calendar give, times
the posterior mean of a gamma factor given the touches of earlier days. This is the exact intensity
of a Poisson process with a gamma frailty given its own past (Aalen, Borgan & Gjessing 2008,
Survival and Event History Analysis, ch. 7), so lasting differences between customers are expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.ranges import rows_of_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.touch_calendar import TouchCalendar

FRAILTY_SHAPES: Final = (0.2, 20.0)
"""Minimum and maximum gamma shape of the lasting factor."""


@dataclass(frozen=True, slots=True, eq=False)
class DailyTouches:
    """Touches by channel, day of the calendar and customer.

    Attributes:
        count: float64 ``[channels, days, customers]``, touches.
        expected: float64 ``[channels, days, customers]``, touches expected given the customer's
            earlier days; 0 on days that do not count.
    """

    count: NDArray[np.float64]
    expected: NDArray[np.float64]

    def before(self, end: NDArray[np.int64]) -> DailyTouches:
        """Without the days from day ``end`` ``[customers]`` on."""
        counts = np.arange(self.count.shape[1])[:, None] < end
        return DailyTouches(self.count * counts, self.expected * counts)


@dataclass(frozen=True, slots=True, eq=False)
class TouchRates:
    """Rates of some channels.

    Attributes:
        channels: int64 ``[channels]``.
        expected: float64 ``[population, keys]``, touches per day of each customer predicted by
            covariates, on the average over the calendar.
        calendar: how often each channel touches people over the calendar.
        shape: float64 ``[channels]``, gamma shape of the lasting factor.
    """

    channels: NDArray[np.int64]
    expected: NDArray[np.float64]
    calendar: TouchCalendar
    shape: NDArray[np.float64]

    def daily(self, histories: Histories, customers: NDArray[np.int64]) -> DailyTouches:
        """Touches of some customers ``[n]``, given ascending, of the histories."""
        count = _daily_counts(histories, customers, self.channels, self.calendar)
        share = np.diff(self.calendar.cumulative, axis=0)[:, self.channels].T
        mean = share[:, :, None] * self.expected[customers][:, self.channels].T[:, None, :]
        shape = self.shape[:, None, None]
        factor = (shape + count.cumsum(axis=1) - count) / (shape + mean.cumsum(axis=1) - mean)
        return DailyTouches(count, mean * factor)


def touch_rates(
    histories: Histories,
    channels: NDArray[np.int64],
    expected: NDArray[np.float64],
    calendar: TouchCalendar,
    customers: NDArray[np.int64],
) -> TouchRates:
    """Rates with the shape of the lasting factor, from some customers.

    Phases of days make touches of neighbouring days go together, lasting differences also those of
    distant ones: the shape is that of the covariance of the first and the last third of the window.
    """
    count = _daily_counts(histories, customers, channels, calendar)
    days = count.shape[1]
    mean = np.diff(calendar.cumulative, axis=0)[:, channels].T[:, :, None]
    mean = mean * expected[customers][:, channels].T[:, None, :]
    parts = [slice(0, days // 3), slice(days - days // 3, days)]
    first, last = (count[:, part].sum(axis=1) for part in parts)
    of_first, of_last = (_scaled(mean[:, part].sum(axis=1), count[:, part]) for part in parts)
    covariance = ((first - of_first) * (last - of_last)).sum(axis=1)
    relative = covariance / np.maximum((of_first * of_last).sum(axis=1), 1e-9)
    low, high = FRAILTY_SHAPES
    return TouchRates(channels, expected, calendar, 1 / np.clip(relative, 1 / high, 1 / low))


def day_of(calendar: TouchCalendar, time: NDArray[np.float64]) -> NDArray[np.int64]:
    """The day of the calendar of each time."""
    day = np.searchsorted(calendar.edges, time, "right") - 1
    return np.clip(day, 0, len(calendar.edges) - 2)


def _scaled(mean: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected touches ``[channels, customers]`` that sum to the touches of each channel."""
    ratio = count.sum(axis=(1, 2)) / np.maximum(mean.sum(axis=1), 1e-9)
    return np.asarray(mean * ratio[:, None])


def _daily_counts(
    histories: Histories,
    customers: NDArray[np.int64],
    channels: NDArray[np.int64],
    calendar: TouchCalendar,
) -> NDArray[np.float64]:
    """Touches ``[channels, days, customers]``."""
    begin = np.searchsorted(histories.customer, customers, "left")
    end = np.searchsorted(histories.customer, customers, "right")
    row, touch = rows_of_ranges(begin, end)
    day, key = day_of(calendar, histories.time[touch]), histories.key[touch]
    shape = (len(calendar.edges) - 1, len(customers))
    cell = day * shape[1] + row
    counts = [np.bincount(cell[key == c], minlength=shape[0] * shape[1]) for c in channels]
    return np.stack(counts).reshape(len(channels), *shape).astype(np.float64)
