"""Which campaign's curve would be worth measuring: the value of information, in money.

If the curve of one campaign were known, the plan could follow it. What that adds on average over
draws of this curve, the others at their means, is the most that a test of it can be worth (the
expected value of partial perfect information: Raiffa & Schlaifer 1961; Claxton 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.solve import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem

MAX_CANDIDATES: Final = 10
"""Campaigns that are compared: those whose value at the plan varies most over draws."""


@dataclass(frozen=True, slots=True)
class InformationValue:
    """What knowing the curve of one campaign would add to the value of the plan, in money."""

    campaign: str
    value: float


def information_values(
    problem: Problem, draws: Sequence[Problem], activity: NDArray[np.float64]
) -> tuple[InformationValue, ...]:
    """Campaigns by the value of knowing their curves, the most valuable first.

    Args:
        problem: with the mean of the curves.
        draws: the same problem with each draw of the curves; may be empty.
        activity: of the plan, ``[n]``.
    """
    planned = problem.value_of(activity)
    values = [
        InformationValue(problem.ids[campaign], _mean_best(problem, draws, campaign) - planned)
        for campaign in _candidates(draws)
    ]
    # the mean of the draws and the curve of the plan differ by rounding and envelopes alone
    positive = [replace(value, value=max(value.value, 0.0)) for value in values]
    return tuple(sorted(positive, key=lambda value: -value.value))


def _candidates(draws: Sequence[Problem]) -> list[int]:
    if not draws:
        return []
    spread = np.std([draw.gains.sum(axis=1) for draw in draws], axis=0)
    order: list[int] = np.argsort(-spread, kind="stable").tolist()
    return [campaign for campaign in order if spread[campaign] > 0][:MAX_CANDIDATES]


def _mean_best(problem: Problem, draws: Sequence[Problem], campaign: int) -> float:
    """Mean value of the best plans when one curve is drawn and the others are at their means."""
    best = []
    for draw in draws:
        gains, at_minimum = problem.gains.copy(), problem.at_minimum.copy()
        gains[campaign], at_minimum[campaign] = draw.gains[campaign], draw.at_minimum[campaign]
        known = replace(problem, gains=gains, at_minimum=at_minimum)
        best.append(known.value_of(solve(known).activity))
    return float(np.mean(best))
