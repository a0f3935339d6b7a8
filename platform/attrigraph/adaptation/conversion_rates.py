"""Daily conversion rates of channels or campaigns: exposed customers and their conversions by day.

Exposed on a day are customers with a touch on it or on one of the ``WINDOW_DAYS`` - 1 days before.
Their conversions of the day count if the touch was before. Who was exposed to several campaigns
counts in each: rates show how exposed customers behave, not what caused it. Days are those of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self

import numpy as np

from attrigraph.domain import NO_TIME
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import EventTable

    Integers = NDArray[np.int64]

RateLevel = Literal["channel", "campaign"]

WINDOW_DAYS: Final = 7
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class DailyRates:
    """Exposed customers and conversions by key and day.

    Attributes:
        keys: names of channels or ids of campaigns.
        first_day: of the first column, days since 1970.
        exposed: customers ``[keys, days]``.
        conversions: of these customers ``[keys, days]``.
    """

    keys: tuple[str, ...]
    first_day: int
    exposed: Integers
    conversions: Integers

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.exposed.T)

    def between(self, start: int, stop: int) -> Self:
        """The days from the column ``start`` to before the column ``stop``."""
        return type(self)(
            self.keys,
            self.first_day + start,
            self.exposed[:, start:stop],
            self.conversions[:, start:stop],
        )

    def of(self, keys: tuple[str, ...]) -> Self:
        """The rows of some keys; a key that is not known has nobody exposed."""
        row = {key: number for number, key in enumerate(self.keys)}
        rows = [row.get(key, -1) for key in keys]
        known = np.array(rows)[:, None] >= 0
        exposed, conversions = (
            np.where(known, counts[rows], 0) for counts in (self.exposed, self.conversions)
        )
        return type(self)(keys, self.first_day, exposed, conversions)


def daily_rates(events: EventTable, by: RateLevel) -> DailyRates:
    """Count exposed customers and their conversions, from the first day with a touch to the last.

    Keys are sorted by their conversions, the most first.

    Raises:
        InputError: no touch has both a time and a channel or campaign.
    """
    touches, conversions = events.touches, events.conversions
    column = touches.channel if by == "channel" else touches.campaign
    usable = (touches.time != NO_TIME) & (column.codes >= 0)
    if not usable.any():
        raise InputError(f"daily rates need touches with a time and a {by}, and there are none")
    time = touches.time[usable]
    first = int(time.min()) // DAY_MS
    counting = _Counting(first, int(time.max()) // DAY_MS - first + 1, len(column.keys))
    numbers, since = counting.exposures(touches.customer[usable], column.codes[usable], time)
    counted = counting.conversions(conversions.customer, conversions.time, numbers, since)
    exposed, converted = counting.by_key_and_day(numbers), counting.by_key_and_day(counted)
    total = converted.sum(axis=1)
    known = np.flatnonzero(exposed.any(axis=1)).tolist()
    order = sorted(known, key=lambda row: (-total[row], column.keys[row]))
    return DailyRates(
        tuple(column.keys[row] for row in order), first, exposed[order], converted[order]
    )


@dataclass(frozen=True, slots=True)
class _Counting:
    """Counts exposures, each of which is one number: (customer, day, key).

    Attributes:
        first: day since 1970.
        days: number of days.
        keys: number of keys.
    """

    first: int
    days: int
    keys: int

    def exposures(
        self, customer: NDArray[np.int32], key: NDArray[np.int32], time: Integers
    ) -> tuple[Integers, Integers]:
        """Distinct exposures, ascending, and since when on their day."""
        day = time // DAY_MS - self.first
        touched = (customer.astype(np.int64) * self.days + day) * self.keys + key
        numbers, since = [touched], [time]
        for later in range(1, WINDOW_DAYS):
            inside = day + later < self.days
            numbers.append(np.unique(touched[inside] + later * self.keys))
            since.append(np.full(len(numbers[-1]), NO_TIME))
        number, earliest = np.concatenate(numbers), np.concatenate(since)
        order = np.lexsort((earliest, number))
        distinct, at = np.unique(number[order], return_index=True)
        return distinct, earliest[order][at]

    def conversions(
        self, customer: NDArray[np.int32], time: Integers, numbers: Integers, since: Integers
    ) -> Integers:
        """The exposures that each conversion comes after, one after another."""
        day = time // DAY_MS - self.first
        inside = (time != NO_TIME) & (day >= 0) & (day < self.days)
        begin = (customer[inside].astype(np.int64) * self.days + day[inside]) * self.keys
        low, high = np.searchsorted(numbers, begin), np.searchsorted(numbers, begin + self.keys)
        ends = np.cumsum(high - low)
        exposure = np.arange(ends[-1] if len(ends) else 0) + np.repeat(high - ends, high - low)
        converted = np.repeat(time[inside], high - low)
        return np.asarray(numbers[exposure[since[exposure] <= converted]])

    def by_key_and_day(self, numbers: Integers) -> Integers:
        """How many numbers there are ``[keys, days]``."""
        cells = np.bincount(numbers % (self.days * self.keys), minlength=self.days * self.keys)
        return np.asarray(cells.reshape(self.days, self.keys).T)
