"""Person-days: customers at risk on each day with a conversion, by risk-set sampling.

Customers are compared at the times of the day's conversions: a converting customer (case) at the
time of the conversion, every other customer (control) at the time of a random conversion of the
same day. Cases and controls then have had equal time to be touched, whether conversions happen at
any time or all at the window's end. A day without a conversion carries no information on the
effects and is left out: with a free level for each day its fitted hazard is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

CHUNK = 20_000
"""Number of customers expanded to person-days at once."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonDays:
    """Person-days as columns, sorted by (customer, time).

    Attributes:
        customer: int64 ``[m]``.
        day: int64 ``[m]``, index into the days that have conversions.
        time: float64 ``[m]``, days since the warm-up began.
        since: float64 ``[m]``, time of the customer's previous conversion; -1 if none.
        earlier: int64 ``[m]``, number of the customer's earlier conversions.
        event: bool ``[m]``, whether the customer converts.
        weight: float64 ``[m]``, sampling weight.
        days: number of days with conversions.
    """

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    time: NDArray[np.float64]
    since: NDArray[np.float64]
    earlier: NDArray[np.int64]
    event: NDArray[np.bool_]
    weight: NDArray[np.float64]
    days: int

    def __len__(self) -> int:
        return len(self.customer)

    def by_day(self) -> PersonDays:
        """Copy sorted by day."""
        return self.take(np.argsort(self.day, kind="stable"))

    def take(self, rows: NDArray[np.int64]) -> PersonDays:
        """The given rows, in this order."""
        return PersonDays(
            self.customer[rows],
            self.day[rows],
            self.time[rows],
            self.since[rows],
            self.earlier[rows],
            self.event[rows],
            self.weight[rows],
            self.days,
        )


def sample_person_days(
    histories: Histories,
    rng: np.random.Generator,
    *,
    rate: float = 1.0,
    among: NDArray[np.int64] | None = None,
) -> PersonDays:
    """All person-days with an event, and a share ``rate`` of the others, weighted ``1 / rate``.

    Args:
        histories: the population.
        rng: samples controls and their times.
        rate: share of person-days without a conversion to keep, in (0, 1].
        among: customers to include, ascending; None for all at risk.
    """
    calendar = _Calendar.of(histories)
    everyone = histories.customers_at_risk if among is None else among
    parts = [
        _controls(histories, calendar, everyone[start : start + CHUNK], rng, rate)
        for start in range(0, len(everyone), CHUNK)
    ]
    is_included = np.ones(len(histories.converter), dtype=bool)
    if among is not None:
        is_included = np.isin(histories.converter, among)
    control_customer = np.concatenate([part[0] for part in parts])
    control_day = np.concatenate([part[1] for part in parts])
    moment = np.concatenate([part[2] for part in parts])
    customer = np.concatenate([histories.converter[is_included], control_customer])
    day = np.concatenate([calendar.day[is_included], control_day])
    time = np.concatenate([histories.converted[is_included], calendar.at(control_day, moment)])
    event = np.arange(len(customer)) < is_included.sum()
    weight = np.where(event, 1.0, 1.0 / rate)
    order = np.lexsort((time, customer))
    since, earlier = _past(histories, customer[order], time[order])
    return PersonDays(
        customer[order], day[order], time[order], since, earlier, event[order], weight[order],
        calendar.days,
    )  # fmt: skip


def conversion_person_days(histories: Histories) -> PersonDays:
    """The person-days of the conversions alone, in the order of ``histories.converter``."""
    calendar = _Calendar.of(histories)
    since, earlier = _past(histories, histories.converter, histories.converted)
    count = len(histories.converter)
    return PersonDays(
        histories.converter,
        calendar.day,
        histories.converted,
        since,
        earlier,
        np.ones(count, dtype=bool),
        np.ones(count),
        calendar.days,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Calendar:
    """The days with conversions, and the times of these conversions."""

    days: int
    number: NDArray[np.int64]  # [days], which day of the window
    day: NDArray[np.int64]  # [conversions], index into the days
    times: NDArray[np.float64]  # [conversions], sorted
    first: NDArray[np.int64]  # [days], row of each day's first time

    @classmethod
    def of(cls, histories: Histories) -> _Calendar:
        # A conversion at midnight ends the day before it: (d, d + 1] is day d.
        window_day = np.maximum(np.ceil(histories.converted).astype(np.int64) - 1, 0)
        number, day = np.unique(window_day, return_inverse=True)
        times = np.sort(histories.converted)
        first = np.searchsorted(np.sort(day), np.arange(len(number)))
        return cls(len(number), number, day.astype(np.int64), times, first)

    def at(self, day: NDArray[np.int64], moment: NDArray[np.float32]) -> NDArray[np.float64]:
        """The time of one of each day's conversions, by a number in [0, 1)."""
        size = np.diff(np.append(self.first, len(self.times)))
        place = np.minimum((moment * size[day]).astype(np.int64), size[day] - 1)
        return np.asarray(self.times[self.first[day] + place])


def _controls(
    histories: Histories,
    calendar: _Calendar,
    customers: NDArray[np.int64],
    rng: np.random.Generator,
    rate: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Sampled (customer, day) pairs at risk without a conversion, and a random number for each.

    Every pair has its own numbers, so that one more conversion leaves those of the others as they
    are.
    """
    keep = np.ones((len(customers), calendar.days), dtype=bool)
    moment = rng.random(keep.shape, dtype=np.float32)
    if rate < 1:
        keep = rng.random(keep.shape, dtype=np.float32) < rate
    place = np.searchsorted(customers, histories.converter)
    place = np.minimum(place, len(customers) - 1)
    is_member = customers[place] == histories.converter
    if histories.repeats:
        keep[place[is_member], calendar.day[is_member]] = False
    else:
        last = np.full(len(customers), calendar.days)
        last[place[is_member]] = calendar.day[is_member]
        keep &= np.arange(calendar.days) < last[:, None]
    row, day = np.nonzero(keep)
    return customers[row], day, moment[row, day]


def _past(
    histories: Histories, customer: NDArray[np.int64], time: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Time of each customer's previous conversion (-1 if none), and the number of them.

    All conversions of a customer before the window count as one, the last.
    """
    step = histories.days + 2.0
    key = histories.converter * step + histories.converted
    begin = np.searchsorted(histories.converter, customer, "left")
    end = np.searchsorted(key, customer * step + time, "left")
    earlier = end - begin
    since = np.full(len(customer), -1.0)
    if histories.converted_before is not None:
        since = histories.converted_before[customer]
    since[earlier > 0] = histories.converted[end[earlier > 0] - 1]
    if histories.converted_before is not None:
        earlier = earlier + (histories.converted_before[customer] >= 0)
    return since, earlier
