from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.jobs.cron import check_cron, first_tick_from, last_tick, ticks_after
from scheduled_jobs import instants

BERLIN = ZoneInfo("Europe/Berlin")
LINES = ("30 2 * * *", "0 3 * * *", "*/20 * * * *", "0 */6 * * *", "15 1,2,3 * * *", "0 4 * * 1")
ZONES = (BERLIN, ZoneInfo("UTC"), ZoneInfo("America/Sao_Paulo"), ZoneInfo("Australia/Lord_Howe"))
times = instants(2015, 2027)


def local(line: str, start: datetime, n: int) -> list[str]:
    ticks = islice(ticks_after(line, BERLIN, start), n)
    return [tick.astimezone(BERLIN).isoformat() for tick in ticks]


def test_a_time_that_a_clock_skips_comes_right_after_the_skip() -> None:
    assert local("30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_time_that_comes_twice_is_one_tick() -> None:
    assert local("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_a_line_of_every_hour_follows_the_time_that_passes() -> None:
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    ticks = list(islice(ticks_after("0 * * * *", BERLIN, start), 4))
    assert ticks == [datetime(2026, 10, 25, n, tzinfo=UTC) for n in range(4)]


@pytest.mark.parametrize("line", ["", "* * * *", "61 * * * *", "0 0 30 2 *", "every day", "@daily"])
def test_what_is_no_cron_line_is_rejected(line: str) -> None:
    with pytest.raises(InputError, match="a cron line has minute"):
        check_cron(line)


@given(st.sampled_from(LINES), st.sampled_from(ZONES), times, st.integers(0, 100_000))
def test_ticks_do_not_depend_on_where_one_begins_to_look(
    line: str, zone: ZoneInfo, start: datetime, seconds: int
) -> None:
    later = start + timedelta(seconds=seconds)
    end = later + timedelta(days=9)
    from_start = [
        tick
        for tick in takewhile(lambda t: t <= end, ticks_after(line, zone, start))
        if tick > later
    ]
    assert from_start == list(takewhile(lambda t: t <= end, ticks_after(line, zone, later)))


@given(st.sampled_from(LINES), st.sampled_from(ZONES), times)
def test_the_last_tick_and_the_next_one_enclose_an_instant(
    line: str, zone: ZoneInfo, now: datetime
) -> None:
    last, following = last_tick(line, zone, now), next(ticks_after(line, zone, now))
    assert last is not None
    assert last <= now < following
    assert next(ticks_after(line, zone, last)) == following
    assert first_tick_from(line, zone, last) == last
