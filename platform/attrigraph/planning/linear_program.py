"""The budget problem in HiGHS, kept for further solutions after a change.

A change of one campaign's gains or of the budget keeps the basis, so that the next solution takes
few steps of the simplex method (Huangfu & Hall 2018).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import highspy
import numpy as np

from attrigraph.errors import ConvergenceError, InputError
from attrigraph.planning.program_matrix import Program, cost_of, program_of
from attrigraph.planning.solution import Prices, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem, Row

    Floats = NDArray[np.float64]


class LinearProgram:
    """A problem without all-or-nothing campaigns, or the relaxation of one that has some.

    Args:
        problem: what is to be planned.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        program = program_of(problem)
        self._blocks = program.blocks
        self._highs = highs_model(program)

    def change_gains(self, campaign: int, gains: Floats) -> None:
        """Give one campaign other gains ``[L]``, not increasing, in money."""
        levels = self._problem.levels
        columns = campaign * levels + np.arange(levels, dtype=np.int32)
        self._highs.changeColsCost(levels, columns, gains)

    def change_curves(self, problem: Problem) -> None:
        """Give all campaigns and groups the curves of a problem that differs in nothing else."""
        cost = cost_of(problem)
        columns = np.arange(len(cost), dtype=np.int32)
        self._highs.changeColsCost(len(cost), columns, cost)

    def change_budget(self, available: float) -> None:
        """Give another budget beyond the minima, in money."""
        row = self._blocks["budget"].start
        self._highs.changeRowBounds(row, -np.inf, available)

    def solve(self) -> Solution:
        """The optimum, with the duals as prices.

        Raises:
            InputError: no plan meets all limits.
            ConvergenceError: the solver stopped without an optimum.
        """
        values = run(self._highs, self._problem)
        duals = np.asarray(self._highs.getSolution().row_dual)
        return Solution(activity_of(self._problem, values), self._prices(duals), "lp")

    def _prices(self, duals: Floats) -> Prices:
        limits, shared = duals[self._blocks["limits"]], duals[self._blocks["shared"]]
        rows = zip(self._problem.rows, limits.tolist(), strict=True)
        responses = zip(self._problem.shared, shared.tolist(), strict=True)
        return Prices(
            budget=max(float(duals[self._blocks["budget"]][0]), 0.0),
            rows={row.name: price for row, price in rows},
            shared={response.name: max(price, 0.0) for response, price in responses},
            shares=_shares(self._problem, duals[self._blocks["members"]]),
        )


def _shares(problem: Problem, duals: Floats) -> Floats:
    """Duals of the members of synergies as ``[synergies, members, 1]``."""
    shares = np.zeros(problem.synergies.members.shape)
    shares[problem.synergies.is_member] = np.maximum(duals, 0)
    return shares[:, :, None]


class _Silent(highspy.Highs):
    """HiGHS without its banner, which it prints on standard output when it enables callbacks."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


def highs_model(program: Program) -> highspy.Highs:
    """A HiGHS instance that holds the program, on one thread and without output."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), len(program.row_lower)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = program.cost
    model.col_lower_, model.col_upper_ = program.column_lower, program.column_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.matrix.indptr
    model.a_matrix_.index_ = program.matrix.indices
    model.a_matrix_.value_ = program.matrix.data
    highs = _Silent()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(model)
    return highs


def run(highs: highspy.Highs, problem: Problem) -> Floats:
    """Solve; returns the values of all columns.

    Raises:
        InputError: no plan meets all limits; the message names those that contradict each other.
        ConvergenceError: the solver stopped without an optimum.
    """
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        raise InputError(f"no plan within the budget meets {_broken(problem)}")
    if status != highspy.HighsModelStatus.kOptimal:
        reason = highs.modelStatusToString(status)
        raise ConvergenceError(f"the solver found no optimum: {reason}")
    return np.asarray(highs.getSolution().col_value)


def _broken(problem: Problem) -> str:
    """What no plan keeps, and what to do about it."""
    if _is_feasible(problem):
        return (
            "its limits with campaigns that are bought whole or not; let one of them be bought in "
            "part, or loosen the largest change or a limit"
        )
    names = ", ".join(repr(row.name) for row in _contradiction(problem))
    changes = " or the largest change" if _is_feasible(_without_change(problem)) else ""
    return f"the limits of {names}; loosen one of them{changes}"


def _without_change(problem: Problem) -> Problem:
    return replace(problem, least=None, most=None)


def activity_of(problem: Problem, values: Floats) -> Floats:
    """Activities ``[n]`` from the values of all columns."""
    pieces = values[: problem.gains.size].reshape(problem.gains.shape)
    activity: Floats = pieces.sum(axis=1) / problem.levels
    return np.clip(activity, 0, 1)


def _contradiction(problem: Problem) -> tuple[Row, ...]:
    """A least set of rows that no plan meets: each is needed for the contradiction."""
    kept = problem.rows
    for row in problem.rows:
        others = tuple(other for other in kept if other is not row)
        if not _is_feasible(replace(problem, rows=others)):
            kept = others
    return kept


def _is_feasible(problem: Problem) -> bool:
    highs = highs_model(program_of(problem))
    highs.run()
    return highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible
