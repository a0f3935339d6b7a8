"""Population of the incremental model: events joined with a table of customer attributes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from attrigraph.attribution.incremental.content_order import content_order
from attrigraph.attribution.incremental.covariates import Covariates, covariates_of, no_covariates
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.purchase_moment import (
    excess_in_last_hour,
    is_purchase_moment,
)
from attrigraph.attribution.incremental.person_days import sample_person_days
from attrigraph.attribution.incremental.unseen_people import covariates_with_unseen
from attrigraph.attribution.observed.touch_limits import (
    DAY_NS,
    longest_lookback,
    touch_limits,
)
from attrigraph.domain import NO_TIME, CustomerAttributes
from attrigraph.domain.channel_names import NOT_MARKETING, are_named
from attrigraph.domain.touch_kinds import EXPOSURES
from attrigraph.errors import InputError, NeedsTimesError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.journeys import TouchLookback
    from attrigraph.domain import Categorical, Conversions, EventTable, SegmentSizes, Touches

DAY_MS: Final = 86_400_000

EXCESS_ROWS: Final = 200_000
"""Approximate number of person-days to which the last hour of conversions is compared."""

MAX_SEGMENT_TERMS: Final = 60
"""Limit of segments times channels, which are a column of the person-days each."""

PurchaseWindow = Literal["auto", "1h", "none"]
"""Which touches just before a conversion count as part of the purchase: the customer's own acts and
exposures with an excess there, all touches, or none."""


@dataclass(frozen=True, slots=True)
class PopulationOptions:
    """How events become histories.

    Attributes:
        purchase_window: which touches just before a conversion count as part of it.
        not_marketing: names of channels that are never credited, as ``are_named`` compares them.
        size: number of people who could have been touched and could have converted, including
            those without events; with a customers table by segment. None if it is not known, and
            then everyone is in the data or the table.
        lookback_days: age in days beyond which a touch has no effect; None for no limit.
        lookbacks: that of touches of single channels and kinds.
    """

    purchase_window: PurchaseWindow = "auto"
    not_marketing: tuple[str, ...] = NOT_MARKETING
    size: int | SegmentSizes | None = None
    lookback_days: float | None = None
    lookbacks: tuple[TouchLookback, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Histories, with their rows in the event table.

    Attributes:
        histories: input of the model.
        touch: int64 ``[touches]``, row in ``EventTable.touches`` of each touch of the histories.
        conversion: int64 ``[conversions]``, row in ``EventTable.conversions``.
        covariates: columns of the histories, with names and notes.
        from_table: whether a customers table was given.
        start: start of the window, epoch milliseconds.
        size_given: whether the number of people was given, so that those without events are here.
        several_ids: bool ``[customers]``, whose touches were recorded under several ids that were
            joined; None if no ids were.
    """

    histories: Histories
    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    covariates: Covariates
    from_table: bool
    start: int
    size_given: bool = False
    several_ids: NDArray[np.bool_] | None = None


def population_of(
    events: EventTable,
    table: CustomerAttributes | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
    options: PopulationOptions | None = None,
) -> Population:
    """Join events with customer attributes from before the window.

    The population is everyone in the table and in the event table. Customers with events who are
    not in the table have all attributes missing.

    Args:
        events: touches and conversions, with times. Those before the window are its warm-up.
        table: attributes from before any exposure, including customers without a touch.
        start: start of the window, epoch milliseconds; None for midnight (UTC) before the first
            event.
        end: end of the window; None for the time of the last event.
        options: what counts as part of a purchase, and what as marketing.

    Raises:
        NeedsTimesError: events have no times.
        InputError: there is no touch or no conversion in the window, or an event after it.
    """
    options = options or PopulationOptions()
    _check_events(events, start)
    window = _window_of(events, start, end)
    covariates = _covariates(table, _rows_in(table, events), options.size)
    population = _assembled(events, covariates, window, from_table=table is not None)
    return replace(
        population,
        histories=_with_options(events, population, options),
        size_given=options.size is not None,
    )


def _check_events(events: EventTable, start: int | None) -> None:
    touches, conversions = events.touches, events.conversions
    first = NO_TIME if start is None else start
    n_touches, n_conversions = (int((one.time >= first).sum()) for one in (touches, conversions))
    if n_touches == 0 or n_conversions == 0:
        raise InputError(
            "the incremental model needs touches and conversions, got"
            f" {counted(n_touches, 'touch')} and {counted(n_conversions, 'conversion')}"
        )
    if (touches.time == NO_TIME).any() or (conversions.time == NO_TIME).any():
        raise NeedsTimesError(
            "the incremental model needs the time of every touch and conversion, and some events"
            " have none; use a rule or a Markov model for data without times"
        )


def _window_of(events: EventTable, start: int | None, end: int | None) -> tuple[int, int]:
    """Start and end of the window; where they are not given, those of the events."""
    times = np.concatenate([events.touches.time, events.conversions.time])
    start = int(times.min() // DAY_MS * DAY_MS) if start is None else start
    end = _end(events, times) if end is None else end
    _check_window(times, end)
    return start, end


def _with_options(
    events: EventTable, population: Population, options: PopulationOptions
) -> Histories:
    """The histories with what is part of a purchase, what is marketing, segments and risk."""
    histories = population.histories
    histories = replace(
        histories,
        capturing=_capturing(events, population.touch, options.purchase_window),
        marketing=_marketing(histories.keys, options.not_marketing),
        segments=_segments(population.covariates, len(histories.keys)),
        at_risk=None if options.size is None else _at_risk(histories),
        lookback=longest_lookback(options.lookback_days, options.lookbacks),
        own_lookback=_own_lookback(events.touches, population.touch, options),
    )
    if options.purchase_window == "auto":
        return _with_exposures_at_purchase(histories)
    return histories


def _own_lookback(
    touches: Touches, touch: NDArray[np.int64], options: PopulationOptions
) -> NDArray[np.float64] | None:
    """Days ``[touches]`` after which each touch has no effect; None if all have the same."""
    if not options.lookbacks:
        return None
    return touch_limits(touches, options.lookback_days, options.lookbacks)[touch] / DAY_NS


def _covariates(
    table: CustomerAttributes | None, row: NDArray[np.int64], size: int | SegmentSizes | None
) -> Covariates:
    """Covariates of everyone: customers with events first."""
    if size is not None:
        return covariates_with_unseen(table, row, size)
    return no_covariates(len(row)) if table is None else _matched(table, row)


def _at_risk(histories: Histories) -> NDArray[np.bool_] | None:
    """Who is at risk: people without events are not if no untouched person converts.

    Data of touched people alone do not show the conversions of the others. These then tell only
    how often people are touched.
    """
    touched = np.zeros(histories.customers, dtype=bool)
    touched[histories.customer] = True
    return touched if touched[histories.converter].all() else None


def _with_exposures_at_purchase(histories: Histories) -> Histories:
    """Exposures are part of a purchase where far too many are in its last hour."""
    assert histories.capturing is not None
    if histories.capturing.all():
        return histories
    days = max(histories.window_days, 1.0)
    rate = min(1.0, EXCESS_ROWS / (histories.customers * days))
    person_days = sample_person_days(histories, np.random.default_rng(0), rate=rate)
    excess = is_purchase_moment(*excess_in_last_hour(histories, person_days))
    return replace(histories, capturing=histories.capturing | excess[histories.key])


def _capturing(
    events: EventTable, touch: NDArray[np.int64], window: PurchaseWindow
) -> NDArray[np.bool_] | None:
    """Whether each touch may be part of a purchase; None without a purchase window."""
    if window == "none":
        return None
    if window == "1h":
        return np.ones(len(touch), dtype=bool)
    kinds = events.touches.kind
    exposure = np.array([name in EXPOSURES for name in kinds.keys] + [False])
    return ~exposure[kinds.codes[touch]]


def _segments(covariates: Covariates, keys: int) -> NDArray[np.int64]:
    """Columns of categories and booleans, of known values, as many as the model takes."""
    columns = [
        column
        for column, (name, values) in enumerate(
            zip(covariates.names, covariates.values.T, strict=True)
        )
        if not name.endswith("missing") and ((values == 0) | (values == 1)).all()
    ]
    return np.array(columns[: MAX_SEGMENT_TERMS // keys], dtype=np.int64)


def _marketing(
    names: tuple[str | None, ...], not_marketing: Sequence[str]
) -> NDArray[np.bool_] | None:
    marketing = ~are_named(names, not_marketing)
    return None if marketing.all() else marketing


def _instant(events: Touches | Conversions) -> NDArray[np.int64]:
    """Time and nanosecond as one integer; equal to the time if the nanosecond is 0."""
    return events.time + (events.nanosecond.astype(np.int64) << 44)


def _end(events: EventTable, times: NDArray[np.int64]) -> int:
    """The first millisecond that is not before any event."""
    finer = np.concatenate([events.touches.nanosecond, events.conversions.nanosecond])
    return int((times + (finer > 0)).max())


def _days_since(start: int, events: Touches | Conversions) -> NDArray[np.float64]:
    return (events.time - start + events.nanosecond / 1e6) / DAY_MS


def _rows_in(table: CustomerAttributes | None, events: EventTable) -> NDArray[np.int64]:
    """Table row of each customer (-1 if none): customers with events first, then the others."""
    if table is None:
        return np.full(len(events.customers), -1)
    row_of = {customer: row for row, customer in enumerate(table.customers)}
    row = np.array([row_of.get(customer, -1) for customer in events.customers], dtype=np.int64)
    return np.concatenate([row, np.setdiff1d(np.arange(len(table)), row)])


def _matched(table: CustomerAttributes, row: NDArray[np.int64]) -> Covariates:
    in_table = row >= 0
    columns = {}
    for name, column in table.columns.items():
        matched = np.empty(len(row), dtype=object)
        matched[in_table] = column[row[in_table]]
        columns[name] = matched
    no_ids = np.empty(len(row), dtype=object)
    covariates = covariates_of(
        CustomerAttributes(no_ids, np.zeros(len(row), dtype=np.int32), columns)
    )
    n_missing = len(row) - int(in_table.sum())
    if not n_missing:
        return covariates
    verb = "is" if n_missing == 1 else "are"
    note = f"{counted(n_missing, 'customer')} with events {verb} not in the customers table"
    return replace(covariates, notes=(*covariates.notes, note))


def _channel_codes(channel: Categorical) -> tuple[NDArray[np.int64], tuple[str | None, ...]]:
    """Codes and names of the channels that occur; None is the unknown channel."""
    names: tuple[str | None, ...] = (*channel.keys, None)
    code = np.where(channel.codes < 0, len(channel.keys), channel.codes).astype(np.int64)
    used, dense = np.unique(code, return_inverse=True)
    return dense.astype(np.int64), tuple(names[u] for u in used)


def _check_window(times: NDArray[np.int64], end: int) -> None:
    after = int((times > end).sum())
    if after:
        raise InputError(
            f"{counted(after, 'event')} after the window of the incremental model; select the"
            " events until its end first"
        )


def _assembled(
    events: EventTable, covariates: Covariates, window: tuple[int, int], *, from_table: bool
) -> Population:
    """The population with customers in the order of their content."""
    start, end = window
    key, names = _channel_codes(events.touches.channel)
    order = _order_of(events, key, covariates)
    position = np.argsort(order)[: len(events.customers)]
    covariates = replace(covariates, values=covariates.values[order])
    warm_up = _warm_up_days(events, start)
    origin = start - warm_up * DAY_MS
    touch, customer, time = _by_customer(events.touches, position, origin)
    conversion, converter, converted = _by_customer(events.conversions, position, origin)
    is_before = converted < warm_up
    converted_before = _last_times(converter[is_before], converted[is_before], len(order))
    conversion = conversion[~is_before]
    histories = Histories(
        keys=names,
        customers=len(order),
        customer=customer,
        time=time,
        key=key[touch],
        converter=converter[~is_before],
        converted=converted[~is_before],
        value=events.conversions.value[conversion],
        covariates=covariates.values,
        days=(end - origin) / DAY_MS,
        warm_up=float(warm_up),
        converted_before=converted_before,
    )
    several_ids = None if events.n_aliases is None else _of_events(events.n_aliases > 1, order)
    return Population(
        histories, touch, conversion, covariates, from_table, start, several_ids=several_ids
    )


def _of_events(flags: NDArray[np.bool_], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Flags of the customers with events for everyone, in an order; false for the others."""
    everyone = np.zeros(len(order), dtype=bool)
    everyone[: len(flags)] = flags
    return everyone[order]


def _warm_up_days(events: EventTable, start: int) -> int:
    """Whole days of events before the window."""
    first = min(int(events.touches.time.min()), int(events.conversions.time.min()))
    return max(0, -((first - start) // DAY_MS))


def _last_times(
    customer: NDArray[np.int64], time: NDArray[np.float64], customers: int
) -> NDArray[np.float64] | None:
    """The last time of each customer ``[customers]``, -1 without any; None if nobody has one."""
    if len(customer) == 0:
        return None
    last = np.full(customers, -1.0)
    np.maximum.at(last, customer, time)
    return last


def _order_of(
    events: EventTable, key: NDArray[np.int64], covariates: Covariates
) -> NDArray[np.int64]:
    """Order of everyone by content, which does not depend on ids."""
    touches, conversions = events.touches, events.conversions
    return content_order(
        len(covariates.values),
        (touches.customer, _instant(touches), key),
        (conversions.customer, _instant(conversions), conversions.value.view(np.int64)),
        covariates.values,
    )


def _by_customer(
    events: Touches | Conversions, position: NDArray[np.int64], start: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Rows of events by (customer, time), with the customers' positions, and days since start."""
    customer, time = position[events.customer], _days_since(start, events)
    row = np.lexsort((time, customer))
    return row, customer[row], time[row]
