"""A reason for what each campaign gets, with the numbers that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.planning.plan import Reason
from attrigraph.planning.responses import is_identified
from attrigraph.planning.solution import MIN_PRICE

if TYPE_CHECKING:
    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlannedCampaign, PlanRequest
    from attrigraph.planning.slopes import Slopes
    from attrigraph.planning.solution import Solution

FLAT: Final = 0.01
"""A curve is flat where the next unit of money brings less than this share of the price."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a campaign is in a plan, in money and money per unit of money."""

    campaign: PlannedCampaign
    least: float
    most: float
    is_least: bool
    is_most: bool
    marginal: float
    price: float
    budget_price: float
    limits: tuple[str, ...]


def reasons_of(
    request: PlanRequest, problem: Problem, solution: Solution, slopes: Slopes
) -> list[tuple[Reason, str]]:
    """The reason of each campaign and its explanation, in the order of the request."""
    least, most = map(problem.spend_of, problem.activity_bounds)
    is_least, is_most = problem.at_ends(solution.activity)
    marginal = slopes.marginal.tolist()
    found = []
    for number, campaign in enumerate(request.campaigns):
        place = _Place(
            campaign,
            float(least[number]),
            float(most[number]),
            bool(is_least[number]),
            bool(is_most[number]),
            marginal[number],
            float(slopes.price[number]),
            solution.prices.budget,
            _limits_of(problem, solution, number),
        )
        reason = _reason(request, place)
        found.append((reason, _explain(reason, place, request.unit)))
    return found


def _limits_of(problem: Problem, solution: Solution, campaign: int) -> tuple[str, ...]:
    """Limits of groups and other measures that bind and count the campaign."""
    prices = solution.prices.rows
    return tuple(
        row.name
        for row in problem.rows
        if abs(prices.get(row.name, 0.0)) > MIN_PRICE and campaign in row.members
    )


def _reason(request: PlanRequest, place: _Place) -> Reason:
    if request.freeze:
        return Reason.KEPT
    if place.campaign.whole:
        return Reason.ALL_OR_NOTHING
    if place.is_most:
        is_guarded = place.most < place.campaign.maximum
        return Reason.LARGEST_CHANGE if is_guarded else Reason.AT_MAXIMUM
    if place.is_least:
        return _at_minimum(place)
    return Reason.GROUP_LIMIT if place.limits else Reason.EQUAL_RETURN


def _at_minimum(place: _Place) -> Reason:
    if not is_identified(place.campaign.response):
        return Reason.NO_EVIDENCE
    if place.marginal <= FLAT * place.price:
        return Reason.FLAT_CURVE
    is_guarded = place.least > place.campaign.minimum
    return Reason.LARGEST_CHANGE if is_guarded else Reason.AT_MINIMUM


def _explain(reason: Reason, place: _Place, unit: str) -> str:
    here, elsewhere = f"{place.marginal:.2f}{unit}", f"{place.price:.2f}{unit}"
    least, most = f"{place.least:,.0f}{unit}", f"{place.most:,.0f}{unit}"
    limits = " and ".join(map(repr, place.limits))
    return {
        Reason.KEPT: f"the plan is frozen, so the old spend of {least} is kept",
        Reason.ALL_OR_NOTHING: f"can be bought for {least} or for {most} and nothing between",
        Reason.LARGEST_CHANGE: (
            f"stopped by the largest change allowed, between {least} and {most}; the next unit of "
            f"money would bring {here} here and must bring {elsewhere}"
        ),
        Reason.AT_MAXIMUM: (
            f"at its max of {most}; the next unit of money would bring {here} here, "
            f"{elsewhere} elsewhere"
        ),
        Reason.AT_MINIMUM: (
            f"at its min of {least}; the next unit of money would bring {here} here, "
            f"{elsewhere} elsewhere"
        ),
        Reason.FLAT_CURVE: (
            f"at its min of {least}: by its curve further money brings next to nothing ({here})"
        ),
        Reason.NO_EVIDENCE: (
            f"at its min of {least}: the data do not show what it causes; test it before it "
            "gets more"
        ),
        Reason.GROUP_LIMIT: (
            f"held by the limit of {limits}: the next unit of money would bring {here} here, "
            f"{place.budget_price:.2f}{unit} outside it"
        ),
        Reason.EQUAL_RETURN: (
            f"the next unit of money would bring {here}, as in every campaign between its limits"
        ),
    }[reason]
