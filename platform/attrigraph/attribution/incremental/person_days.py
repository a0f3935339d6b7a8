"""Person-days: the moments at which customers are looked at, and who converts at them.

A day's customers are compared at the times of that day's conversions: a converting customer at
the own conversion, every other at the time of a conversion drawn from the same day. So cases and
controls have had equally long to be touched (risk-set sampling), whether conversions come at any
time or all at the window's end. A day without any conversion says nothing about what makes
customers convert, and is left out: with a free level for each day its fitted hazard is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

CHUNK = 20_000
"""Customers laid out against days at once."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonDays:
    """Person-days as columns, sorted by (customer, time).

    Attributes:
        customer: int64 ``[m]``.
        day: int64 ``[m]``, index into the days that have conversions.
        time: float64 ``[m]``, days since the window began.
        since: float64 ``[m]``, when the customer last converted; -1 where never.
        earlier: int64 ``[m]``, conversions of the customer before this moment.
        event: bool ``[m]``, whether the customer converts at it.
        weight: float64 ``[m]``, how many person-days it stands for.
        days: how many days have conversions.
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
        """The same sorted by day."""
        return self.take(np.argsort(self.day, kind="stable"))

    def take(self, rows: NDArray[np.int64]) -> PersonDays:
        """Some of them, in the order given."""
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
    """All event moments, and a share ``rate`` of the others with weight ``1 / rate``.

    Args:
        histories: the population.
        rng: draws the moments of customers who do not convert on a day, and the sample.
        rate: share of person-days without a conversion to keep, in (0, 1].
        among: customers to lay out, ascending; all when None.
    """
    calendar = _Calendar.of(histories)
    everyone = np.arange(histories.customers) if among is None else among
    parts = [
        _quiet(histories, calendar, everyone[start : start + CHUNK], rng, rate)
        for start in range(0, len(everyone), CHUNK)
    ]
    mine = np.ones(len(histories.converter), dtype=bool)
    if among is not None:
        mine = np.isin(histories.converter, among)
    quiet_customer = np.concatenate([part[0] for part in parts])
    quiet_day = np.concatenate([part[1] for part in parts])
    customer = np.concatenate([histories.converter[mine], quiet_customer])
    day = np.concatenate([calendar.day[mine], quiet_day])
    time = np.concatenate([histories.converted[mine], calendar.draw(quiet_day, rng)])
    event = np.arange(len(customer)) < mine.sum()
    weight = np.where(event, 1.0, 1.0 / rate)
    order = np.lexsort((time, customer))
    since, earlier = _past(histories, customer[order], time[order])
    return PersonDays(
        customer[order], day[order], time[order], since, earlier, event[order], weight[order],
        calendar.days,
    )  # fmt: skip


def conversion_person_days(histories: Histories) -> PersonDays:
    """The moments of the conversions alone, in the order of ``histories.converter``."""
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
    """The days that have conversions, and the times of day at which they happen."""

    days: int
    number: NDArray[np.int64]  # [days], which day of the window
    day: NDArray[np.int64]  # [conversions], index into the days
    times: NDArray[np.float64]  # [conversions], sorted
    first: NDArray[np.int64]  # [days], where each day's times begin

    @classmethod
    def of(cls, histories: Histories) -> _Calendar:
        # A conversion at midnight ends the day before it: (d, d + 1] is day d.
        whole = np.maximum(np.ceil(histories.converted).astype(np.int64) - 1, 0)
        number, day = np.unique(whole, return_inverse=True)
        times = np.sort(histories.converted)
        first = np.searchsorted(np.sort(day), np.arange(len(number)))
        return cls(len(number), number, day.astype(np.int64), times, first)

    def draw(self, day: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
        """The time of a conversion drawn from each day."""
        size = np.diff(np.append(self.first, len(self.times)))
        return self.times[self.first[day] + (rng.random(len(day)) * size[day]).astype(np.int64)]


def _quiet(
    histories: Histories,
    calendar: _Calendar,
    customers: NDArray[np.int64],
    rng: np.random.Generator,
    rate: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sampled (customer, day) pairs at risk on which the customer does not convert."""
    keep = np.ones((len(customers), calendar.days), dtype=bool)
    if rate < 1:
        keep = rng.random(keep.shape, dtype=np.float32) < rate
    place = np.searchsorted(customers, histories.converter)
    place = np.minimum(place, len(customers) - 1)
    mine = customers[place] == histories.converter
    if histories.repeats:
        keep[place[mine], calendar.day[mine]] = False
    else:
        last = np.full(len(customers), calendar.days)
        last[place[mine]] = calendar.day[mine]
        keep &= np.arange(calendar.days) < last[:, None]
    row, day = np.nonzero(keep)
    return customers[row], day


def _past(
    histories: Histories, customer: NDArray[np.int64], time: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """When each customer last converted before a time (-1 if never), and how often."""
    step = histories.days + 2.0
    key = histories.converter * step + histories.converted
    begin = np.searchsorted(histories.converter, customer, "left")
    end = np.searchsorted(key, customer * step + time, "left")
    earlier = end - begin
    since = np.full(len(customer), -1.0)
    since[earlier > 0] = histories.converted[end[earlier > 0] - 1]
    return since, earlier
