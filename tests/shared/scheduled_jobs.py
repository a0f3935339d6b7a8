"""Jobs and entries of schedules for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from attrigraph.jobs.job import Job, JobOptions, Outcome
from attrigraph.jobs.schedule import Entry

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window, WindowKind

BERLIN = ZoneInfo("Europe/Berlin")


def instant(text: str) -> datetime:
    """A time such as ``2026-06-01 03:00``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instants(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Whole minutes from the beginning of a year to the end of another one, UTC."""
    begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first, last + 1))
    minutes = round((end - begin) / timedelta(minutes=1))
    return st.integers(0, minutes).map(lambda n: begin + timedelta(minutes=n))


def run_nothing(stores: Any, window: Window, options: JobOptions) -> Outcome:
    return Outcome("nothing")


def job_of(name: str = "load", window: WindowKind | None = "day", **settings: Any) -> Job:
    """A job that does nothing."""
    return Job(
        **{
            "name": name,
            "about": "does nothing",
            "run": run_nothing,
            "options": JobOptions,
            "window": window,
            "inputs": (),
            "cron": "0 3 * * *",
            **settings,
        }
    )


def entry_of(
    name: str = "load", window: WindowKind | None = "day", *, alone: bool = False, **settings: Any
) -> Entry:
    """An entry of a schedule, at three in the morning in Berlin."""
    return Entry(
        **{
            "job": job_of(name, window, alone=alone),
            "cron": "0 3 * * *",
            "zone": BERLIN,
            "inputs": (),
            "options": JobOptions(),
            **settings,
        }
    )
