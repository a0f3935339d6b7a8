"""The job ``watch``: what is unusual about the events of the window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attrigraph.domain.zones import zone_named
from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class WatchOptions(JobOptions):
    """Options of ``attrigraph watch``.

    Attributes:
        zone: in which days are; give that of the schedule.
    """

    zone: str = "UTC"


def watch(stores: Stores, window: Window, options: WatchOptions) -> Outcome:
    """Compare the last day of the window with the same weekday of the weeks before."""
    from attrigraph.services.watch_day import unusual_events

    day = window.end.astimezone(zone_named(options.zone)).date() - timedelta(days=1)
    unusual = unusual_events(stores, day, options.zone)
    summary = {
        "day": day.isoformat(),
        "unusual": [one.to_json() for one in unusual],
        "alerts": [one.sentence() for one in unusual],
    }
    return Outcome(day.isoformat(), summary)


JOB: Final = Job(
    name="watch",
    about="alerts on a day without events, or with fewer conversions than chance explains",
    run=watch,
    options=WatchOptions,
    window="day",
    inputs=("load",),
    cron="30 4 * * *",
    catch_up="latest",
    of_window=True,
)
