"""Solves a budget problem exactly by the solver that fits its form and size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from attrigraph.planning.cuts import cut
from attrigraph.planning.fill import can_fill, fill
from attrigraph.planning.linear_program import LinearProgram, activity_of, highs_model, run
from attrigraph.planning.program_matrix import program_of

if TYPE_CHECKING:
    from attrigraph.planning.problem import Problem
    from attrigraph.planning.solution import Solution

MIN_CAMPAIGNS_OF_CUTS: Final = 1000
"""Minimum cuts are faster than the linear program from about this many campaigns on."""


def solve(problem: Problem) -> Solution:
    """The best plan, with prices that bound what any plan can bring.

    Without synergies and limits of groups, pieces are bought in order of their slopes. Large
    problems with synergies alone are solved by minimum cuts, others by a linear program, and those
    with all-or-nothing campaigns by branch and bound, with the prices of the relaxation.

    Raises:
        InputError: no plan meets all limits.
        ConvergenceError: the solver stopped without an optimum.
    """
    if can_fill(problem):
        return fill(problem)
    if problem.has_whole:
        return _whole(problem)
    if _by_cuts(problem):
        return cut(problem)
    return LinearProgram(problem).solve()


class RepeatedSolver:
    """Solves problems that differ in their curves alone, such as draws of them.

    A linear program keeps its basis from one to the next.

    Args:
        problem: one of them.
    """

    def __init__(self, problem: Problem) -> None:
        self._program = LinearProgram(problem) if _by_program(problem) else None

    def solve(self, problem: Problem) -> Solution:
        """The best plan of one of the problems; see ``solve``."""
        if self._program is None:
            return solve(problem)
        self._program.change_curves(problem)
        return self._program.solve()


def _by_program(problem: Problem) -> bool:
    return not (can_fill(problem) or problem.has_whole or _by_cuts(problem))


def _by_cuts(problem: Problem) -> bool:
    return can_cut(problem) and len(problem.ids) >= MIN_CAMPAIGNS_OF_CUTS


def can_cut(problem: Problem) -> bool:
    """Whether synergies and the budget are all that ties campaigns to each other.

    Least and most activities must be 0 or 1, since minimum cuts have the same pieces for all.
    """
    least, most = problem.activity_bounds
    inside = (least % 1 > 0) | (most % 1 > 0)
    return not (problem.rows or problem.shared or problem.has_whole or inside.any())


def _whole(problem: Problem) -> Solution:
    """Branch and bound to a gap of 1e-9, certified by the prices of the relaxation."""
    relaxed = LinearProgram(problem).solve()
    program = program_of(problem)
    highs = highs_model(program)
    whole = program.whole.astype(np.int32)
    kinds = np.full(len(whole), highspy.HighsVarType.kInteger)
    highs.changeColsIntegrality(len(whole), whole, kinds)
    highs.setOptionValue("mip_rel_gap", 1e-9)
    return replace(relaxed, activity=activity_of(problem, run(highs, problem)), method="mip")
