"""What one more and one less unit of money on each campaign is worth at a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.bound import shared_worth
from attrigraph.planning.problem import NEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.responses import Response
    from attrigraph.planning.solution import Solution

    Floats = NDArray[np.float64]

STEP: Final = 1e-5
"""A difference quotient of a curve spans this share of the budget."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """Marginal returns at a plan, in money per unit of money; synergies are part of them.

    Attributes:
        up: float64 ``[n]``, of the next unit; at the maximum that of the last one.
        down: float64 ``[n]``, of the last unit; at the minimum by the curve below it, at no spend
            that of the next one.
        price: float64 ``[n]``, what a unit must bring: the price of the budget and those of the
            limits that it counts in.
    """

    up: Floats
    down: Floats
    price: Floats

    @property
    def marginal(self) -> Floats:
        """The marginal return ``[n]``: the price, within what both sides of the curve allow."""
        return np.clip(self.price, np.minimum(self.up, self.down), self.down)


def slopes_of(request: PlanRequest, problem: Problem, solution: Solution) -> Slopes:
    """The slopes of each campaign at a plan.

    Where minimum and maximum are equal they are those of the curve itself, without synergies, which
    have no value by spend there.
    """
    shares, _ = shared_worth(problem, solution.prices)
    width = problem.width[:, None] / problem.levels
    slope = np.divide(problem.gains + shares, width, out=np.zeros_like(shares), where=width > 0)
    levels, last = problem.levels, problem.levels - 1
    above = np.floor((solution.activity + NEAR) * levels).astype(np.int64).clip(0, last)
    below = np.ceil((solution.activity - NEAR) * levels).astype(np.int64).clip(1, levels) - 1
    everyone = np.arange(len(slope))
    up, down = slope[everyone, above], slope[everyone, below]
    _beyond_limits(request, problem, solution.activity, up, down)
    of_groups = _of_shared(problem, solution)
    return Slopes(up + of_groups, down + of_groups, _price(problem, solution))


def _beyond_limits(
    request: PlanRequest, problem: Problem, activity: Floats, up: Floats, down: Floats
) -> None:
    """Take slopes at maxima and minima from curves, as there are no pieces beyond them.

    A table may end at the maximum, so that the slope there is that of the last unit.
    """
    spend, is_pinned = problem.spend_of(activity), problem.width <= 0
    pieces = np.where(is_pinned, 1.0, problem.width) / problem.levels
    first, last = problem.gains[:, 0] / pieces, problem.gains[:, -1] / pieces
    at_minimum, at_maximum = activity <= NEAR, activity >= 1 - NEAR
    for i in np.flatnonzero(is_pinned | at_minimum | at_maximum):
        around = _around(request.campaigns[i].response, float(spend[i]), problem.budget)
        above, below = (request.season * slope for slope in around)
        if is_pinned[i]:
            up[i], down[i] = above, below
        elif at_maximum[i]:
            up[i] -= max(last[i] - below, 0.0)
        else:
            down[i] += max(below - first[i], 0.0)


def _around(response: Response | None, spend: float, budget: float) -> tuple[float, float]:
    """Slopes of a curve above and below a spend; below no spend, that above it."""
    if response is None:
        return 0.0, 0.0
    step = STEP * max(spend, budget, 1.0)
    low, here, high = response.value(np.array([max(spend - step, 0.0), spend, spend + step]))
    up = float(high - here) / step
    return up, float(here - low) / step if spend >= step else up


def _of_shared(problem: Problem, solution: Solution) -> Floats:
    """What a unit of each campaign adds to the responses of its groups."""
    added = np.zeros(len(problem.ids))
    for response in problem.shared:
        np.add.at(added, response.members, solution.prices.shared.get(response.name, 0.0))
    return added


def _price(problem: Problem, solution: Solution) -> Floats:
    price = np.full(len(problem.ids), solution.prices.budget)
    for row in problem.rows:
        np.add.at(price, row.members, solution.prices.rows.get(row.name, 0.0) * row.weights)
    return price
