"""What the plan before would bring in the same period, and where the new plan gains over it.

Both are valued by the same pieces of the curves, so that a plan that changes nothing gains nothing.
An old spend may lie outside the limits of the new plan; what lies outside is valued by the curve
itself, and synergies count it as the nearer limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.planning.plan import ValueChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.responses import Response

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ValueParts:
    """What the spend of a plan brings, in money.

    Attributes:
        campaigns: float64 ``[n]``, of each campaign by its own curve.
        groups: by name, of the response of each group.
        synergies: of all synergies.
    """

    campaigns: Floats
    groups: dict[str, float]
    synergies: float

    @property
    def total(self) -> float:
        """The value of the whole plan."""
        return float(self.campaigns.sum()) + sum(self.groups.values()) + self.synergies


def old_spend(request: PlanRequest) -> Floats | None:
    """Spend ``[n]`` of the plan before, in money; None where that of a campaign is not known."""
    old = [campaign.old for campaign in request.campaigns]
    return None if None in old else np.array(old, dtype=np.float64)


def value_parts(request: PlanRequest, problem: Problem, spend: Floats) -> ValueParts:
    """What spends ``[n]`` bring, in money; they may lie outside the limits of the problem."""
    activity = problem.activity_of(spend)
    within = problem.spend_of(activity)
    campaigns = problem.alone(activity)
    for number in np.flatnonzero(spend != within):
        response = request.campaigns[number].response
        campaigns[number] += request.season * _rise(response, within[number], spend[number])
    return ValueParts(
        campaigns, _of_groups(request, problem, spend), problem.synergies.value_of(activity)
    )


def _of_groups(request: PlanRequest, problem: Problem, spend: Floats) -> dict[str, float]:
    values = problem.of_groups(spend)
    responses = {group.id: group.response for group in request.groups}
    for shared in problem.shared:
        most, total = shared.width * len(shared.gains), float(spend[shared.members].sum())
        if total > most:
            values[shared.name] += request.season * _rise(responses[shared.name], most, total)
    return values


def _rise(response: Response | None, start: float, end: float) -> float:
    """What a curve brings from one spend to another."""
    if response is None:
        return 0.0
    low, high = response.value(np.array([start, end]))
    return float(high - low)


def value_changes(request: PlanRequest, old: ValueParts, new: ValueParts) -> Iterator[ValueChange]:
    """Where the gain of a plan over the old one comes from; the changes add up to it."""
    changed = (new.campaigns - old.campaigns).tolist()
    for campaign, change in zip(request.campaigns, changed, strict=True):
        if campaign.response is not None:
            yield ValueChange(campaign.id, change)
    for name in new.groups:
        yield ValueChange(name, new.groups[name] - old.groups[name])
    if request.synergies:
        yield ValueChange("synergies", new.synergies - old.synergies)
