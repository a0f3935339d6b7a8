"""Makes the plan of a request: solves it, explains it, proves it, and says how sure it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
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
from attrigraph.planning.questions import budget_at_return, least_budget
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


def allocate(
    request: PlanRequest,
    *,
    target_value: float | None = None,
    marginal_return: float | None = None,
) -> BudgetPlan:
    """The best plan of a request.

    Args:
        request: what is asked.
        target_value: plan the least budget that brings this value, in money, instead of the
            request's budget.
        marginal_return: plan the largest budget of which each unit brings at least this.

    Raises:
        InputError: the request contradicts itself (all faults are named), no budget reaches the
            target, or both a target and a marginal return are given.
        ConvergenceError: the solver stopped without an optimum.
    """
    formulation = formulate(request)
    problem, solution = _answer(formulation.problem, target_value, marginal_return)
    request = replace(request, budget=problem.budget)
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


def _answer(
    problem: Problem, target_value: float | None, marginal_return: float | None
) -> tuple[Problem, Solution]:
    """The problem with the budget that answers the question, and its best plan."""
    if target_value is not None and marginal_return is not None:
        raise InputError("give a target value or a marginal return, and not both")
    if target_value is not None:
        return least_budget(problem, target_value)
    if marginal_return is not None:
        return budget_at_return(problem, marginal_return)
    return problem, solve(problem)


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
    least, most = problem.activity_bounds
    at_most = (solution.activity >= most - MIN_ACTIVITY) & (problem.width > 0)
    at_least = (solution.activity <= least + MIN_ACTIVITY) & (problem.spend_of(least) > 0)
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
    activity = problem.activity_of(spend)
    own = sum(
        float(campaign.response.value(np.array([amount]))[0])
        for campaign, amount in zip(request.campaigns, spend, strict=True)
        if campaign.response is not None
    )
    value = request.season * own + problem.synergies.value_of(activity)
    return Estimate(value, value, value)
