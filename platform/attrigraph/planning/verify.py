"""Checks a plan by its certificate: limits, value, and the bound on every other plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.bound import upper_bound
from attrigraph.planning.certificate_json import prices_of, problem_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem

    Floats = NDArray[np.float64]

TOLERANCE: Final = 1e-6
"""Relative to the budget, a limit, or the value."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check of a plan found.

    Attributes:
        faults: what is wrong, one sentence each; none if the plan keeps all limits and brings the
            value that it states.
        value: what the plan without exploration brings by the certificate's pieces, in money.
        bound: the most that any plan can bring, in money.
        explored: the part of the spend that explores and is not in value and bound, in money.
    """

    faults: tuple[str, ...]
    value: float
    bound: float
    explored: float = 0.0

    @property
    def gap(self) -> float:
        """How far the plan may be from the best one, in money."""
        return max(self.bound - self.value, 0.0)

    @property
    def is_best(self) -> bool:
        """Whether no other plan can bring more, but for rounding."""
        return not self.faults and self.gap <= TOLERANCE * max(abs(self.bound), 1.0)


def verify(plan: Mapping[str, Any]) -> Verification:
    """Check a plan, as JSON, without a solver.

    Raises:
        InputError: it is not a plan with a certificate.
    """
    try:
        certificate, allocations = plan["certificate"], plan["allocations"]
        problem, prices = problem_of(certificate), prices_of(certificate)
        spend = _by_campaign(problem, allocations, "spend")
        explored = _by_campaign(problem, allocations, "exploration")
        stated, budget = float(plan["value"]["value"]), float(plan["budget"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"not a plan with a certificate, as `budget plan --out` writes it: {error!r}"
        ) from error
    value = problem.value_of(problem.activity_of(spend - explored))
    faults = (
        *_broken(problem, spend - explored),
        *_broken(replace(problem, budget=budget), spend),
        *_negative(problem, explored),
        *_misstated(stated, problem.value_of(problem.activity_of(spend))),
    )
    bound = upper_bound(problem, prices)
    return Verification(tuple(dict.fromkeys(faults)), value, bound, float(explored.sum()))


def _by_campaign(problem: Problem, allocations: list[Mapping[str, Any]], field: str) -> Floats:
    amounts = {one["campaign"]: float(one[field]) for one in allocations}
    return np.array([amounts[name] for name in problem.ids])


def _broken(problem: Problem, spend: Floats) -> Iterator[str]:
    """Limits that the plan does not keep."""
    least, most = map(problem.spend_of, problem.activity_bounds)
    for name, amount, low, high in zip(problem.ids, spend, least, most, strict=True):
        yield from _outside(name, float(amount), float(low), float(high))
    yield from _outside("the budget", float(spend.sum()), -math.inf, problem.budget)
    for row in problem.rows:
        amount = float(row.weights @ spend[row.members])
        yield from _outside(f"the limit {row.name!r}", amount, row.lower, row.upper)
    if problem.whole is not None:
        partly = problem.whole & (spend > problem.minimum) & (spend < problem.maximum)
        for number in np.flatnonzero(partly):
            yield f"{problem.ids[number]} is all or nothing and spends {spend[number]:,.2f}"


def _outside(name: str, amount: float, low: float, high: float) -> Iterator[str]:
    room = TOLERANCE * max(abs(amount), 1.0)
    if not low - room <= amount <= high + room:
        limit = f"below {low:,.2f}" if amount < low else f"above {high:,.2f}"
        yield f"{name} has {amount:,.2f}, {limit}"


def _negative(problem: Problem, explored: Floats) -> Iterator[str]:
    for name, amount in zip(problem.ids, explored.tolist(), strict=True):
        yield from _outside(f"the exploration of {name}", amount, 0.0, math.inf)


def _misstated(stated: float, value: float) -> Iterator[str]:
    if abs(stated - value) > TOLERANCE * max(abs(value), 1.0):
        yield f"the plan states a value of {stated:,.2f}, and its pieces bring {value:,.2f}"
