"""Journeys derived from touches and conversions, for all customers at once.

What a journey is
-----------------
* A converting journey holds the customer's touches strictly before one conversion, after the
  previous conversion, and no older than the lookback. Before means a smaller (time, nanosecond,
  position): a touch at exactly the time of the conversion counts as after it, unless its position
  comes first.
* The open journey holds the touches after the last conversion. It does not convert. It ends with
  its last touch, and its lookback counts back from there as from a conversion. Converting and open
  journeys are therefore comparable, whenever the data end. A customer has an open journey if there
  are such touches, or if there is no other journey: customers without touches and conversions have
  a journey with an empty path.
* With ``reuse_touches`` a journey extends past the previous conversion, as far as the lookback
  allows; touches then belong to several conversions.
* Conversions of kinds that are not selected are ignored.
* A window ``[start, end)`` selects journeys by their end. Events at ``end`` or later are ignored.
  Events before ``start`` are used: conversions there end journeys but are not counted, and touches
  there belong to later journeys within the lookback. A customer without a journey that ends in the
  window has an empty open one.
* If only the order of events is known, there is no lookback and no window.
* Touches can have lookbacks of their own, direct touches can be left out, and journeys can be cut
  to their last touches; see ``trimmed``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np

from attrigraph.attribution.observed.touch_limits import longest_lookback
from attrigraph.attribution.observed.trimmed import trim
from attrigraph.domain import NO_TIME, Journeys
from attrigraph.errors import InputError, NeedsTimesError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.subset import Condition
    from attrigraph.domain import Conversions, EventTable, Touches
    from attrigraph.domain.columns import Flags, Rows


DAY_MS: Final = 86_400_000
DEFAULT_LOOKBACK_DAYS: Final = 30.0

AT_ONCE: Final = 200_000
"""Journeys whose touches get their ages together, so that few columns of all touches are made."""

Repeats = Literal["kept", "collapsed"]
JourneysOf = Literal["contact", "account"]


@dataclass(frozen=True, slots=True)
class TouchLookback:
    """The lookback of touches of one channel or kind.

    Attributes:
        field: ``channel`` or ``kind``.
        name: of the channel or kind.
        days: maximum age in days, inclusive; None for no limit.
    """

    field: Literal["channel", "kind"]
    name: str
    days: float | None

    def __post_init__(self) -> None:
        _check_days(f"the lookback of the {self.field} {self.name!r}", self.days)


def _check_days(what: str, days: float | None) -> None:
    if days is not None and not (math.isfinite(days) and days > 0):
        raise InputError(f"{what} must be a positive number of days or None, got {days}")


@dataclass(frozen=True, slots=True)
class JourneyOptions:
    """What counts as a journey; defined in the module docstring.

    Attributes:
        lookback_days: maximum age in days of a touch at the end of its journey, inclusive; None for
            no limit. Data without times have no lookback, and any value but the default is an
            error there.
        conversion_kinds: kinds of conversions that end journeys; empty for all.
        reuse_touches: whether a touch can belong to several conversions of its customer.
        window: epoch milliseconds ``[start, end)``; None for all.
        repeats: ``kept``, or ``collapsed``: of consecutive touches of one key only the last counts.
            Applied when paths are counted, because it depends on the key.
        by: whose journeys they are: those of each ``contact``, or of each ``account`` with all its
            contacts (see ``attrigraph.domain.accounts``).
        lookbacks: of single channels and kinds of touches; that of a channel counts before that of
            a kind, and both before ``lookback_days``.
        dropped_channels: channels whose touches are left out of journeys that have others, such
            as direct traffic; ``are_named`` compares the names.
        steps: how many touches a journey has at most, the last ones; None for no limit. Counted
            before repeats are collapsed.
        only: conditions on the touches or customers of which the data consist.
        exclude: conditions on those that are left out; see ``subset`` for both.
        zone: IANA name of the zone in which the window's days were stated; None for UTC.
    """

    lookback_days: float | None = DEFAULT_LOOKBACK_DAYS
    conversion_kinds: tuple[str, ...] = ()
    reuse_touches: bool = False
    window: tuple[int, int] | None = None
    repeats: Repeats = "kept"
    by: JourneysOf = "contact"
    lookbacks: tuple[TouchLookback, ...] = ()
    dropped_channels: tuple[str, ...] = ()
    steps: int | None = None
    only: tuple[Condition, ...] = ()
    exclude: tuple[Condition, ...] = ()
    zone: str | None = None

    def __post_init__(self) -> None:
        _check_days("lookback_days", self.lookback_days)
        if self.steps is not None and self.steps < 1:
            raise InputError(f"steps must be at least 1 or None, got {self.steps}")
        if self.window is not None and self.window[0] >= self.window[1]:
            start, end = (np.datetime64(bound, "ms") for bound in self.window)
            raise InputError(f"window must start before it ends, got {start}Z to {end}Z")
        if self.repeats not in get_args(Repeats):
            message = f"repeats must be 'kept' or 'collapsed', got {self.repeats!r}"
            raise InputError(message)
        if self.by not in get_args(JourneysOf):
            raise InputError(f"journeys are by 'contact' or 'account', got {self.by!r}")

    @property
    def lookback_ms(self) -> int | None:
        """The longest lookback of any touch in milliseconds."""
        days = longest_lookback(self.lookback_days, self.lookbacks)
        return None if days is None else round(days * DAY_MS)


def derive(events: EventTable, options: JourneyOptions) -> Journeys:
    """Derive the journeys of all customers.

    Customers are independent: the journeys of a subset of customers are a subset of the journeys.

    Args:
        events: all events of each customer, sorted as in ``EventTable``.
        options: what counts as a journey.

    Returns:
        Journeys sorted by (customer, end), an open journey last; at least one for every customer.

    Raises:
        InputError: a customer has both events with a time and events without, or the events are
            not sorted.
        NeedsTimesError: a window or a lookback other than the default is given, and some events
            have no time.
    """
    view = _event_view(events, options)
    ends = _touches_before(view)
    counted = _counted(view)
    converting = _TouchRanges(view.customer[counted], _starts(view, ends)[counted], ends[counted])
    journeys = _assemble(events, converting, view.ending[counted], _open(view, ends, counted))
    return trim(journeys, events, options)


@dataclass(frozen=True, slots=True, eq=False)
class PrecedingTouches:
    """The touches of its customer before each conversion that ends a journey, whatever their age.

    Attributes:
        conversion: int64 ``[n]``, row in ``EventTable.conversions``.
        first: int64 ``[n]``, row of the customer's first touch in ``EventTable.touches``.
        end: int64 ``[n]``, the row after the last touch before the conversion.
        last: int64 ``[n]``, the row after the customer's last touch.
    """

    conversion: Rows
    first: Rows
    end: Rows
    last: Rows


def preceding_touches(events: EventTable, options: JourneyOptions) -> PrecedingTouches:
    """The touches before the conversions that end journeys; arguments and errors as ``derive``."""
    view = _event_view(events, options)
    ends, counted = _touches_before(view), _counted(view)
    customer = view.customer[counted]
    return PrecedingTouches(
        view.ending[counted], view.first[customer], ends[counted], view.end[customer]
    )


def _event_view(events: EventTable, options: JourneyOptions) -> _EventView:
    timed = _timed_customers(events)
    _check_options(options, timed)
    _check_order(events.touches, "touches")
    _check_order(events.conversions, "conversions")
    first, end = _touch_ranges(events.touches, len(events.customers), options.window)
    return _EventView(events, options, timed, first, end, _ending_conversions(events, options))


@dataclass(frozen=True, slots=True, eq=False)
class _EventView:
    """The events before the end of the window.

    Attributes:
        events: all events.
        options: what counts as a journey.
        timed: bool ``[n_customers]``, whether the customer's events have times.
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
        """Customer of each ending conversion."""
        return self.events.conversions.customer[self.ending]

    @property
    def time(self) -> NDArray[np.int64]:
        """Time of each ending conversion."""
        return self.events.conversions.time[self.ending]


class _Instants(NamedTuple):
    """Epoch milliseconds or ``NO_TIME``, and the nanoseconds within them."""

    time: NDArray[np.int64]
    nanosecond: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class _TouchRanges:
    """Journeys as ranges ``start`` to ``end`` of rows in ``EventTable.touches``."""

    customer: NDArray[np.int32]
    start: Rows
    end: Rows


def _timed_customers(event_table: EventTable) -> Flags:
    """Bool ``[n_customers]``: whether the customer's events have times."""
    n = len(event_table.customers)
    with_time, without = np.zeros(n, bool), np.zeros(n, bool)
    for events in (event_table.touches, event_table.conversions):
        missing = events.time == NO_TIME
        without[events.customer[missing]] = True
        with_time[events.customer[~missing]] = True
    mixed = np.count_nonzero(with_time & without)
    if mixed:
        message = (
            f"{mixed:,} of {counted(n, 'customer')} have both events with a time and events "
            "without one, which cannot be ordered; give all events of a customer a time, or none"
        )
        raise InputError(message)
    return ~without


def _check_options(options: JourneyOptions, timed: Flags) -> None:
    if timed.all():
        return
    if options.window is not None:
        message = "window needs the times of events, and the data hold only their order"
        raise NeedsTimesError(message)
    if options.lookbacks:
        raise NeedsTimesError(
            "lookbacks of channels and kinds need the times of touches, and the data hold only "
            "their order; leave them out"
        )
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
    """Rows of the conversions that end journeys: of the selected kinds, before the window ends."""
    conversions = events.conversions
    ending = np.ones(len(conversions), bool)
    if options.conversion_kinds:
        kind = conversions.kind
        is_selected = [name in options.conversion_kinds for name in kind.keys]
        ending &= np.array([*is_selected, False])[kind.codes]
    if options.window is not None:
        ending &= conversions.time < options.window[1]
    return np.flatnonzero(ending)


def _counted(view: _EventView) -> Flags:
    """Which ending conversions lie in the window."""
    if view.options.window is None:
        return np.ones(len(view.ending), bool)
    counted: Flags = view.time >= view.options.window[0]
    return counted


def _touches_before(view: _EventView) -> Rows:
    """For each ending conversion, the row after its customer's last touch that precedes it."""
    touches, conversions, customer = view.events.touches, view.events.conversions, view.customer

    def precedes(row: Rows, which: Rows) -> Flags:
        end = view.ending[which]
        before: Flags = touches.position[row] < conversions.position[end]
        for touched, converted in (
            (touches.nanosecond[row], conversions.nanosecond[end]),
            (touches.time[row], conversions.time[end]),
        ):
            before = (touched < converted) | ((touched == converted) & before)
        return before

    return _bisect(view.first[customer], view.end[customer], precedes)


def _bisect(low: Rows, high: Rows, left: Callable[[Rows, Rows], Flags]) -> Rows:
    """The first row of each range ``[low, high)`` for which ``left`` is false; ``high`` if none.

    ``left(rows, which)`` is evaluated at one row of each of the ranges ``which``. Within a range it
    must be true up to some row and false after it.
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


def _within_lookback(
    view: _EventView, start: Rows, end: Rows, until: _Instants, customer: NDArray[np.int32]
) -> Rows:
    """Start of each range ``[start, end)`` without the rows beyond the lookback.

    The lookback counts back from ``until``. Customers without times have no lookback.
    """
    lookback = view.options.lookback_ms
    if lookback is None:
        return start
    touches, reached = view.events.touches, start.copy()
    timed = np.flatnonzero(view.timed[customer] & (start < end))
    horizon, nanosecond = until.time[timed] - lookback, until.nanosecond[timed]

    def too_old(row: Rows, which: Rows) -> Flags:
        time = touches.time[row]
        older: Flags = time < horizon[which]
        older |= (time == horizon[which]) & (touches.nanosecond[row] < nanosecond[which])
        return older

    reached[timed] = _bisect(start[timed], end[timed], too_old)
    return reached


def _starts(view: _EventView, ends: Rows) -> Rows:
    """For each ending conversion, the first row of its journey."""
    customer = view.customer
    starts = view.first[customer]
    if not view.options.reuse_touches:
        follows = np.flatnonzero(customer[1:] == customer[:-1]) + 1
        starts[follows] = ends[follows - 1]
    nanosecond = view.events.conversions.nanosecond[view.ending]
    return _within_lookback(view, starts, ends, _Instants(view.time, nanosecond), customer)


def _open(view: _EventView, ends: Rows, counted: Flags) -> _TouchRanges:
    """The open journeys."""
    everyone = np.arange(len(view.events.customers), dtype=np.int32)
    after = view.first.copy()
    after[view.customer] = ends  # the customer's last conversion is assigned last
    last = _last_times(view)
    start = _within_lookback(
        view, view.first if view.options.reuse_touches else after, view.end, last, everyone
    )
    empty = after >= view.end
    if view.options.window is not None:
        empty |= last.time < view.options.window[0]
    has_other = np.zeros(len(everyone), bool)
    has_other[view.customer[counted]] = True
    chosen = everyone[~(empty & has_other)]
    return _TouchRanges(chosen, np.where(empty, view.end, start)[chosen], view.end[chosen])


def _last_times(view: _EventView) -> _Instants:
    """The instant of each customer's last touch, ``NO_TIME`` where there is none."""
    last = _Instants(np.full(len(view.first), NO_TIME), np.zeros(len(view.first), np.int32))
    timed = view.first < view.end
    row = view.end[timed] - 1
    last.time[timed] = view.events.touches.time[row]
    last.nanosecond[timed] = view.events.touches.nanosecond[row]
    return last


def _assemble(
    events: EventTable, converting: _TouchRanges, rows: Rows, open_ranges: _TouchRanges
) -> Journeys:
    """Merge converting and open journeys by customer, and list their touches."""
    customer = np.concatenate([converting.customer, open_ranges.customer])
    order = np.argsort(customer, kind="stable")
    start = np.concatenate([converting.start, open_ranges.start])[order]
    length = np.concatenate([converting.end, open_ranges.end])[order] - start
    conversion = np.concatenate([rows, np.full(len(open_ranges.customer), -1)])[order]
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
    age = np.empty(len(touch))
    finer = bool(events.touches.nanosecond.any() or events.conversions.nanosecond.any())
    for start in range(0, len(conversion), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        some = offsets[start : start + AT_ONCE + 1]
        part = slice(some[0], some[-1])
        age[part] = _ages_of(events, touch[part], some - some[0], conversion[rows], finer=finer)
    return age


def _ages_of(
    events: EventTable, touch: Rows, offsets: Rows, conversion: Rows, *, finer: bool
) -> NDArray[np.float64]:
    """The ages of the touches of some journeys; ``finer``: whether nanoseconds matter."""
    touches, conversions = events.touches, events.conversions

    def elapsed(touched: NDArray[np.integer], converted: NDArray[np.integer]) -> NDArray[np.int64]:
        start = touched[touch]
        end = np.concatenate([converted, [NO_TIME]])[conversion]
        open_ranges = np.flatnonzero((conversion < 0) & (offsets[1:] > offsets[:-1]))
        end[open_ranges] = start[offsets[open_ranges + 1] - 1]
        gap: NDArray[np.int64] = np.repeat(end, np.diff(offsets)) - start
        return gap

    age = elapsed(touches.time, conversions.time).astype(np.float64)
    if finer:
        age += elapsed(touches.nanosecond, conversions.nanosecond) / 1e6
    age /= DAY_MS
    age[touches.time[touch] == NO_TIME] = np.nan
    return age
