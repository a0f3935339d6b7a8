"""Other questions of a budget: the least one for a value, and the one at a marginal return.

The best value is concave in the budget, and its slope is the price of the budget. Newton's method
from below therefore rises to the least budget and ends after finitely many pieces.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attrigraph.errors import ConvergenceError, InputError
from attrigraph.planning.solve import solve

if TYPE_CHECKING:
    from attrigraph.planning.problem import Problem
    from attrigraph.planning.solution import Solution

MAX_STEPS: Final = 500
TOLERANCE: Final = 1e-10
"""Relative distance to the wanted value."""


def least_budget(problem: Problem, target: float) -> tuple[Problem, Solution]:
    """The problem with the least budget whose best plan brings the target, and that plan.

    Args:
        problem: its budget is ignored.
        target: value in money.

    Raises:
        InputError: the target is not a number of at least 0, no budget reaches it, or campaigns are
            all or nothing, whose best value is not concave in the budget.
        ConvergenceError: the method did not end.
    """
    if problem.has_whole:
        raise InputError(
            "the least budget for a value cannot be found with all-or-nothing campaigns; "
            "plan several budgets and compare them"
        )
    if not (math.isfinite(target) and target >= 0):
        raise InputError(f"a target value must be a number of at least 0, got {target}")
    problem = replace(problem, budget=problem.least_spend)
    for _ in range(MAX_STEPS):
        solution = solve(problem)
        missing = target - problem.value_of(solution.activity)
        if missing <= TOLERANCE * abs(target):
            return problem, solution
        if solution.prices.budget <= 0 or problem.budget >= problem.maximum.sum():
            reached = target - missing
            raise InputError(f"no budget reaches a value of {target:g}: {reached:g} is the most")
        step = missing / solution.prices.budget
        problem = replace(problem, budget=min(problem.budget + step, float(problem.maximum.sum())))
    raise ConvergenceError(f"the least budget for {target:g} was not found in {MAX_STEPS} steps")


def budget_at_return(problem: Problem, marginal_return: float) -> tuple[Problem, Solution]:
    """The largest budget of which each unit still brings the marginal return, and its plan.

    Money is charged at the wanted return: pieces that bring less are not worth buying.

    Args:
        problem: its budget is ignored.
        marginal_return: value per unit of money, at least 0.

    Raises:
        InputError: the marginal return is not a number of at least 0.
    """
    if not (math.isfinite(marginal_return) and marginal_return >= 0):
        raise InputError(f"a marginal return must be a number of at least 0, got {marginal_return}")
    charged = problem.gains - marginal_return * problem.width[:, None] / problem.levels
    everything = replace(problem, gains=charged, budget=float(problem.maximum.sum()))
    solution = solve(everything)
    spend = float(problem.spend_of(solution.activity).sum())
    prices = replace(solution.prices, budget=solution.prices.budget + marginal_return)
    # the least minimum cut and the fill leave pieces unbought that bring exactly the return
    return replace(problem, budget=spend), replace(solution, prices=prices)
