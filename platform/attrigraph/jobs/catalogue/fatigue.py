"""The job ``fatigue``: scores of all live creatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class FatigueOptions(JobOptions):
    """Options of ``attrigraph fatigue predict``."""

    value_per_click: float | None = Field(default=None, ge=0)


def score_fatigue(stores: Stores, window: Window, options: FatigueOptions) -> Outcome:
    """Forecast all live creatives as of the last day of the graph, and write their scores."""
    from attrigraph.services.fatigue_job import score_creatives

    del window  # the model must have been trained by `attrigraph fatigue train`
    found = score_creatives(stores, value_per_click=options.value_per_click)
    summary = {
        "as_of": found.as_of.isoformat(),
        "method": found.method,
        "creatives": len(found.creatives),
        "not_live": found.not_live,
        "run": found.run,
    }
    return Outcome(str(found.run), summary)


JOB: Final = Job(
    name="fatigue",
    about="forecasts how long creatives last, and writes their scores",
    run=score_fatigue,
    options=FatigueOptions,
    window="day",
    inputs=("load", "similar"),
    cron="30 4 * * *",
    catch_up="latest",
)
