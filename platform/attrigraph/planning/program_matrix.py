"""The budget problem as columns and rows of a linear program.

Columns: pieces ``p_il`` in [0, 1]; the activity ``u_i`` of campaigns in synergies; the least
activity ``y_s`` of each synergy; pieces ``q_gk`` of shared responses; ``z_i`` of campaigns that are
all or nothing. Rows: ``L u_i <= sum_l p_il``; ``y_s <= u_i`` for each member; ``sum_k width q_gk``
at most the spend of its members; limits; the budget; ``sum_l p_il = L z_i``.

Money is charged to the pieces. Charged to ``u_i``, pieces beyond it would be free. Activities have
columns of their own because that needs fewer non-zeros than sums of pieces in each synergy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Program:
    """Maximise ``cost . x`` subject to limits of columns and rows.

    Attributes:
        cost: float64 ``[columns]``, in money.
        column_lower: float64 ``[columns]``.
        column_upper: float64 ``[columns]``.
        matrix: float64 ``[rows, columns]``.
        row_lower: float64 ``[rows]``.
        row_upper: float64 ``[rows]``.
        whole: numbers of the columns that must be 0 or 1.
        blocks: rows of each kind: ``activity``, ``members``, ``shared``, ``limits``, ``budget``
            and ``whole``.
    """

    cost: Floats
    column_lower: Floats
    column_upper: Floats
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    whole: Integers
    blocks: dict[str, slice]


def program_of(problem: Problem) -> Program:
    """The linear program of a problem; see the module."""
    columns = _Columns.of(problem)
    rows = _Rows()
    _add_synergies(problem, columns, rows)
    _add_shared(problem, columns, rows)
    _add_limits(problem, rows)
    _add_budget(problem, rows)
    _add_whole(problem, columns, rows)
    return rows.program(columns.cost(problem), problem.piece_bounds, columns.whole_columns)


def cost_of(problem: Problem) -> Floats:
    """What each column of its program adds to the value, in money."""
    return _Columns.of(problem).cost(problem)


@dataclass(frozen=True, slots=True)
class _Columns:
    """First column of each kind after the pieces, and the campaigns that need one.

    Attributes:
        together: campaigns in synergies, in order.
        whole: campaigns that are all or nothing, in order.
        activity: first column of activities.
        least: first column of synergies.
        shared: first column of each shared response, and the first column after them.
    """

    together: Integers
    whole: Integers
    activity: int
    least: int
    shared: Integers

    @classmethod
    def of(cls, problem: Problem) -> _Columns:
        together = np.unique(problem.synergies.members)
        whole = np.empty(0, np.int64) if problem.whole is None else np.flatnonzero(problem.whole)
        activity = problem.gains.size
        least = activity + len(together)
        pieces = [len(response.gains) for response in problem.shared]
        shared = least + len(problem.synergies) + np.cumsum([0, *pieces])
        return cls(together, whole, activity, least, shared)

    def activity_of(self, campaigns: Integers) -> Integers:
        """Columns of the activities of campaigns in synergies."""
        return self.activity + np.searchsorted(self.together, campaigns)

    @property
    def whole_columns(self) -> Integers:
        return np.arange(len(self.whole)) + int(self.shared[-1])

    def cost(self, problem: Problem) -> Floats:
        """What each column adds to the value, in money."""
        return np.concatenate(
            [
                problem.gains.ravel(),
                np.zeros(len(self.together)),
                problem.synergies.worth,
                *(response.gains for response in problem.shared),
                np.zeros(len(self.whole)),
            ]
        )


class _Rows:
    """Rows of the program, collected block by block."""

    def __init__(self) -> None:
        self._entries: list[tuple[Integers, Integers, Floats]] = []
        self._limits: list[tuple[Floats, Floats]] = []
        self._blocks: dict[str, slice] = {}
        self._size = 0

    def block(self, name: str, lower: Floats, upper: Floats) -> int:
        """Start a block with its limits; returns its first row."""
        first = self._size
        self._limits.append((lower, upper))
        self._size += len(lower)
        self._blocks[name] = slice(first, self._size)
        return first

    def entries(self, rows: Integers, columns: Integers, weights: Floats) -> None:
        """Add non-zeros."""
        self._entries.append((rows, columns, weights))

    def program(
        self, cost: Floats, piece_bounds: tuple[Floats, Floats], whole: Integers
    ) -> Program:
        """The program of all blocks; columns that are no pieces lie in [0, 1]."""
        rows, columns, weights = map(np.concatenate, zip(*self._entries, strict=True))
        lower, upper = map(np.concatenate, zip(*self._limits, strict=True))
        matrix = sparse.csr_array((weights, (rows, columns)), shape=(self._size, len(cost)))
        column_lower, column_upper = np.zeros(len(cost)), np.ones(len(cost))
        least, most = piece_bounds
        column_lower[: least.size], column_upper[: most.size] = least.ravel(), most.ravel()
        return Program(cost, column_lower, column_upper, matrix, lower, upper, whole, self._blocks)


def _pieces(problem: Problem, campaigns: Integers) -> Integers:
    """Columns of all pieces of campaigns, those of one campaign next to each other."""
    return (campaigns[:, None] * problem.levels + np.arange(problem.levels)).ravel()


def _spend(problem: Problem, rows: _Rows, row: int, members: Integers, weights: Floats) -> None:
    """Add ``weights . spend`` beyond the minima to a row."""
    columns = _pieces(problem, members)
    cost = np.repeat(weights * problem.width[members] / problem.levels, problem.levels)
    rows.entries(np.full(len(columns), row), columns, cost)


def _add_synergies(problem: Problem, columns: _Columns, rows: _Rows) -> None:
    together, levels = columns.together, problem.levels
    size = len(together)
    first = rows.block("activity", np.full(size, -np.inf), np.zeros(size))
    number = first + np.arange(size)
    rows.entries(number, columns.activity_of(together), np.full(size, float(levels)))
    rows.entries(np.repeat(number, levels), _pieces(problem, together), -np.ones(size * levels))
    synergy, place = np.nonzero(problem.synergies.is_member)
    members = problem.synergies.members[synergy, place]
    first = rows.block("members", np.full(len(members), -np.inf), np.zeros(len(members)))
    number = first + np.arange(len(members))
    rows.entries(number, columns.least + synergy, np.ones(len(members)))
    rows.entries(number, columns.activity_of(members), -np.ones(len(members)))


def _add_shared(problem: Problem, columns: _Columns, rows: _Rows) -> None:
    minima = np.array([problem.minimum[r.members].sum() for r in problem.shared], dtype=np.float64)
    first = rows.block("shared", np.full(len(minima), -np.inf), minima)
    for number, response in enumerate(problem.shared):
        own = columns.shared[number] + np.arange(len(response.gains))
        rows.entries(np.full(len(own), first + number), own, np.full(len(own), response.width))
        _spend(problem, rows, first + number, response.members, -np.ones(len(response.members)))


def _add_limits(problem: Problem, rows: _Rows) -> None:
    minima = [float(row.weights @ problem.minimum[row.members]) for row in problem.rows]
    lower = np.array([row.lower - m for row, m in zip(problem.rows, minima, strict=True)])
    upper = np.array([row.upper - m for row, m in zip(problem.rows, minima, strict=True)])
    first = rows.block("limits", lower, upper)
    for number, row in enumerate(problem.rows):
        _spend(problem, rows, first + number, row.members, row.weights)


def _add_budget(problem: Problem, rows: _Rows) -> None:
    row = rows.block("budget", np.array([-np.inf]), np.array([problem.available]))
    everyone = np.arange(len(problem.ids))
    _spend(problem, rows, row, everyone, np.ones(len(everyone)))


def _add_whole(problem: Problem, columns: _Columns, rows: _Rows) -> None:
    size = len(columns.whole)
    first = rows.block("whole", np.zeros(size), np.zeros(size))
    number = first + np.arange(size)
    rows.entries(number, columns.whole_columns, np.full(size, -float(problem.levels)))
    rows.entries(
        np.repeat(number, problem.levels),
        _pieces(problem, columns.whole),
        np.ones(size * problem.levels),
    )
