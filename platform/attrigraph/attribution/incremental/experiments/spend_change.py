"""How another spend per day widens an experiment: Meridian's tau_spend.

    tau_spend = larger daily spend / smaller daily spend - 1

of the spend in the experiment and the usual one on what it tests. Where the cost of a part of the
touches is known only, the others are taken to cost the same, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrigraph.attribution.observed.costs import EntityCost
    from attrigraph.attribution.observed.spending import Spending
    from attrigraph.domain import Experiment, Level


@dataclass(frozen=True, slots=True)
class SpendChange:
    """What spend says of an experiment.

    Attributes:
        factor: tau_spend, >= 0; 0 where a spend is unknown or nothing.
        note: what a reader should know of it; None if nothing.
    """

    factor: float
    note: str | None = None


def spend_change(experiment: Experiment, spending: Spending) -> SpendChange:
    """Compare the spend per day of an experiment with the usual one.

    An experiment that states no spend is not widened by it.
    """
    spent = spending.tested.get(experiment.id, experiment.spend)
    if spent is None:
        return SpendChange(0.0)
    level: Level = "channel" if experiment.channel else "campaign"
    cost = spending.costs[level].get(experiment.target)
    start = f"the standard error of experiment {experiment.id!r}"
    why_not = _why_not(experiment.target, spent, cost)
    if cost is None or cost.cost is None or why_not is not None:
        return SpendChange(0.0, f"{start} is not widened by its spend, because {why_not}")
    tested, usual = spent / experiment.days, cost.of_all / spending.days
    factor = max(tested, usual) / min(tested, usual) - 1
    if cost.priced >= cost.touches:
        return SpendChange(factor)
    return SpendChange(
        factor,
        f"{start} is widened by its spend as if all {cost.touches:,} touches of"
        f" {experiment.target} cost as much as the {cost.priced:,.0f} of known cost",
    )


def _why_not(target: str, spent: float, cost: EntityCost | None) -> str | None:
    """Why two amounts cannot be compared; None if they can."""
    if cost is None or cost.cost is None or not cost.priced:
        return f"the cost of {target} in the data is not known"
    if not cost.cost:
        return f"{target} cost nothing in the data"
    return None if spent else "that is 0"
