"""Which limits of a plan cost something, and what one more unit of each would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.plan import BindingLimit
from attrigraph.planning.solution import MIN_PRICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.slopes import Slopes
    from attrigraph.planning.solution import Solution

    Floats = NDArray[np.float64]

ROUNDING: Final = 1e-9
"""A limit is used up to this share of it."""


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
    lost = _lost_by_others(problem, solution, slopes)
    for i in np.flatnonzero(is_most):
        limits.append((f"{up[i]} of {problem.ids[i]}", float(excess[i] - lost[i])))
    for i in np.flatnonzero(at_least):
        limits.append((f"{down[i]} of {problem.ids[i]}", float(-excess[i])))
    for name, price in sorted(limits, key=lambda limit: -limit[1]):
        if price > MIN_PRICE:
            yield BindingLimit(name, price)


def _lost_by_others(problem: Problem, solution: Solution, slopes: Slopes) -> Floats:
    """What others lose beyond prices ``[n]`` by a unit more of each campaign at its most.

    A limit that is used up may have no price because none can use more of it. A campaign that could
    needs what another gives up; where none can, a unit more is not to be had.
    """
    spend = problem.spend_of(solution.activity)
    is_least, is_most = problem.at_ends(solution.activity)
    loss = np.where(is_least, np.inf, slopes.down - slopes.price)
    lost = np.zeros(len(spend))
    for members, weights in _used_up(problem, solution, spend):
        loss_by_unit = loss[members] / weights
        for place in np.flatnonzero(is_most[members]):
            least = np.delete(loss_by_unit, place).min(initial=np.inf)
            i = members[place]
            lost[i] = max(lost[i], weights[place] * least)
    return lost


def _used_up(
    problem: Problem, solution: Solution, spend: Floats
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Members and weights of limits that are used up and have no price."""
    everyone = np.arange(len(spend))
    limits = [(everyone, np.ones(len(spend)), problem.budget, solution.prices.budget)]
    for row in problem.rows:
        counts, price = row.weights > 0, solution.prices.rows.get(row.name, 0.0)
        if counts.all():
            limits.append((row.members, row.weights, row.upper, price))
    for members, weights, limit, price in limits:
        if abs(price) <= MIN_PRICE and weights @ spend[members] >= limit * (1 - ROUNDING):
            yield members, weights
