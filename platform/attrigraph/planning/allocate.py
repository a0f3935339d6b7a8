"""Makes the plan of a request: solves it, explains it, proves it, and says how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.binding_limits import binding_limits
from attrigraph.planning.bound import upper_bound
from attrigraph.planning.explore import explored_activity
from attrigraph.planning.formulation import formulate
from attrigraph.planning.measure_next import information_values
from attrigraph.planning.old_plan import old_spend, value_changes, value_parts
from attrigraph.planning.plan import Allocation, BudgetPlan, Certificate, Comparison, Estimate
from attrigraph.planning.questions import budget_at_return, least_budget
from attrigraph.planning.reasons import reasons_of
from attrigraph.planning.responses import is_identified, observed_of
from attrigraph.planning.slopes import slopes_of
from attrigraph.planning.solve import solve
from attrigraph.planning.synergy_use import synergy_uses
from attrigraph.planning.uncertainty import INTERVAL, drawn_cases, draws_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlannedCampaign, PlanRequest
    from attrigraph.planning.slopes import Slopes
    from attrigraph.planning.solution import Solution
    from attrigraph.planning.uncertainty import Case, Draws

    Floats = NDArray[np.float64]

NEXT: Final = 1000.0
"""Units of money whose effect is stated for each campaign."""

MIN_SHOWN: Final = 1e-6
"""Smaller shares of the budget are rounding."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A solved request.

    Attributes:
        request: with the budget that was planned.
        problem: with the part of the budget that does not explore.
        solution: of the problem.
        spend: float64 ``[n]``, of the plan and its exploration share together, in money.
        cases: draws of the curves.
    """

    request: PlanRequest
    problem: Problem
    solution: Solution
    spend: Floats
    cases: tuple[Case, ...]

    @property
    def explored(self) -> Floats:
        """Part of the spend ``[n]`` that explores, in money."""
        return self.spend - self.problem.spend_of(self.solution.activity)


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
            target, exploration, freeze or two questions are asked of a budget that is not given,
            or exploration of curves without draws.
        ConvergenceError: the solver stopped without an optimum.
    """
    finds_budget = target_value is not None or marginal_return is not None
    formulation = formulate(request, any_budget=finds_budget)
    problem, solution = _answer(request, formulation.problem, target_value, marginal_return)
    if finds_budget:
        request = replace(request, budget=problem.budget)
    cases = drawn_cases(request, formulation)
    planned = _with_exploration(request, problem, solution, cases)
    activity = problem.activity_of(planned.spend)
    slopes, draws = slopes_of(request, problem, solution), draws_of(planned.cases, activity)
    # a budget that the plan finds is no limit
    limited = replace(problem, budget=math.inf) if finds_budget else problem
    spent, value = float(planned.spend.sum()), problem.value_of(activity)
    drawn_problems = [case.problem for case in planned.cases]
    return BudgetPlan(
        allocations=tuple(_allocations(planned, slopes, draws)),
        spent=spent,
        budget=request.budget,
        left_over=max(request.budget - spent, 0.0),
        exploration=float(planned.explored.sum()),
        value=_estimate(value, None if draws is None else draws.values),
        old=_comparison(planned, draws),
        regret=None if draws is None else _estimate(float(draws.regret.mean()), draws.regret),
        marginal_return=solution.prices.budget,
        limits=tuple(binding_limits(request, limited, solution, slopes)),
        synergies=tuple(synergy_uses(problem, activity)),
        measure_next=information_values(problem, drawn_problems, solution.activity),
        envelope_gaps=dict(formulation.gaps),
        certificate=Certificate(
            problem,
            solution.prices,
            upper_bound(problem, solution.prices),
            problem.value_of(solution.activity),
        ),
        method=solution.method,
        request=request,
    )


def _answer(
    request: PlanRequest,
    problem: Problem,
    target_value: float | None,
    marginal_return: float | None,
) -> tuple[Problem, Solution]:
    """The problem with the budget that answers the question, and its best plan."""
    if target_value is not None and marginal_return is not None:
        raise InputError("give a target value or a marginal return, and not both")
    if target_value is None and marginal_return is None:
        return problem, solve(problem)
    if request.freeze:
        raise InputError(
            "freeze keeps the old plan and its spend, and a target value or a marginal return "
            "finds another; give one of them"
        )
    if request.exploration:
        raise InputError(
            "exploration is a share of a given budget; leave it out where the plan finds the budget"
        )
    if target_value is not None:
        return least_budget(problem, target_value)
    assert marginal_return is not None
    return budget_at_return(problem, marginal_return)


def _with_exploration(
    request: PlanRequest, problem: Problem, solution: Solution, cases: tuple[Case, ...]
) -> _Planned:
    activity = solution.activity
    if request.explored:
        whole = replace(problem, budget=request.budget)
        activity = explored_activity(whole, activity, cases)
    return _Planned(request, problem, solution, problem.spend_of(activity), cases)


def _estimate(value: float, draws: Floats | None) -> Estimate:
    if draws is None:
        return Estimate(value, value, value)
    low, high = np.percentile(draws, INTERVAL, method="weibull")
    return Estimate(value, float(low), float(high))


def _comparison(planned: _Planned, draws: Draws | None) -> Comparison | None:
    """The plan before in the same period; None where an old spend is not known."""
    request, problem, spend = planned.request, planned.problem, old_spend(planned.request)
    if spend is None:
        return None
    old = value_parts(request, problem, spend)
    new = value_parts(request, problem, planned.spend)
    drawn = None
    if draws is not None:
        cases = planned.cases
        drawn = np.array([value_parts(c.request, c.problem, spend).total for c in cases])
    return Comparison(
        spent=float(spend.sum()),
        value=_estimate(old.total, drawn),
        gain=_estimate(
            new.total - old.total,
            None if draws is None or drawn is None else draws.values - drawn,
        ),
        changes=tuple(value_changes(request, old, new)),
    )


def _allocations(planned: _Planned, slopes: Slopes, draws: Draws | None) -> Iterator[Allocation]:
    request, spend, explored = planned.request, planned.spend, planned.explored
    ends = np.stack([spend, spend])
    if draws is not None:
        ends = np.percentile(draws.spends, INTERVAL, axis=0, method="weibull")
    reasons = reasons_of(request, planned.problem, planned.solution, slopes)
    marginal = slopes.marginal.tolist()
    for number, (campaign, (reason, explanation)) in enumerate(
        zip(request.campaigns, reasons, strict=True)
    ):
        yield Allocation(
            campaign=campaign.id,
            spend=float(spend[number]),
            exploration=float(explored[number]),
            low=float(ends[0, number]),
            high=float(ends[1, number]),
            old=campaign.old,
            marginal_return=marginal[number],
            reason=reason,
            explanation=explanation + _exploring(float(explored[number]), request),
            next_1000=_next(request, campaign, float(spend[number])),
            identified=is_identified(campaign.response),
            observed=observed_of(campaign.response),
            borrowed=campaign.borrowed,
        )


def _exploring(amount: float, request: PlanRequest) -> str:
    if amount <= MIN_SHOWN * request.budget:
        return ""
    return f"; {amount:,.0f}{request.unit} of it explore"


def _next(request: PlanRequest, campaign: PlannedCampaign, spend: float) -> float:
    """What further money brings by the curve, whatever limits the campaign has."""
    if campaign.response is None:
        return 0.0
    now, then = campaign.response.value(np.array([spend, spend + NEXT]))
    return float(request.season * (then - now))
