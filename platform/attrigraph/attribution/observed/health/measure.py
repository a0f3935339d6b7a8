"""Measures the figures of data health: of events, part by part, and of counted paths."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.observed.health.figures import (
    DAY_MS,
    QUARTER_MS,
    QUARTERS,
    HealthFigures,
    no_names,
    summed,
)
from attrigraph.attribution.observed.journeys import preceding_touches
from attrigraph.domain import LEVELS, NO_TIME
from attrigraph.domain.event_slices import event_slices
from attrigraph.domain.order import repeats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Categorical, Conversions, EventTable, PathCounts, Touches
    from attrigraph.domain.columns import Flags

SLICE: Final = 500_000
"""Events that are measured together, so that no column of all events is made."""

SOON_MS: Final = 30 * 60_000
"""A conversion this soon after a touch is part of the same visit."""

AGAIN_MS: Final = 10 * 60_000
"""Tools note the same order at most so much apart."""

MILLISECOND_END: Final = 999_999
"""The last nanosecond of a millisecond."""


def figures_of(
    events: EventTable, options: JourneyOptions, placeholders: Mapping[str, str]
) -> HealthFigures:
    """The figures of events.

    Args:
        events: all events of each customer, sorted as in ``EventTable``.
        options: which conversions end journeys.
        placeholders: words for a missing value, by the id of a customer that has one as its id.

    Raises:
        InputError: as ``observed.journeys.derive``.
        NeedsTimesError: as ``observed.journeys.derive``.
    """
    return figures_of_parts(event_slices(events, SLICE), options, placeholders)


def figures_of_parts(
    parts: Iterable[EventTable], options: JourneyOptions, placeholders: Mapping[str, str]
) -> HealthFigures:
    """The figures of events that come in parts of whole customers; see ``figures_of``."""
    return summed(_part(part, options, placeholders) for part in parts)


def figures_of_paths(paths: PathCounts) -> HealthFigures:
    """The figures of paths over channels, in which each journey is a customer without times."""
    lengths = np.diff(paths.offsets)
    journeys = paths.conversions + paths.nulls
    names = no_names()
    touches = np.bincount(paths.codes, np.repeat(journeys, lengths), minlength=len(paths.keys))
    names["channel"] = _by_name(paths.keys, touches)
    converting = paths.conversions > 0
    n_ends = round(paths.conversions.sum())
    return HealthFigures(
        touches=round((journeys * lengths).sum()),
        conversions=n_ends,
        customers=round((journeys[lengths > 0]).sum() + paths.conversions[lengths == 0].sum()),
        most_events=int((lengths + converting)[journeys > 0].max(initial=0)),
        names=names,
        ends=n_ends,
        untouched_ends=round(paths.conversions[lengths == 0].sum()),
    )


def _part(
    events: EventTable, options: JourneyOptions, placeholders: Mapping[str, str]
) -> HealthFigures:
    touches, conversions = events.touches, events.conversions
    per_customer = _events_per_customer(events)
    return HealthFigures(
        touches=len(touches),
        conversions=len(conversions),
        customers=int(np.count_nonzero(per_customer)),
        most_events=int(per_customer.max(initial=0)),
        names={level: _names(getattr(touches, level)) for level in LEVELS},
        placeholders=_placeholders(events, per_customer, placeholders),
        quarters=_quarters(touches) + _quarters(conversions),
        touch_days=_days(touches),
        end_days=_days(conversions),
        timed=_n_timed(touches) + _n_timed(conversions),
        unjoined_visits=_unjoined_visits(touches),
        **_ends(events, options),
        **_ties(touches),
    )


def _events_per_customer(events: EventTable) -> NDArray[np.intp]:
    n = len(events.customers)
    touched, converted = (
        np.bincount(table.customer, minlength=n) for table in (events.touches, events.conversions)
    )
    return touched + converted


def _names(column: Categorical) -> Counter[str]:
    """Touches by name, of the names that occur."""
    counts = np.bincount(column.codes + 1, minlength=len(column.keys) + 1)[1:]
    return _by_name(column.keys, counts)


def _by_name(keys: tuple[str | None, ...], counts: NDArray[Any]) -> Counter[str]:
    rows = np.flatnonzero(counts)
    return Counter(
        {
            key: round(count)
            for row, count in zip(rows.tolist(), counts[rows].tolist(), strict=True)
            if (key := keys[row]) is not None
        }
    )


def _placeholders(
    events: EventTable, per_customer: NDArray[np.intp], words: Mapping[str, str]
) -> Counter[str]:
    found: Counter[str] = Counter()
    for customer in frozenset(words).intersection(events.customers):
        found[words[customer]] += int(per_customer[events.customers == customer].sum())
    return +found  # without customers that have no events


def _ends(events: EventTable, options: JourneyOptions) -> dict[str, int]:
    """What lies before the conversions that end journeys."""
    found = preceding_touches(events, options)
    touched = found.end > found.first
    return {
        "ends": len(found.conversion),
        "untouched_ends": int(np.count_nonzero(~touched)),
        "soon_ends": _soon(events, found.conversion[touched], found.end[touched] - 1),
        "repeated_ends": _repeated(events.conversions, found.conversion),
        "tied_ends": _simultaneous(
            events, *(rows[found.end < found.last] for rows in (found.conversion, found.end))
        ),
    }


def _soon(events: EventTable, conversion: NDArray[np.int64], touch: NDArray[np.int64]) -> int:
    """How many conversions follow the touch before them within ``SOON_MS``."""
    converted, touched = events.conversions.time[conversion], events.touches.time[touch]
    timed = (converted != NO_TIME) & (touched != NO_TIME)
    return int(np.count_nonzero(timed & (converted - touched <= SOON_MS)))


def _repeated(conversions: Conversions, rows: NDArray[np.int64]) -> int:
    """How many of these conversions follow one of the same value within ``AGAIN_MS``."""
    customer, time, value = (
        getattr(conversions, name)[rows] for name in ("customer", "time", "value")
    )
    timed = (time[1:] != NO_TIME) & (time[:-1] != NO_TIME)
    again = (customer[1:] == customer[:-1]) & timed & (time[1:] - time[:-1] <= AGAIN_MS)
    return int(np.count_nonzero(again & (value[1:] != 0) & np.isclose(value[1:], value[:-1])))


def _unjoined_visits(touches: Touches) -> int:
    """How many touches without a channel directly follow one with a channel, as in one session.

    Kinds do not decide, as events of the graph may come without them.
    """
    same = touches.customer[1:] == touches.customer[:-1]
    soon = _timed(touches)[:-1] & (touches.time[1:] - touches.time[:-1] <= SOON_MS)
    named = touches.channel.codes >= 0
    return int(np.count_nonzero(same & soon & named[:-1] & ~named[1:]))


def _simultaneous(
    events: EventTable, conversion: NDArray[np.int64], touch: NDArray[np.int64]
) -> int:
    """How many conversions have a touch that is after them by the tie rule alone."""
    same = np.ones(len(conversion), bool)
    for name in ("time", "nanosecond", "position"):
        touched = getattr(events.touches, name)[touch]
        same &= touched == getattr(events.conversions, name)[conversion]
    return int(np.count_nonzero(same))


def _ties(touches: Touches) -> dict[str, int]:
    """Touches equal to another of their customer in time, nanosecond and position."""
    columns = (touches.customer, touches.time, touches.nanosecond, touches.position)
    same = repeats(np.arange(len(touches)), *columns)
    tied = np.append(same, False) | np.append(False, same) if len(touches) else same
    customers = touches.customer[tied]
    return {
        "tied_touches": len(customers),
        "tied_customers": int(np.count_nonzero(np.diff(customers))) + bool(len(customers)),
    }


def _timed(events: Touches | Conversions) -> Flags:
    timed: Flags = events.time != NO_TIME
    return timed


def _n_timed(events: Touches | Conversions) -> int:
    return int(np.count_nonzero(_timed(events)))


def _quarters(events: Touches | Conversions) -> Counter[int]:
    """Events on a quarter of an hour or in the last nanosecond before one, by quarter."""
    last = events.nanosecond == MILLISECOND_END
    exact = _timed(events) & ((events.nanosecond == 0) | last)
    time = events.time[exact] + last[exact]
    quarter = time[time % QUARTER_MS == 0] // QUARTER_MS % QUARTERS
    counts = np.bincount(quarter, minlength=QUARTERS)
    return Counter({row: int(counts[row]) for row in np.flatnonzero(counts).tolist()})


def _days(events: Touches | Conversions) -> Counter[int]:
    days = events.time[_timed(events)] // DAY_MS
    if not len(days):
        return Counter()
    first = int(days.min())
    counts = np.bincount(days - first)
    return Counter({first + row: int(counts[row]) for row in np.flatnonzero(counts).tolist()})
