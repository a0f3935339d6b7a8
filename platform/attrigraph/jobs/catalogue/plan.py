"""The job ``plan``: a budget for the month after the window, stored in the graph."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from attrigraph.domain.zones import zone_named
from attrigraph.jobs.job import Job, JobOptions, Outcome
from attrigraph.jobs.windows import next_day

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class PlanOptions(JobOptions):
    """Options of ``attrigraph budget plan --from-graph``.

    Attributes:
        zone: in which the days of the plan are; give that of the schedule.
    """

    by: Literal["channel", "campaign"] = "channel"
    budget: float | None = Field(default=None, gt=0)
    max_change: float | None = Field(default=None, gt=0)
    zone: str = "UTC"


def plan_budget(stores: Stores, window: Window, options: PlanOptions) -> Outcome:
    """Plan the month that begins where the window ends; the same plan is stored once."""
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.services.budget import BudgetOptions, plan_of
    from attrigraph.services.budget_curves import curves_from_graph
    from attrigraph.services.store_plan import store_plan

    first = window.end.astimezone(zone_named(options.zone)).date()
    last = next_day("month", first) - timedelta(days=1)
    curves = curves_from_graph(stores, AttributionOptions(), by=options.by)
    changes = BudgetOptions(budget=options.budget, max_change=options.max_change)
    plan = plan_of(curves.request(first, last, options.budget), changes)
    run = store_plan(stores, plan)
    summary = {
        "run": run,
        "start": first.isoformat(),
        "end": last.isoformat(),
        "spent": plan.spent,
        "value": plan.value.value,
    }
    return Outcome(run, summary)


JOB: Final = Job(
    name="plan",
    about="plans the budget of the next month by the graph's curves, and stores the plan",
    run=plan_budget,
    options=PlanOptions,
    window="month",
    inputs=("attribute",),
    cron="0 6 1 * *",
    catch_up="latest",
    of_window=True,
)
