"""The exploration share: money that goes where draws of the curves send it.

Thompson (1933) shares trials among choices by the probability that each is the best one. Here the
plan of the mean curves spends the budget without the share. Each draw of the curves then plans an
equal part of the share, as if its curves were the true ones, on top of that plan and within all
limits; the sum of the parts is their mean over draws. What a draw leaves over, as its curves bring
nothing more, is planned by the means. A campaign gets the more of the share, the
likelier it is the best place for the next money.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.solve import RepeatedSolver, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.uncertainty import Case

    Floats = NDArray[np.float64]

ROUNDING: Final = 1e-9
"""Share of each activity that draws may move, so that limits it fills to the last digit hold."""


def explored_activity(problem: Problem, activity: Floats, cases: Sequence[Case]) -> Floats:
    """Activities ``[n]`` of a plan and its exploration share together.

    All-or-nothing campaigns stay as they are planned.

    Args:
        problem: of the mean curves, with the whole budget.
        activity: of the plan without the share, ``[n]``.
        cases: draws of the curves, with the whole budget.

    Raises:
        InputError: no curve has draws.
    """
    if not cases:
        raise InputError(
            "exploration needs curves with draws, and the curves of this plan are certain; "
            "leave exploration out"
        )
    problems = [_above(case.problem, activity) for case in cases]
    solver = RepeatedSolver(problems[0])
    plans = [solver.solve(problem).activity for problem in problems]
    mean = np.maximum(np.mean(plans, axis=0), activity)
    left = problem.budget - float(problem.spend_of(mean).sum())
    if left <= ROUNDING * problem.budget:
        return mean
    return np.maximum(solve(_above(problem, mean)).activity, mean)


def _above(problem: Problem, activity: Floats) -> Problem:
    """The problem with the plan as its least activities."""
    least, most = problem.activity_bounds
    if problem.whole is not None:
        most = np.where(problem.whole, activity, most)
    planned = np.clip(activity * (1 - ROUNDING), least, most)
    return replace(problem, least=planned, most=most, whole=None)
