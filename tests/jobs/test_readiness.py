from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from attrigraph.jobs.readiness import WindowState, waits_for
from attrigraph.jobs.windows import Window
from scheduled_jobs import entry_of, instant

DAY = Window(instant("2026-06-09 22:00"), instant("2026-06-10 22:00"))
WEEK = Window(instant("2026-06-07 22:00"), instant("2026-06-14 22:00"))
TICK = instant("2026-06-11 01:00")
LONG_AGO = instant("2026-01-01")


def row(window: Window, state: str, due_at: datetime = TICK) -> WindowState:
    return WindowState(window, state, due_at)


def why(
    entry_window: Window, rows: list[WindowState], *, source: str | None, own: str | None = "day"
) -> str | None:
    schedule = {
        "load": entry_of("load", source),  # type: ignore[arg-type]
        "attribute": entry_of("attribute", own, inputs=("load", "spend")),  # type: ignore[arg-type]
    }
    since = dict.fromkeys(schedule, LONG_AGO)
    one = row(entry_window, "due")
    return waits_for(schedule["attribute"], one, {"load": rows}, schedule, since)


@pytest.mark.parametrize("state", ["done", "unchanged", "skipped"])
def test_a_day_begins_once_that_of_its_input_is_settled(state: str) -> None:
    assert why(DAY, [row(DAY, state)], source="day") is None


@pytest.mark.parametrize("state", ["due", "running", "failed"])
def test_a_day_waits_for_that_of_its_input(state: str) -> None:
    found = why(DAY, [row(DAY, state)], source="day")
    assert found == f"it waits for load 2026-06-09T22:00:00+00:00, which is {state}"


def test_a_day_waits_for_an_input_that_is_not_due_yet() -> None:
    assert "not due yet" in str(why(DAY, [], source="day"))


def test_what_failed_on_another_day_holds_nothing_up() -> None:
    before = Window(DAY.start - timedelta(days=1), DAY.start)
    assert why(DAY, [row(before, "failed"), row(DAY, "done")], source="day") is None


def test_a_week_waits_for_each_of_its_days() -> None:
    days = [
        Window(WEEK.start + timedelta(days=n), WEEK.start + timedelta(days=n + 1)) for n in range(7)
    ]
    done = [row(day, "done") for day in days]
    assert why(WEEK, done, source="day", own="week") is None
    assert "not due yet" in str(why(WEEK, done[:-1], source="day", own="week"))


def test_a_day_waits_for_a_week_only_if_it_ends_that_day() -> None:
    last = Window(WEEK.end - timedelta(days=1), WEEK.end)
    assert why(DAY, [], source="week") is None
    assert why(last, [], source="week") is not None
    assert why(last, [row(WEEK, "done")], source="week") is None


def test_ticks_wait_for_what_was_due_before_and_for_the_latest_that_failed() -> None:
    earlier, tick = TICK - timedelta(hours=1), Window(TICK, TICK)
    failed = row(Window(earlier, earlier), "failed", earlier)
    assert why(tick, [failed], source=None, own=None) is not None
    assert why(tick, [failed, row(tick, "done")], source=None, own=None) is None
    later = Window(TICK + timedelta(hours=1), TICK + timedelta(hours=1))
    assert why(tick, [row(later, "due", later.start)], source=None, own=None) is None
