from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.jobs.windows import Window, WindowKind, is_covered, windows_from, windows_of_days
from scheduled_jobs import instants

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe")
KINDS: tuple[WindowKind, ...] = ("day", "week", "month")
times = instants(2005, 2030)


def hours(windows: list[Window]) -> list[float]:
    return [(one.end - one.start).total_seconds() / 3600 for one in windows]


def test_days_in_a_zone_have_23_and_25_hours_where_clocks_change() -> None:
    spring = windows_of_days("day", BERLIN, date(2026, 3, 28), date(2026, 3, 31))
    autumn = windows_of_days("day", BERLIN, date(2026, 10, 24), date(2026, 10, 27))
    assert hours(spring) == [24, 23, 24]
    assert hours(autumn) == [24, 25, 24]
    assert spring[0].start == datetime(2026, 3, 27, 23, tzinfo=UTC)


def test_weeks_begin_on_monday_and_months_on_their_first() -> None:
    (week,) = windows_of_days("week", BERLIN, date(2026, 6, 1), date(2026, 6, 8))
    (month,) = windows_of_days("month", ZoneInfo("UTC"), date(2026, 2, 1), date(2026, 3, 1))
    assert week.start.astimezone(BERLIN).isoformat() == "2026-06-01T00:00:00+02:00"
    assert (month.start, month.end) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_a_day_that_a_zone_leaves_out_is_no_window() -> None:
    found = windows_of_days("day", ZoneInfo("Pacific/Apia"), date(2011, 12, 29), date(2012, 1, 1))
    assert hours(found) == [24, 24]


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("day", date(2026, 6, 2), date(2026, 6, 2)),
        ("week", date(2026, 6, 2), date(2026, 6, 8)),
        ("month", date(2026, 6, 1), date(2026, 6, 30)),
    ],
)
def test_days_that_bound_no_windows_are_rejected(kind: WindowKind, first: date, last: date) -> None:
    with pytest.raises(InputError):
        windows_of_days(kind, BERLIN, first, last)


@given(st.sampled_from(KINDS), st.sampled_from(ZONES), times, st.integers(0, 400))
def test_windows_follow_each_other_without_gap_or_overlap(
    kind: WindowKind, zone: str, since: datetime, n_days: int
) -> None:
    until = since + timedelta(days=n_days)
    found = list(windows_from(kind, ZoneInfo(zone), since, until))
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(since <= one.start < one.end <= until for one in found)


@given(st.sampled_from(ZONES), times, st.lists(st.booleans(), min_size=3, max_size=8))
def test_a_window_is_covered_if_no_instant_is_missing(
    zone: str, since: datetime, kept: list[bool]
) -> None:
    parts = [Window(since + timedelta(hours=n), since + timedelta(hours=n + 1)) for n in range(8)]
    there = [part for part, keep in zip(parts, kept, strict=False) if keep]
    whole = Window(since, since + timedelta(hours=3))
    assert is_covered(whole, there) == all(kept[:3])
