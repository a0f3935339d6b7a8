"""What each synergy brings in a plan, and at which marginal return it would be worth funding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.planning.plan import SynergyUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem


def synergy_uses(problem: Problem, activity: NDArray[np.float64]) -> Iterator[SynergyUse]:
    """Synergies with what they bring and what they would take, the most valuable first."""
    synergies, is_member = problem.synergies, problem.synergies.is_member
    used = synergies.worth * activity[synergies.members].min(axis=1)
    for number in np.argsort(-used, kind="stable").tolist():
        members = synergies.members[number][is_member[number]]
        opens_at = _opens_at(problem, members, float(synergies.worth[number]))
        names = tuple(problem.ids[member] for member in members)
        yield SynergyUse(names, float(used[number]), opens_at)


def _opens_at(problem: Problem, members: NDArray[np.int64], worth: float) -> float:
    """The price below which the first piece of all members pays, those that pay alone first.

    A closure problem with one synergy: members that pay alone at the price are in the set anyway,
    so the worth only has to pay for the others.
    """
    gains, width = problem.gains[members, 0], problem.width[members] / problem.levels
    alone = np.divide(gains, width, out=np.full(len(width), np.inf), where=width > 0)
    order = np.argsort(alone)
    gain, cost = np.cumsum(gains[order]), np.cumsum(width[order])
    joint = (worth / problem.levels + gain[cost > 0]) / cost[cost > 0]
    return float(joint.min(initial=np.inf)) if len(joint) else 0.0
