"""How a plan fares under each draw of the curves, and what it would be worth to know them better.

The plan is made on the mean of the curves, which is best for the mean of the value. Under one draw
another plan is best; the difference is the regret. Its mean over draws is the value of knowing all
curves perfectly (Raiffa & Schlaifer 1961).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.formulation import formulate
from attrigraph.planning.responses import has_draws
from attrigraph.planning.solve import RepeatedSolver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.formulation import Formulation
    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.responses import Response

    Floats = NDArray[np.float64]

MAX_DRAWS: Final = 60
"""Draws for which the best plan is computed; more would narrow its ends by little."""

INTERVAL: Final = (5.0, 95.0)
"""Percentiles of a 90 % interval."""


@dataclass(frozen=True, slots=True)
class Case:
    """One draw of all curves.

    Attributes:
        request: with the curves of the draw.
        problem: of this request, with the whole budget.
    """

    request: PlanRequest
    problem: Problem


@dataclass(frozen=True, slots=True)
class Draws:
    """A plan under draws of the curves.

    Attributes:
        values: float64 ``[draws]``, what the plan brings, in money.
        best: float64 ``[draws]``, what the best plan of each draw brings, in money.
        spends: float64 ``[draws, n]``, the best plan of each draw, in money.
    """

    values: Floats
    best: Floats
    spends: Floats

    @property
    def regret(self) -> Floats:
        """``[draws]``, what perfect knowledge of the curves would add, in money."""
        return self.best - self.values


def draws_of(cases: Sequence[Case], activity: Floats) -> Draws | None:
    """The plan with these activities ``[n]`` under each draw of the curves; None without draws."""
    if not cases:
        return None
    problems = [case.problem for case in cases]
    solver = RepeatedSolver(problems[0])
    best = [solver.solve(problem) for problem in problems]
    return Draws(
        values=np.array([problem.value_of(activity) for problem in problems]),
        best=np.array([p.value_of(s.activity) for p, s in zip(problems, best, strict=True)]),
        spends=np.stack([p.spend_of(s.activity) for p, s in zip(problems, best, strict=True)]),
    )


def drawn_cases(request: PlanRequest, formulation: Formulation | None = None) -> tuple[Case, ...]:
    """The request under each draw of its curves; none if no curve has draws.

    Args:
        request: what is asked.
        formulation: of the request, whose pieces all draws have; None for a new one.
    """
    formulation = formulation or formulate(request)
    n_cases = count_cases(request)
    drawn = [_drawn(request, number, n_cases) for number in range(n_cases)]
    problems = [formulate(one, like=formulation).problem for one in drawn]
    return tuple(
        Case(one, replace(problem, budget=request.budget))
        for one, problem in zip(drawn, problems, strict=True)
    )


def count_cases(request: PlanRequest) -> int:
    """Draws of all curves together: as many as the longest list has, at most ``MAX_DRAWS``.

    None if no curve has draws.
    """
    counts = [r.n_draws for r in _responses(request) if has_draws(r)]
    return min(max(counts, default=0), MAX_DRAWS)


def case_draws(n_draws: int, n_cases: int) -> list[int]:
    """The number of a curve's draw in each case ``[n_cases]``.

    Draws are evenly spread where there are more than cases, and repeated in turn where there are
    fewer: a curve with a single draw is the same in every case.
    """
    cases = np.arange(n_cases)
    numbers = cases * n_draws // n_cases if n_draws > n_cases else cases % n_draws
    return [int(number) for number in numbers]


def _responses(request: PlanRequest) -> list[Response | None]:
    of_campaigns = [campaign.response for campaign in request.campaigns]
    return [*of_campaigns, *(group.response for group in request.groups)]


def _drawn(request: PlanRequest, case: int, n_cases: int) -> PlanRequest:
    """The request with one draw of each curve that has draws; draws may need an envelope."""

    def draw(response: Response | None) -> Response | None:
        if not has_draws(response):
            return response
        return response.draw(case_draws(response.n_draws, n_cases)[case])

    return replace(
        request,
        campaigns=tuple(
            replace(c, response=draw(c.response), envelope=True) for c in request.campaigns
        ),
        groups=tuple(replace(g, response=draw(g.response), envelope=True) for g in request.groups),
    )
