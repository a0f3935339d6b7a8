"""Exact plans without synergies and limits of groups: pieces by slope, the steepest first.

Gains do not increase along a campaign, so the order fills its pieces in turn, and the last piece
that is bought sets the price (Gross 1956; Fox 1966). O(n L log n L).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.planning.solution import Prices, Solution

if TYPE_CHECKING:
    from attrigraph.planning.problem import Problem


def can_fill(problem: Problem) -> bool:
    """Whether the problem is separable, so that filling is exact."""
    tied = len(problem.synergies) or problem.rows or problem.shared
    return not (tied or problem.has_whole)


def fill(problem: Problem) -> Solution:
    """The best plan of a separable problem. Pieces without gain are not bought."""
    least, most = (bound.ravel() for bound in problem.piece_bounds)
    cost = np.repeat(problem.width / problem.levels, problem.levels)
    gain = problem.gains.ravel()
    slope = np.divide(gain, cost, out=np.zeros_like(gain), where=cost > 0)
    order = np.argsort(-slope, kind="stable")
    order = order[(slope[order] > 0) & (most[order] > least[order])]
    part = (most - least)[order] * cost[order]
    left = problem.available - float(cost @ least) - np.cumsum(part) + part
    bought = np.clip(left / part, 0, 1)
    filled = least.copy()
    filled[order] += bought * (most - least)[order]
    partly = order[bought < 1]
    price = float(slope[partly[0]]) if len(partly) else 0.0
    activity = filled.reshape(problem.gains.shape).sum(axis=1) / problem.levels
    return Solution(activity, Prices(price), "fill")
