"""Facts and a customers table joined into histories: the population of the incremental model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.content_order import content_order
from attrigraph.attribution.incremental.covariates import Covariates, covariates_of, no_covariates
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.domain import NO_TIME, CustomerAttributes
from attrigraph.errors import InputError, NeedsTimesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import Categorical, Conversions, EventTable, Touches

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Histories with the way back to the facts they were made of.

    Attributes:
        histories: what the model reads.
        touch: int64 ``[touches]``, row in ``EventTable.touches`` of each touch of the histories.
        conversion: int64 ``[conversions]``, row in ``EventTable.conversions``.
        covariates: the columns and what was noted while making them.
        from_table: whether a customers table was given.
        start: when the window began, epoch milliseconds.
    """

    histories: Histories
    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    covariates: Covariates
    from_table: bool
    start: int


def population_of(
    events: EventTable,
    table: CustomerAttributes | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> Population:
    """Join facts with what was known of customers before.

    The population is everyone in the table and everyone in the facts. Customers in the facts who
    are not in the table have all their facts missing.

    Args:
        events: touches and conversions, with times.
        table: facts known before any exposure; it should hold customers without a touch as well.
        start: when the window began, epoch milliseconds; midnight (UTC) before the first event
            if None. Events before it are refused.
        end: when it ended; the last event if None. Events after it are refused.

    Raises:
        NeedsTimesError: when events have no times.
        InputError: when there is no touch or no conversion, or an event lies outside the window.
    """
    touches, conversions = events.touches, events.conversions
    if len(touches) == 0 or len(conversions) == 0:
        raise InputError(
            f"the incremental model needs touches and conversions, got {len(touches)} touches and"
            f" {len(conversions)} conversions"
        )
    times = np.concatenate([touches.time, conversions.time])
    if (times == NO_TIME).any():
        raise NeedsTimesError(
            "the incremental model needs the time of every touch and conversion, and some events"
            " have none; use a rule or a Markov model for data without times"
        )
    start = int(times.min() // DAY_MS * DAY_MS) if start is None else start
    end = _end(events, times) if end is None else end
    _refuse_outside(times, start, end)
    row = _rows_in(table, events)
    covariates = no_covariates(len(row)) if table is None else _matched(table, row)
    key, names = _coded(touches.channel)
    order = content_order(
        len(row),
        (touches.customer, _instant(touches), key),
        (conversions.customer, _instant(conversions), conversions.value.view(np.int64)),
        covariates.values,
    )
    place = np.argsort(order)[: len(events.customers)]
    covariates = replace(covariates, values=covariates.values[order])
    return _assembled(events, place, covariates, key, names, (start, end), table is not None)


def _instant(events: Touches | Conversions) -> NDArray[np.int64]:
    """Time and nanosecond as one number, the time alone where the nanosecond is 0."""
    return events.time + (events.nanosecond.astype(np.int64) << 44)


def _end(events: EventTable, times: NDArray[np.int64]) -> int:
    """The first whole millisecond by which all events have happened."""
    finer = np.concatenate([events.touches.nanosecond, events.conversions.nanosecond])
    return int((times + (finer > 0)).max())


def _days_since(start: int, events: Touches | Conversions) -> NDArray[np.float64]:
    return (events.time - start + events.nanosecond / 1e6) / DAY_MS


def _rows_in(table: CustomerAttributes | None, events: EventTable) -> NDArray[np.int64]:
    """Row in the table of everyone, -1 without one: the facts' customers, then the table's own."""
    if table is None:
        return np.full(len(events.customers), -1)
    row_of = {customer: row for row, customer in enumerate(table.customers)}
    row = np.array([row_of.get(customer, -1) for customer in events.customers], dtype=np.int64)
    return np.concatenate([row, np.setdiff1d(np.arange(len(table)), row)])


def _matched(table: CustomerAttributes, row: NDArray[np.int64]) -> Covariates:
    known = row >= 0
    columns = {}
    for name, column in table.columns.items():
        matched = np.empty(len(row), dtype=object)
        matched[known] = column[row[known]]
        columns[name] = matched
    people = np.empty(len(row), dtype=object)
    made = covariates_of(CustomerAttributes(people, np.zeros(len(row), dtype=np.int32), columns))
    strangers = len(row) - int(known.sum())
    if not strangers:
        return made
    note = f"{strangers} customers with events are not in the customers table"
    return Covariates(made.names, made.values, (*made.notes, note))


def _coded(channel: Categorical) -> tuple[NDArray[np.int64], tuple[str | None, ...]]:
    """Codes and names of the channels that occur, with None for touches of an unknown one."""
    names: tuple[str | None, ...] = (*channel.keys, None)
    code = np.where(channel.codes < 0, len(channel.keys), channel.codes).astype(np.int64)
    used, dense = np.unique(code, return_inverse=True)
    return dense.astype(np.int64), tuple(names[u] for u in used)


def _refuse_outside(times: NDArray[np.int64], start: int, end: int) -> None:
    outside = int(((times < start) | (times > end)).sum())
    if outside:
        raise InputError(
            f"{outside} events lie outside the window of the incremental model; select the events"
            " of the window first"
        )


def _assembled(
    events: EventTable,
    place: NDArray[np.int64],
    covariates: Covariates,
    key: NDArray[np.int64],
    names: tuple[str | None, ...],
    window: tuple[int, int],
    from_table: bool,
) -> Population:
    touches, conversions = events.touches, events.conversions
    start, end = window
    touch_time = _days_since(start, touches)
    converted = _days_since(start, conversions)
    touch = np.lexsort((touch_time, place[touches.customer]))
    conversion = np.lexsort((converted, place[conversions.customer]))
    histories = Histories(
        keys=names,
        customers=len(covariates.values),
        customer=place[touches.customer[touch]],
        time=touch_time[touch],
        key=key[touch],
        converter=place[conversions.customer[conversion]],
        converted=converted[conversion],
        value=conversions.value[conversion],
        covariates=covariates.values,
        days=(end - start) / DAY_MS,
    )
    return Population(histories, touch, conversion, covariates, from_table, start)
