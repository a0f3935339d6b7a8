"""The job ``retain``: deletes events that are older than some days."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from pydantic import Field

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class RetainOptions(JobOptions):
    """Options of ``attrigraph retain``.

    Attributes:
        older_than: days that events are kept, counted from the end of the window.
    """

    older_than: int = Field(ge=1)


def retain(stores: Stores, window: Window, options: RetainOptions) -> Outcome:
    """Delete events by the end of the window, so that a late run deletes nothing more."""
    from attrigraph.services.retention import retain_events

    found = retain_events(stores, options.older_than, now=window.end)
    before = found.before.isoformat()
    return Outcome(before, {"before": before, "deleted": asdict(found.deleted)})


JOB: Final = Job(
    name="retain",
    about="deletes events that are older than some days",
    run=retain,
    options=RetainOptions,
    window="day",
    inputs=(),
    cron="0 2 * * *",
    catch_up="latest",
    of_window=True,
    alone=True,
)
