"""Checks of the times of events: ties, dates without a time of day, days without events."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.health.figures import QUARTERS, HealthFigures
from attrigraph.domain.columns import EPOCH
from attrigraph.domain.data_health import HealthLine
from attrigraph.quantities import counted, enumerated, plural

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

MIN_DATES: Final = 10

MIN_AT_ONE_TIME: Final = 0.01
"""Share of events at one time of the day from which it is no accident."""

HOUR: Final = 4
"""Quarters by which midnight moves between winter and summer."""

MIN_PER_DAY: Final = 20
"""Mean events of days with any, from which a day without is no accident."""

MAX_GAPS: Final = 3
"""Gaps that a line names."""

WEEKEND: Final = frozenset({5, 6})


def tied_touches(figures: HealthFigures) -> HealthLine | None:
    """Touches of one customer whose order the times leave open."""
    if not figures.tied_touches:
        return None
    return HealthLine(
        "tied_touches",
        "note",
        figures.tied_touches,
        figures.tied_touches / figures.touches,
        f"{counted(figures.tied_touches, 'touch')} of "
        f"{counted(figures.tied_customers, 'customer')} at the very same time as another touch of"
        " the same customer; a hash of the ids decides their order",
        "map `position`, or times that are finer",
    )


def without_time_of_day(figures: HealthFigures) -> HealthLine | None:
    """Events all at the start of a day, as dates are read; the zone follows from the events.

    Exact hours are usual in data that are summed by the hour, so most of the events on a quarter of
    an hour have to be at one and the same, which may move by an hour with summer time.
    """
    if not figures.quarters:
        return None
    count, quarter = max(
        (_on_quarter(figures.quarters, quarter), quarter) for quarter in figures.quarters
    )
    share = count / figures.timed
    if count < MIN_DATES or share < MIN_AT_ONE_TIME or 2 * count < figures.quarters.total():
        return None
    return HealthLine(
        "times_without_time_of_day",
        "warning",
        count,
        share,
        f"{count:,} of {counted(figures.timed, 'event')} ({share:.1%}) at {_clock(quarter)} UTC"
        " sharp, as dates without a time of day are",
        "touches are taken for the start of the day, conversions for its end; export times of day",
    )


def _clock(quarter: int) -> str:
    return f"{quarter // HOUR:02}:{quarter % HOUR * 15:02}"


def _on_quarter(quarters: Counter[int], quarter: int) -> int:
    """Events at a quarter of the day, and those an hour later."""
    return quarters[quarter] + quarters[(quarter + HOUR) % QUARTERS]


def days_without_touches(figures: HealthFigures) -> HealthLine | None:
    """Days between the first and the last touch that have none."""
    return _gaps(figures.touch_days, "touch")


def days_without_conversions(figures: HealthFigures) -> HealthLine | None:
    """Days between the first and the last conversion that have none."""
    return _gaps(figures.end_days, "conversion")


def _gaps(days: Counter[int], noun: str) -> HealthLine | None:
    if not days or days.total() < MIN_PER_DAY * len(days):
        return None
    gaps = [gap for gap in _between(sorted(days)) if not _is_weekend(gap)]
    if not gaps:
        return None
    count = sum(len(gap) for gap in gaps)
    share = count / (max(days) - min(days) + 1)
    shown = enumerated([*map(_period, gaps[:MAX_GAPS]), *(["more"] if gaps[MAX_GAPS:] else [])])
    return HealthLine(
        f"days_without_{plural(noun)}",
        "warning",
        count,
        share,
        f"{counted(count, 'day')} ({share:.1%}) between the first and the last without any {noun}:"
        f" {shown}",
        "check whether tracking failed or a file is missing; credit there goes to the wrong"
        " touches or to the baseline",
    )


def _between(days: Sequence[int]) -> Iterator[range]:
    """The gaps between days in order."""
    for day, after in pairwise(days):
        if after > day + 1:
            yield range(day + 1, after)


def _date(day: int) -> datetime:
    return EPOCH + timedelta(days=day)


def _is_weekend(gap: range) -> bool:
    """Whether it lies in a weekend, when businesses are closed."""
    return len(gap) <= len(WEEKEND) and all(_date(day).weekday() in WEEKEND for day in gap)


def _period(gap: range) -> str:
    first, last = f"{_date(gap[0]):%Y-%m-%d}", f"{_date(gap[-1]):%Y-%m-%d}"
    return first if len(gap) == 1 else f"{first} to {last}"
