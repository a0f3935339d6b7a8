"""Exact plans of large problems with synergies: minimum cuts at a price of money.

At a price ``lam`` the problem falls into one closure problem per level l of activity:
``F_l(S) = sum over i in S of (gain_il - lam width_i / L) + sum over synergies inside S of worth/L``
is supermodular, and its best set is the source side of a minimum cut (Picard 1976; Hochbaum 2008).
The sets of higher levels lie inside those of lower ones, and sets shrink as the price rises
(Gallo, Grigoriadis & Tarjan 1989), so most campaigns are decided before a cut is computed. The
price follows by secants on the concave dual; the plan mixes the two best plans on either side of
the budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.closure import Closure, best_set, shares_of
from attrigraph.planning.solution import Prices, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem

    Floats = NDArray[np.float64]
    Sets = NDArray[np.bool_]

MAX_PRICES: Final = 200
"""Secants end after finitely many breakpoints; tens in practice."""


@dataclass(frozen=True, slots=True)
class _Best:
    """The best plan at a price: its sets, what they cost beyond the minima, what they bring.

    Attributes:
        sets: bool ``[L, n]``, campaigns that are active on each level; each row within the one
            before.
        cost: in money.
        value: in money.
    """

    sets: Sets
    cost: float
    value: float


def cut(problem: Problem) -> Solution:
    """The best plan of a problem without rows, shared responses and all-or-nothing campaigns."""
    least, most = (bound.T > 0 for bound in problem.piece_bounds)
    under = _best(problem, least)
    over = _best(problem, _closures(problem, 0.0, least, most))
    price = 0.0
    if over.cost > problem.available:
        under, over, price = _bracket(problem, under, over)
    else:
        under = over
    mixed = _mixture(problem, under, over)
    return Solution(mixed, Prices(price, shares=_shares(problem, price)), "cuts")


def _bracket(problem: Problem, under: _Best, over: _Best) -> tuple[_Best, _Best, float]:
    """Two plans that are best at one price and lie on either side of the budget."""
    for _ in range(MAX_PRICES):
        price = (over.value - under.value) / (over.cost - under.cost)
        found = _best(problem, _closures(problem, price, under.sets, over.sets))
        better = found.value - price * found.cost > _at(under, price)
        if not better or found.cost in (under.cost, over.cost):
            break
        if found.cost <= problem.available:
            under = found
        else:
            over = found
    return under, over, max(price, 0.0)


def _at(best: _Best, price: float) -> float:
    """What a plan brings less its cost at a price, with room for rounding."""
    net = best.value - price * best.cost
    return net + 1e-12 * abs(best.value)


def _best(problem: Problem, sets: Sets) -> _Best:
    activity = sets.mean(axis=0)
    value = float((problem.gains.T * sets).sum()) + problem.synergies.value_of(activity)
    return _Best(sets, float(problem.width @ activity), value)


def _mixture(problem: Problem, under: _Best, over: _Best) -> Floats:
    """The mixture of two plans that spends the budget: all of it is best at their price."""
    low: Floats = under.sets.mean(axis=0)
    high: Floats = over.sets.mean(axis=0)
    if over.cost <= under.cost:
        return low
    share = min(max((problem.available - under.cost) / (over.cost - under.cost), 0.0), 1.0)
    return low + share * (high - low)


def _closures(problem: Problem, price: float, inner: Sets, outer: Sets) -> Sets:
    """The best set of each level at a price, known to lie between inner and outer ones."""
    sets = np.zeros_like(inner)

    def solve(first: int, last: int, inside: Sets, around: Sets) -> None:
        if first > last:
            return
        level = (first + last) // 2
        level_problem = closure(problem, level, price)
        sets[level] = best_set(level_problem, inside | inner[level], around & outer[level])
        solve(first, level - 1, sets[level], around)
        solve(level + 1, last, inside, sets[level])

    n = len(problem.ids)
    solve(0, problem.levels - 1, np.zeros(n, dtype=np.bool_), np.ones(n, dtype=np.bool_))
    return sets


def closure(problem: Problem, level: int, price: float) -> Closure:
    """The closure problem of one level at a price."""
    margin = problem.gains[:, level] - price * problem.width / problem.levels
    return Closure(margin, problem.synergies.members, problem.synergies.worth / problem.levels)


def _shares(problem: Problem, price: float) -> Floats:
    """Shares of each synergy's worth among its members on each level, ``[S, k, L]``."""
    levels = range(problem.levels)
    of_level = [shares_of(closure(problem, level, price)) for level in levels]
    return np.stack(of_level, axis=2) * problem.levels
