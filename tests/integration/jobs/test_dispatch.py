from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.jobs.dispatch import Decision, dispatch
from attrigraph.store import job_windows
from attrigraph.store.job_runs import read_runs
from attrigraph.store.job_windows import fail, finish, release, renew
from scheduled_jobs import entry_of, instant

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attrigraph.jobs.dispatch import Claimed
    from attrigraph.jobs.schedule import Entry

LEASE = timedelta(seconds=60)
BEGIN = instant("2026-06-10 10:00")
NIGHT = instant("2026-06-11 01:00")
"""When the window of 10 June is due in Berlin."""


def look(
    engine: Engine, now: datetime, *entries: Entry, owner: str = "one", slots: int = 9
) -> Decision:
    schedule = {entry.job.name: entry for entry in entries or (entry_of(),)}
    return dispatch(engine, schedule, owner=owner, lease=LEASE, slots=slots, now=now)


def states(engine: Engine, job: str = "load") -> list[str]:
    return [row.state for row in job_windows.read_windows(engine) if row.job == job]


def days(claimed: list[Claimed]) -> list[str]:
    return [f"{one.entry.job.name} {one.window.end:%m-%d}" for one in claimed]


def done(engine: Engine, one: Claimed, now: datetime, result: str = "r") -> bool:
    return finish(engine, one.claim, result=result, summary={}, now=now)


def test_nothing_is_owed_before_the_first_tick_and_one_window_after(engine: Engine) -> None:
    assert look(engine, BEGIN).claimed == []
    assert look(engine, NIGHT - timedelta(seconds=1)).claimed == []
    (one,) = look(engine, NIGHT).claimed
    assert (one.window.start, one.window.end) == (
        instant("2026-06-09 22:00"),
        instant("2026-06-10 22:00"),
    )
    assert look(engine, NIGHT).claimed == [], "one worker has it"
    assert done(engine, one, NIGHT)
    assert states(engine) == ["done"]


def test_three_days_asleep_are_caught_up_in_order_one_after_the_other(engine: Engine) -> None:
    look(engine, BEGIN)
    now = instant("2026-06-13 12:00")
    order = []
    while claimed := look(engine, now).claimed:
        (one,) = claimed  # one writer per job
        order += days(claimed)
        done(engine, one, now)
    assert order == ["load 06-10", "load 06-11", "load 06-12"]


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [("latest", ["skipped", "skipped", "running"]), ("skip", ["skipped", "skipped", "skipped"])],
)
def test_what_is_not_caught_up_with_leaves_rows(
    engine: Engine, catch_up: Any, expected: list[str]
) -> None:
    look(engine, BEGIN)
    found = look(engine, instant("2026-06-13 12:00"), entry_of(catch_up=catch_up))
    assert states(engine) == expected
    assert [event.kind for event in found.events] == ["skipped"] * expected.count("skipped")


def test_a_window_that_waited_is_skipped_once_a_newer_one_is_due(engine: Engine) -> None:
    entry = entry_of(catch_up="latest")
    look(engine, BEGIN, entry)
    look(engine, NIGHT, entry, slots=0)
    look(engine, NIGHT + timedelta(days=1), entry, slots=0)
    assert states(engine) == ["skipped", "due"]


def test_a_clock_that_jumps_in_both_directions_loses_and_doubles_nothing(engine: Engine) -> None:
    look(engine, BEGIN)
    ran: Counter[str] = Counter()
    for hours in (20, -30, 44, 3, 90, -60, 88, 120):
        now = BEGIN + timedelta(hours=hours)
        while claimed := look(engine, now).claimed:
            ran.update(days(claimed))
            assert done(engine, claimed[0], now)
    assert ran == Counter([f"load 06-{day}" for day in range(10, 15)])


def test_a_dead_workers_window_is_taken_and_the_dead_one_cannot_end_it(engine: Engine) -> None:
    look(engine, BEGIN)
    (first,) = look(engine, NIGHT, owner="first").claimed
    assert look(engine, NIGHT + LEASE, owner="second").claimed == [], "the lease still holds"
    later = NIGHT + LEASE + timedelta(seconds=1)
    found = look(engine, later, owner="second")
    (second,) = found.claimed
    assert [event.kind for event in found.events] == ["lost"]
    assert second.window == first.window
    # the first one wakes up
    assert not renew(engine, first.claim, lease=LEASE, now=later)
    assert not done(engine, first, later, "of the dead")
    assert not fail(engine, first.claim, reason="x", retry_in=None, now=later)
    assert not release(engine, first.claim, reason="x", now=later)
    assert done(engine, second, later, "of the second")
    (row,) = job_windows.read_windows(engine)
    assert (row.state, row.result, row.attempts, row.failures) == ("done", "of the second", 2, 0)
    attempts = job_windows.read_attempts(engine, job="load", limit=9)
    assert sorted(one.status for one in attempts) == ["done", "failed"]


def test_a_lease_that_is_renewed_holds(engine: Engine) -> None:
    look(engine, BEGIN)
    (one,) = look(engine, NIGHT).claimed
    for seconds in (40, 80, 120):
        assert renew(engine, one.claim, lease=LEASE, now=NIGHT + timedelta(seconds=seconds))
        assert look(engine, NIGHT + timedelta(seconds=seconds + 50), owner="two").claimed == []
    # it is late, and nobody has taken the window: it is still its own
    assert renew(engine, one.claim, lease=LEASE, now=NIGHT + timedelta(minutes=20))
    assert done(engine, one, NIGHT + timedelta(minutes=20))


def test_a_lease_from_the_future_of_a_clock_that_was_set_back_does_not_last(engine: Engine) -> None:
    look(engine, BEGIN)
    (one,) = look(engine, NIGHT + timedelta(hours=5)).claimed
    (again,) = look(engine, NIGHT, owner="two").claimed
    assert again.window == one.window


def test_a_window_that_always_fails_stops_after_its_retries_and_blocks_no_other(
    engine: Engine,
) -> None:
    entry = entry_of(retries=2)
    look(engine, BEGIN, entry)
    now, tried = NIGHT, 0
    for _ in range(5):
        for one in look(engine, now, entry).claimed:
            tried += 1
            assert one.window.end == instant("2026-06-10 22:00"), "never today's"
            retry = timedelta(minutes=5) if one.failures < 2 else None
            assert fail(engine, one.claim, reason="no disk", retry_in=retry, now=now)
        assert look(engine, now + timedelta(minutes=4), entry).claimed == [], "it waits"
        now += timedelta(minutes=5)
    assert (tried, states(engine)) == (3, ["failed"])
    (later,) = look(engine, NIGHT + timedelta(days=1), entry).claimed
    assert days([later]) == ["load 06-11"]


def test_a_released_window_is_due_at_once_and_has_not_failed(engine: Engine) -> None:
    look(engine, BEGIN)
    (one,) = look(engine, NIGHT).claimed
    assert release(engine, one.claim, reason="stopped", now=NIGHT)
    (again,) = look(engine, NIGHT).claimed
    assert again.failures == 0


def test_a_job_waits_for_its_inputs_and_independent_ones_run_side_by_side(engine: Engine) -> None:
    load, spend = entry_of("load"), entry_of("spend")
    attribute = entry_of("attribute", inputs=("load", "spend"))
    entries = (load, spend, attribute)
    look(engine, BEGIN, *entries)
    first, second = look(engine, NIGHT, *entries).claimed
    assert sorted(days([first, second])) == ["load 06-10", "spend 06-10"]
    done(engine, first, NIGHT)
    assert look(engine, NIGHT, *entries).claimed == []
    fail(engine, second.claim, reason="x", retry_in=None, now=NIGHT)
    assert look(engine, NIGHT, *entries).claimed == [], "it depends on what failed"


def test_what_has_the_inputs_of_the_last_time_is_unchanged(engine: Engine) -> None:
    entries = (entry_of("load"), entry_of("attribute", inputs=("load",)))
    look(engine, BEGIN, *entries)
    kinds: list[str] = []
    for day, content in enumerate(["a", "a", "b", "a"]):
        now = NIGHT + timedelta(days=day)
        while (decision := look(engine, now, *entries)).claimed or decision.events:
            kinds += [event.kind for event in decision.events]
            for one in decision.claimed:
                kinds.append(one.entry.job.name)
                done(engine, one, now, content)
    assert kinds == ["load", "attribute", "load", "unchanged"] + ["load", "attribute"] * 2
    assert states(engine, "attribute") == ["done", "unchanged", "done", "done"]


def test_a_job_that_must_be_alone_waits_and_holds_others_up(engine: Engine) -> None:
    backup = entry_of("backup", alone=True, cron="30 3 * * *")
    load, spend = entry_of("load"), entry_of("spend", cron="45 3 * * *")
    look(engine, BEGIN, load, backup, spend)
    (one,) = look(engine, NIGHT, load, backup, spend).claimed
    now = NIGHT + timedelta(hours=1)
    assert renew(engine, one.claim, lease=LEASE, now=now)
    assert look(engine, now, load, backup, spend).claimed == []
    done(engine, one, now)
    (two,) = look(engine, now, load, backup, spend).claimed
    assert days([two]) == ["backup 06-10"]
    done(engine, two, now)
    assert days(look(engine, now, load, backup, spend).claimed) == ["spend 06-10"]


def test_a_paused_job_owes_its_windows_and_runs_none(engine: Engine) -> None:
    look(engine, BEGIN)
    job_windows.pause(engine, "load", paused=True)
    assert look(engine, NIGHT).claimed == []
    assert states(engine) == ["due"]
    job_windows.pause(engine, "load", paused=False)
    assert days(look(engine, NIGHT).claimed) == ["load 06-10"]


def test_many_workers_at_once_take_each_window_once(engine: Engine) -> None:
    entries = [entry_of(f"job{n}") for n in range(12)]
    look(engine, BEGIN, *entries)

    def work(name: int) -> list[str]:
        found = []
        while claimed := look(engine, NIGHT, *entries, owner=str(name), slots=1).claimed:
            found += days(claimed)
            assert done(engine, claimed[0], NIGHT)
        return found

    with ThreadPoolExecutor(4) as pool:
        ran = Counter(name for names in pool.map(work, range(4)) for name in names)
    assert ran == Counter(f"job{n} 06-10" for n in range(12))


def test_attempts_are_no_records_of_services(engine: Engine) -> None:
    look(engine, BEGIN)
    look(engine, NIGHT)
    assert read_runs(engine, job="load") == ()
    (attempt,) = job_windows.read_attempts(engine, job="load", limit=5)
    assert attempt.status == "running"
