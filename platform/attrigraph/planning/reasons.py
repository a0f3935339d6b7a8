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
"""A curve is flat where the next unit of money brings less than this share of what others bring."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a campaign is in a plan, in money and money per unit of money.

    ``up`` is what the next unit brings, and ``elsewhere`` the most that one brings in any campaign,
    or the price where that is lower.
    """

    campaign: PlannedCampaign
    least: float
    most: float
    is_least: bool
    is_most: bool
    marginal: float
    up: float
    price: float
    elsewhere: float
    budget_price: float
    limits: tuple[str, ...]


def reasons_of(
    request: PlanRequest, problem: Problem, solution: Solution, slopes: Slopes
) -> list[tuple[Reason, str]]:
    """The reason of each campaign and its explanation, in the order of the request."""
    least, most = map(problem.spend_of, problem.activity_bounds)
    is_least, is_most = problem.at_ends(solution.activity)
    marginal = slopes.marginal.tolist()
    best = max(marginal)
    found = []
    for number, campaign in enumerate(request.campaigns):
        place = _Place(
            campaign,
            float(least[number]),
            float(most[number]),
            bool(is_least[number]),
            bool(is_most[number]),
            marginal[number],
            float(slopes.up[number]),
            float(slopes.price[number]),
            min(float(slopes.price[number]), best),
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
    if place.is_most and not (place.is_least and place.marginal < place.price):
        is_guarded = place.most < place.campaign.maximum
        return Reason.LARGEST_CHANGE if is_guarded else Reason.AT_MAXIMUM
    if place.is_least:
        return _at_minimum(place)
    if place.limits:
        return Reason.GROUP_LIMIT
    return _without_return(place) or Reason.EQUAL_RETURN


def _at_minimum(place: _Place) -> Reason:
    if not is_identified(place.campaign.response):
        return Reason.NO_EVIDENCE
    is_guarded = place.least > place.campaign.minimum
    limit = Reason.LARGEST_CHANGE if is_guarded else Reason.AT_MINIMUM
    return _without_return(place) or limit


def _without_return(place: _Place) -> Reason | None:
    """Whether further money brings nothing or less by the curve."""
    if place.up < -MIN_PRICE:
        return Reason.NEGATIVE_RETURN
    return Reason.FLAT_CURVE if place.up <= FLAT * place.elsewhere + MIN_PRICE else None


def _explain(reason: Reason, place: _Place, unit: str) -> str:
    here, elsewhere = f"{place.marginal:.2f}{unit}", f"{place.price:.2f}{unit}"
    least, most = f"{place.least:,.0f}{unit}", f"{place.most:,.0f}{unit}"
    limits = " and ".join(map(repr, place.limits))
    at_least, further = _position(place, unit), f"{place.up:.2f}{unit}"
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
            f"{at_least}; the next unit of money would bring {here} here and must bring {elsewhere}"
        ),
        Reason.FLAT_CURVE: (
            f"{at_least}: by its curve further money brings next to nothing ({further})"
        ),
        Reason.NEGATIVE_RETURN: (
            f"{at_least}: by its curve the next unit of money would lose {-place.up:.2f}{unit}"
        ),
        Reason.NO_EVIDENCE: (
            f"{at_least}: the data do not show what it causes; test it before it gets more"
        ),
        Reason.GROUP_LIMIT: (
            f"held by the limit of {limits}: the next unit of money would bring {here} here, "
            f"{place.budget_price:.2f}{unit} outside it"
        ),
        Reason.EQUAL_RETURN: (
            f"the next unit of money would bring {here}, as in every campaign between its limits"
        ),
    }[reason]


def _position(place: _Place, unit: str) -> str:
    """Where a campaign is that gets no further money."""
    least = f"{place.least:,.0f}{unit}"
    if not place.is_least:
        return "between its limits"
    if place.least > place.campaign.minimum:
        return f"at the least that its largest change allows, {least}"
    return f"at its min{' and max' if place.campaign.maximum <= place.least else ''} of {least}"
