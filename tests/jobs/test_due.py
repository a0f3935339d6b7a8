from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.jobs.due import Owed, find_gaps, first_start, next_due, owed_windows
from attrigraph.jobs.windows import Window, WindowKind, windows_of_days
from scheduled_jobs import BERLIN, entry_of, instant, instants

if TYPE_CHECKING:
    from datetime import datetime

    from attrigraph.jobs.job import CatchUp

LINES = ("0 3 * * *", "30 2 * * *", "0 */6 * * *", "15 4 * * 1", "0 5 1 * *", "*/30 * * * *")
ZONES = (BERLIN, ZoneInfo("UTC"), ZoneInfo("America/Sao_Paulo"))
KINDS: tuple[WindowKind, ...] = ("day", "week", "month")
starts = instants(2025, 2026)


def days(*texts: str) -> list[Window]:
    return [
        window
        for text in texts
        for window in windows_of_days(
            "day", BERLIN, date.fromisoformat(text), date.fromisoformat(text) + timedelta(days=1)
        )
    ]


def owed(since: str, now: str, known: list[Window] | None = None, **settings: object) -> list[Owed]:
    entry = entry_of(**settings)  # type: ignore[arg-type]
    return owed_windows(entry, known or [], since=instant(since), now=instant(now))


def test_the_first_window_is_the_one_that_is_due_next() -> None:
    # the job is scheduled on 10 June at noon; that night's run has passed
    assert owed("2026-06-10 10:00", "2026-06-11 00:59") == []
    (first,) = owed("2026-06-10 10:00", "2026-06-11 01:00")
    assert [first.window] == days("2026-06-10")
    assert first.due_at == instant("2026-06-11 01:00")


def test_a_first_day_in_the_schedule_owes_the_past() -> None:
    found = owed("2026-06-10 10:00", "2026-06-04 12:00", start=date(2026, 6, 1))
    assert [one.window for one in found] == days("2026-06-01", "2026-06-02", "2026-06-03")


def test_after_three_days_asleep_all_windows_appear() -> None:
    known = days("2026-06-10")
    found = owed("2026-06-10 10:00", "2026-06-14 02:00", known)
    assert [one.window for one in found] == days("2026-06-11", "2026-06-12", "2026-06-13")


@pytest.mark.parametrize(
    ("catch_up", "run"),
    [
        ("all", ["2026-06-11", "2026-06-12", "2026-06-13"]),
        ("latest", ["2026-06-13"]),
        ("skip", []),
    ],
)
def test_catching_up_runs_all_missed_windows_or_the_latest_or_none(
    catch_up: CatchUp, run: list[str]
) -> None:
    found = owed("2026-06-10 10:00", "2026-06-14 12:00", days("2026-06-10"), catch_up=catch_up)
    assert len(found) == 3, "what is not run is skipped, and not forgotten"
    assert [one.window for one in found if one.skipped is None] == days(*run)


def test_a_window_of_a_weekly_line_is_due_with_all_days_of_the_week() -> None:
    found = owed("2026-06-01 10:00", "2026-06-15 12:00", cron="0 3 * * 1")
    assert len(found) == 14
    assert {one.due_at for one in found} == {
        instant("2026-06-08 01:00"),
        instant("2026-06-15 01:00"),
    }


def test_another_zone_owes_what_no_row_covers_entirely() -> None:
    known = days("2026-06-10", "2026-06-11")
    since, now = instant("2026-06-09 22:00"), instant("2026-06-13 12:00")
    entry = entry_of(zone=ZoneInfo("UTC"), start=date(2026, 6, 10))
    found = owed_windows(entry, known, since=since, now=now)
    # 10 June of UTC ends in what was read as 11 June of Berlin; two hours of 11 June were not
    assert [one.window.start for one in found] == [
        instant("2026-06-11 00:00"),
        instant("2026-06-12 00:00"),
    ]


def test_jobs_without_a_window_owe_each_tick() -> None:
    entry = entry_of(window=None, cron="0 * * * *")
    found = owed_windows(
        entry, [], since=instant("2026-06-10 10:00"), now=instant("2026-06-10 12:30")
    )
    assert [one.window for one in found] == [
        Window(tick, tick) for tick in (instant("2026-06-10 11:00"), instant("2026-06-10 12:00"))
    ]


def test_more_windows_than_one_can_catch_up_with_are_an_error() -> None:
    entry = entry_of(window=None, cron="* * * * *", start=date(2020, 1, 1))
    with pytest.raises(InputError, match="owes more than 100,000 windows"):
        owed_windows(entry, [], since=instant("2026-01-01"), now=instant("2026-01-01"))


@given(st.sampled_from(LINES), st.sampled_from(ZONES), st.sampled_from(KINDS), starts, st.data())
def test_however_clocks_jump_each_window_is_owed_once(
    line: str, zone: ZoneInfo, kind: WindowKind, since: datetime, data: st.DataObject
) -> None:
    """Looks at any times, forward and backward, find what one look at the last of them finds."""
    entry = entry_of(window=kind, cron=line, zone=zone)
    looks = data.draw(st.lists(st.integers(-72, 60 * 24), min_size=1, max_size=6))
    known: list[Window] = []
    for hours in looks:
        found = owed_windows(entry, known, since=since, now=since + timedelta(hours=hours))
        known.extend(one.window for one in found)
    last = since + timedelta(hours=max(looks))
    at_once = owed_windows(entry, [], since=since, now=last)
    assert sorted(known) == [one.window for one in at_once]
    assert all(one.end == other.start for one, other in pairwise(sorted(known)))
    assert all(one.window.end <= one.due_at <= last for one in at_once)
    assert all(one.due_at > since for one in at_once)


@given(st.sampled_from(LINES), st.sampled_from(ZONES), st.sampled_from(KINDS), starts)
def test_the_first_window_is_due_after_the_job_was_scheduled_and_the_one_before_was_not(
    line: str, zone: ZoneInfo, kind: WindowKind, since: datetime
) -> None:
    entry = entry_of(window=kind, cron=line, zone=zone)
    later = since + timedelta(days=100)
    (first, *_) = owed_windows(entry, [], since=since, now=later)
    assert first.window.start == first_start(entry, since)
    assert next_due(entry, since) <= first.due_at


def test_gaps_are_windows_before_one_that_is_done() -> None:
    first, second, third, fourth, fifth = days(*(f"2026-06-{n:02}" for n in range(1, 6)))
    rows = [(first, "done"), (second, "failed"), (fourth, "unchanged"), (fifth, "due")]
    assert find_gaps(rows, [third]) == [second, third]
    assert find_gaps([(first, "skipped"), (second, "due")], [third]) == []
