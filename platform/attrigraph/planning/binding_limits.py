"""Which limits of a plan cost something, and what one more unit of each would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.planning.plan import BindingLimit
from attrigraph.planning.solution import MIN_PRICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.slopes import Slopes
    from attrigraph.planning.solution import Solution


def binding_limits(
    request: PlanRequest, problem: Problem, solution: Solution, slopes: Slopes
) -> Iterator[BindingLimit]:
    """Limits that cost something, the most expensive first."""
    prices = solution.prices
    # the price of a lower limit is negative: one more unit of it costs value
    limits = [("budget", prices.budget)]
    limits += [(n if p > 0 else f"min of {n}", abs(p)) for n, p in prices.rows.items()]
    is_least, is_most = problem.at_ends(solution.activity)
    least, most = problem.activity_bounds
    at_least = is_least & (problem.spend_of(least) > 0)
    is_free = problem.width > 0
    excess = slopes.marginal - slopes.price
    increase = "freeze" if request.freeze else "largest increase"
    decrease = "freeze" if request.freeze else "largest decrease"
    up = np.where(is_free & (most < 1), increase, "max")
    down = np.where(is_free & (least > 0), decrease, "min")
    for i in np.flatnonzero(is_most):
        limits.append((f"{up[i]} of {problem.ids[i]}", float(excess[i])))
    for i in np.flatnonzero(at_least):
        limits.append((f"{down[i]} of {problem.ids[i]}", float(-excess[i])))
    for name, price in sorted(limits, key=lambda limit: -limit[1]):
        if price > MIN_PRICE:
            yield BindingLimit(name, price)
