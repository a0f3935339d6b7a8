"""Makes the plan of a request: solves it, explains it, proves it, and says how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.bound import upper_bound
from attrigraph.planning.formulation import formulate
from attrigraph.planning.plan import (
    Allocation,
    BindingLimit,
    BudgetPlan,
    Certificate,
    Estimate,
    SynergyUse,
)
from attrigraph.planning.reasons import reasons_of
from attrigraph.planning.slopes import slopes_of
from attrigraph.planning.solve import solve
from attrigraph.planning.uncertainty import draws_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlannedCampaign, PlanRequest
    from attrigraph.planning.slopes import Slopes
    from attrigraph.planning.solution import Solution
    from attrigraph.planning.uncertainty import Draws

    Floats = NDArray[np.float64]

NEXT: Final = 1000.0
"""Units of money whose effect is stated for each campaign."""

INTERVAL: Final = (5.0, 95.0)
"""Percentiles of a 90 % interval."""

MIN_ACTIVITY: Final = 1e-6
"""Activities within this of an end are at it."""

MIN_PRICE: Final = 1e-9
"""Prices below this are rounding."""


def allocate(request: PlanRequest) -> BudgetPlan:
    """The best plan of a request.

    Raises:
        InputError: the request contradicts itself; all faults are named.
        ConvergenceError: the solver stopped without an optimum.
    """
    formulation = formulate(request)
    problem = formulation.problem
    solution = solve(problem)
    slopes = slopes_of(problem, solution)
    draws = draws_of(request, solution.activity)
    spent = float(problem.spend_of(solution.activity).sum())
    value = problem.value_of(solution.activity)
    return BudgetPlan(
        allocations=tuple(_allocations(request, problem, solution, slopes, draws)),
        spent=spent,
        budget=request.budget,
        left_over=max(request.budget - spent, 0.0),
        value=_estimate(value, None if draws is None else draws.values),
        old_value=_old_value(request, problem),
        marginal_return=solution.prices.budget,
        limits=tuple(_binding(problem, solution, slopes)),
        synergies=tuple(_synergies(problem, solution)),
        envelope_gaps=dict(formulation.gaps),
        certificate=Certificate(
            problem, solution.prices, upper_bound(problem, solution.prices), value
        ),
        start=request.start,
        end=request.end,
        currency=request.currency,
        method=solution.method,
    )


def _estimate(value: float, draws: Floats | None) -> Estimate:
    if draws is None:
        return Estimate(value, value, value)
    low, high = np.percentile(draws, INTERVAL, method="weibull")
    return Estimate(value, float(low), float(high))


def _allocations(
    request: PlanRequest,
    problem: Problem,
    solution: Solution,
    slopes: Slopes,
    draws: Draws | None,
) -> Iterator[Allocation]:
    spend = problem.spend_of(solution.activity)
    ends = np.stack([spend, spend])
    if draws is not None:
        ends = np.percentile(draws.spends, INTERVAL, axis=0, method="weibull")
    reasons = reasons_of(request, problem, solution, slopes)
    for number, (campaign, (reason, explanation)) in enumerate(
        zip(request.campaigns, reasons, strict=True)
    ):
        yield Allocation(
            campaign=campaign.id,
            spend=float(spend[number]),
            low=float(ends[0, number]),
            high=float(ends[1, number]),
            old=campaign.old,
            marginal_return=float(slopes.marginal[number]),
            reason=reason,
            explanation=explanation,
            next_1000=_next(request, campaign, float(spend[number])),
        )


def _next(request: PlanRequest, campaign: PlannedCampaign, spend: float) -> float:
    """What further money brings by the curve, whatever limits the campaign has."""
    if campaign.response is None:
        return 0.0
    now, then = campaign.response.value(np.array([spend, spend + NEXT]))
    return float(request.season * (then - now))


def _binding(problem: Problem, solution: Solution, slopes: Slopes) -> Iterator[BindingLimit]:
    """Limits that cost something, the most expensive first."""
    prices = solution.prices
    limits = [("budget", prices.budget), *prices.rows.items()]
    at_most = (solution.activity >= 1 - MIN_ACTIVITY) & (problem.width > 0)
    at_least = (solution.activity <= MIN_ACTIVITY) & (problem.width > 0) & (problem.minimum > 0)
    excess = slopes.marginal - slopes.price
    limits += [(f"max of {problem.ids[i]}", float(excess[i])) for i in np.flatnonzero(at_most)]
    limits += [(f"min of {problem.ids[i]}", float(-excess[i])) for i in np.flatnonzero(at_least)]
    for name, price in sorted(limits, key=lambda limit: -abs(limit[1])):
        if abs(price) > MIN_PRICE:
            yield BindingLimit(name, price)


def _synergies(problem: Problem, solution: Solution) -> Iterator[SynergyUse]:
    """Synergies with what they bring and what they would take, the most valuable first."""
    synergies = problem.synergies
    used = synergies.worth * solution.activity[synergies.members].min(axis=1)
    for number in np.argsort(-used, kind="stable").tolist():
        members = synergies.members[number][synergies.is_member[number]]
        opens_at = _opens_at(problem, members, float(synergies.worth[number]))
        names = tuple(problem.ids[member] for member in members)
        yield SynergyUse(names, float(used[number]), opens_at)


def _opens_at(problem: Problem, members: NDArray[np.int64], worth: float) -> float:
    """The price below which the first piece of all members pays, those that pay alone first.

    A closure problem with one synergy: members that pay alone at the price are in the set anyway,
    so the worth only has to pay for the others.
    """
    gains, width = problem.gains[members, 0], problem.width[members] / problem.levels
    alone = np.divide(gains, width, out=np.full(len(width), np.inf), where=width > 0)
    order = np.argsort(alone)
    gain, cost = np.cumsum(gains[order]), np.cumsum(width[order])
    joint = (worth / problem.levels + gain[cost > 0]) / cost[cost > 0]
    return float(joint.min(initial=np.inf)) if len(joint) else 0.0


def _old_value(request: PlanRequest, problem: Problem) -> Estimate | None:
    """What the old plan would bring in the period; None where an old spend is not known."""
    old = [campaign.old for campaign in request.campaigns]
    if any(spend is None for spend in old) or problem.shared:
        return None
    spend = np.array(old, dtype=np.float64)
    width = problem.width
    activity = np.divide(
        spend - problem.minimum, width, out=np.zeros_like(spend), where=width > 0
    ).clip(0, 1)
    own = sum(
        float(campaign.response.value(np.array([amount]))[0])
        for campaign, amount in zip(request.campaigns, spend, strict=True)
        if campaign.response is not None
    )
    value = request.season * own + problem.synergies.value_of(activity)
    return Estimate(value, value, value)
