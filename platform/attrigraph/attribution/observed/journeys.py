"""Journeys cut from a customer's touches and conversions, all customers at once.

What a journey is
-----------------
* A converting journey is what one customer saw before one conversion: the touches strictly before
  it, after the customer's previous conversion, and no older than the lookback. Before means a
  smaller (time, nanosecond, position): a touch at the very moment of the conversion counts as after
  it, unless its position says that it came first.
* The open journey is what the customer saw after the last conversion. It does not convert. It ends
  with its last touch, from which the lookback counts back as it does from a conversion, so that
  those who convert and those who do not are seen through the same glasses, whenever the data end.
  A customer has one where there are such touches, or where there is no other journey of theirs:
  customers who were never touched and never converted are observed journeys too, with an empty
  path.
* With ``reuse_touches`` a journey reaches back past the previous conversion, as far as the lookback
  allows; touches then serve several conversions.
* Conversions of kinds that were not asked for do not happen, as far as journeys go.
* A window ``[start, end)`` holds journeys by their end. What happens at ``end`` or later is not
  known to it: its journeys are those of the data up to then. What lies before ``start`` is known:
  conversions there cut journeys but are not counted, and touches there belong to journeys that
  reach back to them. A customer none of whose journeys ends in the window has an empty open one.
* Where only the order of events is known there is no lookback and no window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np

from attrigraph.domain import NO_TIME, Journeys
from attrigraph.errors import InputError, NeedsTimesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from attrigraph.domain import Conversions, EventTable, Touches
    from attrigraph.domain.columns import Flags, Rows


DAY_MS: Final = 86_400_000
DEFAULT_LOOKBACK_DAYS: Final = 30.0

Repeats = Literal["kept", "collapsed"]


@dataclass(frozen=True, slots=True)
class JourneyOptions:
    """What counts as a journey; the module says it in full.

    Attributes:
        lookback_days: a touch older than this many days before its journey's end does not belong
            to it (exactly as old still does); None for no limit. Data without times have none;
            asking for another than the default one there is an error.
        conversion_kinds: kinds of conversions that end journeys; empty means all.
        reuse_touches: whether a touch may serve several conversions of its customer.
        window: epoch milliseconds ``(start, end)``, start within and end without; None for all.
        repeats: ``kept``, or ``collapsed``: of consecutive touches of one key only the last counts.
            It depends on the key, so it is done where paths are counted, not here.
    """

    lookback_days: float | None = DEFAULT_LOOKBACK_DAYS
    conversion_kinds: tuple[str, ...] = ()
    reuse_touches: bool = False
    window: tuple[int, int] | None = None
    repeats: Repeats = "kept"

    def __post_init__(self) -> None:
        days = self.lookback_days
        if days is not None and not (math.isfinite(days) and days > 0):
            message = f"lookback_days must be a positive number of days or None, got {days}"
            raise InputError(message)
        if self.window is not None and self.window[0] >= self.window[1]:
            start, end = (np.datetime64(bound, "ms") for bound in self.window)
            raise InputError(f"window must start before it ends, got {start}Z to {end}Z")
        if self.repeats not in get_args(Repeats):
            message = f"repeats must be 'kept' or 'collapsed', got {self.repeats!r}"
            raise InputError(message)

    @property
    def lookback_ms(self) -> int | None:
        """The lookback in milliseconds."""
        return None if self.lookback_days is None else round(self.lookback_days * DAY_MS)


def derive(events: EventTable, options: JourneyOptions) -> Journeys:
    """Cut the journeys of all customers in facts.

    Customers do not influence each other: the journeys of a part of the customers are that part of
    the journeys.

    Args:
        events: whole customers, sorted as ``EventTable`` says.
        options: what counts as a journey.

    Returns:
        Journeys sorted by (customer, end), an open journey last; at least one for every customer.

    Raises:
        InputError: a customer has both events with a time and events without, or the facts are
            not sorted.
        NeedsTimesError: a window, or a lookback other than the default one, was asked for and some
            events have no time.
    """
    seen = _seen(events, options)
    ends = _touches_before(seen)
    counted = _counted(seen)
    converting = _Cut(seen.customer[counted], _starts(seen, ends)[counted], ends[counted])
    return _assemble(events, converting, seen.ending[counted], _open(seen, ends, counted))


def count_simultaneous(events: EventTable, options: JourneyOptions) -> int:
    """How many converting journeys lose a touch to the rule on the very moment of the conversion.

    These are the conversions with a touch of equal time, nanosecond and position, which counts as
    after the conversion. Arguments and errors are those of ``derive``.
    """
    seen = _seen(events, options)
    follower = _touches_before(seen)
    rows = np.flatnonzero(_counted(seen) & (follower < seen.end[seen.customer]))
    touch, conversion = follower[rows], seen.ending[rows]
    same = np.ones(len(rows), bool)
    for name in ("time", "nanosecond", "position"):
        same &= (
            getattr(events.touches, name)[touch] == getattr(events.conversions, name)[conversion]
        )
    return int(same.sum())


def _seen(events: EventTable, options: JourneyOptions) -> _Seen:
    timed = _timed_customers(events)
    _check_options(options, timed)
    _check_order(events.touches, "touches")
    _check_order(events.conversions, "conversions")
    first, end = _touch_ranges(events.touches, len(events.customers), options.window)
    return _Seen(events, options, timed, first, end, _ending_conversions(events, options))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What every step needs: the facts, and what of them lies before the window's end.

    Attributes:
        events: all of them.
        options: what counts as a journey.
        timed: bool ``[n_customers]``, whose events have times.
        first: ``[n_customers]``, first row of each customer's touches.
        end: ``[n_customers]``, the row after the last one.
        ending: rows of the conversions that end journeys.
    """

    events: EventTable
    options: JourneyOptions
    timed: Flags
    first: Rows
    end: Rows
    ending: Rows

    @property
    def customer(self) -> NDArray[np.int32]:
        """Whose the ending conversions are."""
        return self.events.conversions.customer[self.ending]

    @property
    def time(self) -> NDArray[np.int64]:
        """When the ending conversions happened."""
        return self.events.conversions.time[self.ending]


class _Instants(NamedTuple):
    """Epoch milliseconds or ``NO_TIME``, and the nanoseconds within them."""

    time: NDArray[np.int64]
    nanosecond: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Journeys as ranges ``start`` to ``end`` of rows in ``EventTable.touches``."""

    customer: NDArray[np.int32]
    start: Rows
    end: Rows


def _timed_customers(event_table: EventTable) -> Flags:
    """Bool ``[n_customers]``: whose events have times."""
    n = len(event_table.customers)
    with_time, without = np.zeros(n, bool), np.zeros(n, bool)
    for events in (event_table.touches, event_table.conversions):
        missing = events.time == NO_TIME
        without[events.customer[missing]] = True
        with_time[events.customer[~missing]] = True
    mixed = np.count_nonzero(with_time & without)
    if mixed:
        message = (
            f"{mixed} of {n} customers have both events with a time and events without one, which "
            "cannot be put in order; give all events of a customer a time, or none"
        )
        raise InputError(message)
    return ~without


def _check_options(options: JourneyOptions, timed: Flags) -> None:
    if timed.all():
        return
    if options.window is not None:
        message = "window needs the times of events, and the data hold only their order"
        raise NeedsTimesError(message)
    if options.lookback_days not in (None, DEFAULT_LOOKBACK_DAYS):
        message = (
            f"lookback_days={options.lookback_days:g} needs the times of touches, and the data "
            "hold only their order; leave it out"
        )
        raise NeedsTimesError(message)


def _check_order(events: Touches | Conversions, name: str) -> None:
    ordered = np.ones(max(len(events) - 1, 0), bool)
    for column in (events.position, events.nanosecond, events.time, events.customer):
        ordered = (column[1:] > column[:-1]) | ((column[1:] == column[:-1]) & ordered)
    if not ordered.all():
        row = int(np.argmin(ordered)) + 1
        message = f"{name} must be sorted by customer, time and position; row {row} is out of order"
        raise InputError(message)


def _touch_ranges(
    touches: Touches, n_customers: int, window: tuple[int, int] | None
) -> tuple[Rows, Rows]:
    """Each customer's touches before the window's end, as ranges of rows ``[n_customers]``."""
    bounds = np.zeros(n_customers + 1, np.int64)
    np.cumsum(np.bincount(touches.customer, minlength=n_customers), out=bounds[1:])
    first, end = bounds[:-1], bounds[1:]
    if window is not None:
        end = _bisect(first, end, lambda row, _: touches.time[row] < window[1])
    return first, end


def _ending_conversions(events: EventTable, options: JourneyOptions) -> Rows:
    """Rows of the conversions that end journeys: of the kinds asked for, before the window ends."""
    conversions = events.conversions
    ending = np.ones(len(conversions), bool)
    if options.conversion_kinds:
        kind = conversions.kind
        wanted = [name in options.conversion_kinds for name in kind.keys]
        ending &= np.array([*wanted, False])[kind.codes]
    if options.window is not None:
        ending &= conversions.time < options.window[1]
    return np.flatnonzero(ending)


def _counted(seen: _Seen) -> Flags:
    """Which ending conversions lie in the window."""
    if seen.options.window is None:
        return np.ones(len(seen.ending), bool)
    counted: Flags = seen.time >= seen.options.window[0]
    return counted


def _touches_before(seen: _Seen) -> Rows:
    """For each ending conversion, the row after its customer's last touch that precedes it."""
    touches, conversions, customer = seen.events.touches, seen.events.conversions, seen.customer

    def precedes(row: Rows, which: Rows) -> Flags:
        end = seen.ending[which]
        before: Flags = touches.position[row] < conversions.position[end]
        for touched, converted in (
            (touches.nanosecond[row], conversions.nanosecond[end]),
            (touches.time[row], conversions.time[end]),
        ):
            before = (touched < converted) | ((touched == converted) & before)
        return before

    return _bisect(seen.first[customer], seen.end[customer], precedes)


def _bisect(low: Rows, high: Rows, left: Callable[[Rows, Rows], Flags]) -> Rows:
    """The first row of each range ``[low, high)`` for which ``left`` is false; ``high`` if none.

    ``left(rows, which)`` answers for one row of each of the ranges ``which``; within a range it is
    true up to some row and false from there on.
    """
    low, high = low.copy(), high.copy()
    which = np.flatnonzero(low < high)
    while len(which):
        middle = (low[which] + high[which]) // 2
        go_right = left(middle, which)
        low[which[go_right]] = middle[go_right] + 1
        high[which[~go_right]] = middle[~go_right]
        which = which[low[which] < high[which]]
    return low


def _reach(
    seen: _Seen, start: Rows, end: Rows, until: _Instants, customer: NDArray[np.int32]
) -> Rows:
    """Where each range ``[start, end)`` begins once what lies beyond the lookback is left out.

    The lookback counts back from ``until``. Customers without times have none.
    """
    lookback = seen.options.lookback_ms
    if lookback is None:
        return start
    touches, reached = seen.events.touches, start.copy()
    some = np.flatnonzero(seen.timed[customer] & (start < end))
    horizon, finer = until.time[some] - lookback, until.nanosecond[some]

    def too_old(row: Rows, which: Rows) -> Flags:
        time = touches.time[row]
        older: Flags = time < horizon[which]
        older |= (time == horizon[which]) & (touches.nanosecond[row] < finer[which])
        return older

    reached[some] = _bisect(start[some], end[some], too_old)
    return reached


def _starts(seen: _Seen, ends: Rows) -> Rows:
    """For each ending conversion, the first row of its journey."""
    customer = seen.customer
    starts = seen.first[customer]
    if not seen.options.reuse_touches:
        follows = np.flatnonzero(customer[1:] == customer[:-1]) + 1
        starts[follows] = ends[follows - 1]
    nanosecond = seen.events.conversions.nanosecond[seen.ending]
    return _reach(seen, starts, ends, _Instants(seen.time, nanosecond), customer)


def _open(seen: _Seen, ends: Rows, counted: Flags) -> _Cut:
    """The open journeys."""
    everyone = np.arange(len(seen.events.customers), dtype=np.int32)
    after = seen.first.copy()
    after[seen.customer] = ends  # of a customer's conversions the last is written last
    last = _last_times(seen)
    start = _reach(
        seen, seen.first if seen.options.reuse_touches else after, seen.end, last, everyone
    )
    empty = after >= seen.end
    if seen.options.window is not None:
        empty |= last.time < seen.options.window[0]
    has_other = np.zeros(len(everyone), bool)
    has_other[seen.customer[counted]] = True
    mine = everyone[~(empty & has_other)]
    return _Cut(mine, np.where(empty, seen.end, start)[mine], seen.end[mine])


def _last_times(seen: _Seen) -> _Instants:
    """The instant of each customer's last touch, ``NO_TIME`` where there is none."""
    last = _Instants(np.full(len(seen.first), NO_TIME), np.zeros(len(seen.first), np.int32))
    some = seen.first < seen.end
    row = seen.end[some] - 1
    last.time[some] = seen.events.touches.time[row]
    last.nanosecond[some] = seen.events.touches.nanosecond[row]
    return last


def _assemble(events: EventTable, converting: _Cut, rows: Rows, open_ones: _Cut) -> Journeys:
    """Put converting and open journeys in the order of customers, and spell their touches out."""
    customer = np.concatenate([converting.customer, open_ones.customer])
    order = np.argsort(customer, kind="stable")
    start = np.concatenate([converting.start, open_ones.start])[order]
    length = np.concatenate([converting.end, open_ones.end])[order] - start
    conversion = np.concatenate([rows, np.full(len(open_ones.customer), -1)])[order]
    offsets = np.zeros(len(order) + 1, np.int64)
    np.cumsum(length, out=offsets[1:])
    touch = np.arange(offsets[-1])
    touch += np.repeat(start - offsets[:-1], length)
    return Journeys(
        offsets=offsets,
        touch=touch,
        customer=customer[order],
        conversion=conversion,
        value=np.concatenate([events.conversions.value, [0.0]])[conversion],
        age=_ages(events, touch, offsets, conversion),
    )


def _ages(events: EventTable, touch: Rows, offsets: Rows, conversion: Rows) -> NDArray[np.float64]:
    """Days from each touch to the conversion, or to the last touch of an open journey."""
    touches, conversions = events.touches, events.conversions

    def elapsed(touched: NDArray[np.integer], converted: NDArray[np.integer]) -> NDArray[np.int64]:
        start = touched[touch]
        end = np.concatenate([converted, [NO_TIME]])[conversion]
        open_ones = np.flatnonzero((conversion < 0) & (offsets[1:] > offsets[:-1]))
        end[open_ones] = start[offsets[open_ones + 1] - 1]
        gap: NDArray[np.int64] = np.repeat(end, np.diff(offsets)) - start
        return gap

    age = elapsed(touches.time, conversions.time).astype(np.float64)
    if touches.nanosecond.any() or conversions.nanosecond.any():
        age += elapsed(touches.nanosecond, conversions.nanosecond) / 1e6
    age /= DAY_MS
    age[touches.time[touch] == NO_TIME] = np.nan
    return age
