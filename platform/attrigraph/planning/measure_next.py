"""Which campaign to measure next: what a test of its curve adds to the value of the plan, in money.

Once a test has shown more of a curve, the plan can follow it. Over draws of the curve, the others
at their means, the test adds on average what the best plan brings by the curve after the test, less
what the plan of today brings by it (expected value of information: Raiffa & Schlaifer 1961). A test
that leaves nothing open shows the draw itself, and its value bounds that of every test (Claxton
1999). Another test moves the mean of the curve only by a share ``r`` of the distance to the draw,
``r = d / sqrt(d^2 + s^2)`` for an uncertainty of standard deviation ``d`` and a test with the
standard error ``s``. The gain of ``experiment plan`` without a plan of a budget is the same value
where the decision is to keep or to stop a channel, and money that is not spent is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.formulation import formulate
from attrigraph.planning.plan import InformationValue
from attrigraph.planning.solve import RepeatedSolver, solve
from attrigraph.planning.uncertainty import drawn_cases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlanRequest

    Floats = NDArray[np.float64]

MAX_CANDIDATES: Final = 10
"""Campaigns that are compared: those whose curves vary most over draws."""


def information_values(
    problem: Problem,
    draws: Sequence[Problem],
    activity: Floats,
    resolved: Mapping[str, float] | None = None,
) -> tuple[InformationValue, ...]:
    """Campaigns by the value of testing their curves, the most valuable first.

    Args:
        problem: with the mean of the curves.
        draws: the same problem with each draw of the curves; may be empty.
        activity: of the plan, ``[n]``.
        resolved: by campaign, the share ``r`` in [0, 1] that its test resolves, and only these are
            compared; None for tests of the least certain campaigns that leave nothing open.
    """
    solver = RepeatedSolver(problem)
    shares = dict.fromkeys(_least_certain(problem, draws), 1.0) if resolved is None else resolved
    number = {name: place for place, name in enumerate(problem.ids)}
    values = [
        InformationValue(name, _value(problem, draws, activity, number[name], share, solver))
        for name, share in shares.items()
        if name in number and draws
    ]
    return tuple(sorted(values, key=lambda value: -value.value))


def values_of_tests(
    request: PlanRequest, resolved: Mapping[str, float]
) -> tuple[InformationValue, ...]:
    """What given tests would add to the value of the best plan of a request.

    Args:
        request: its curves need draws.
        resolved: see ``information_values``; names that are no campaigns of the plan count nothing.

    Raises:
        InputError: no curve has draws, or the request contradicts itself.
    """
    formulation = formulate(request)
    problem, cases = formulation.problem, drawn_cases(request, formulation)
    if not cases:
        raise InputError(
            "the curves of the plan have no draws, so that a test can add nothing to it; "
            "take the curves from `attrigraph budget curves`"
        )
    activity = solve(problem).activity
    return information_values(problem, [case.problem for case in cases], activity, resolved)


def _least_certain(problem: Problem, draws: Sequence[Problem]) -> list[str]:
    if not draws:
        return []
    spread = np.std([draw.gains.sum(axis=1) for draw in draws], axis=0)
    order = np.argsort(-spread, kind="stable")[:MAX_CANDIDATES]
    return [problem.ids[campaign] for campaign in order if spread[campaign] > 0]


def _value(
    problem: Problem,
    draws: Sequence[Problem],
    activity: Floats,
    campaign: int,
    share: float,
    solver: RepeatedSolver,
) -> float:
    """Mean over draws of one curve of the best value less that of the plan; at least 0."""
    added = []
    for draw in draws:
        gains, at_minimum = problem.gains.copy(), problem.at_minimum.copy()
        gains[campaign] += share * (draw.gains[campaign] - gains[campaign])
        at_minimum[campaign] += share * (draw.at_minimum[campaign] - at_minimum[campaign])
        shown = replace(problem, gains=gains, at_minimum=at_minimum)
        added.append(shown.value_of(solver.solve(shown).activity) - shown.value_of(activity))
    return max(float(np.mean(added)), 0.0)
