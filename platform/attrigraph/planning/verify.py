"""Checks a plan by its certificate: limits, value, and the bound on every other plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.bound import upper_bound
from attrigraph.planning.certificate_json import prices_of, problem_of
from attrigraph.planning.stated_figures import (
    TOLERANCE,
    Computed,
    misallocations,
    misstatements,
    not_finite,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem, Row

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check of a plan found.

    Attributes:
        faults: what is wrong, one sentence each; none if the plan keeps all limits and brings the
            value that it states.
        value: what the plan without exploration brings by the certificate's pieces, in money.
        bound: the most that any plan can bring, in money.
        explored: the part of the spend that explores and is not in value and bound, in money.
        borrowed: campaigns whose curve is that of others, with these. A proof holds by the curves,
            whether they are measured or borrowed.
    """

    faults: tuple[str, ...]
    value: float
    bound: float
    explored: float = 0.0
    borrowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How far the plan may be from the best one, in money."""
        return max(self.bound - self.value, 0.0)

    @property
    def is_best(self) -> bool:
        """Whether no other plan can bring more, but for rounding."""
        return not self.faults and self.gap <= TOLERANCE * abs(self.bound)


def verify(plan: Mapping[str, Any]) -> Verification:
    """Check a plan, as JSON, without a solver.

    Raises:
        InputError: it is not a plan with a certificate, or holds numbers that are not finite.
    """
    try:
        return _verified(plan)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"not a plan with a certificate, as `budget plan --out` writes it: {error!r}"
        ) from error


def _verified(plan: Mapping[str, Any]) -> Verification:
    certificate, allocations = plan["certificate"], plan["allocations"]
    problem, prices = problem_of(certificate), prices_of(certificate)
    wrong = [*not_finite(dict(plan)), *misallocations(problem.ids, allocations)]
    if wrong:
        return Verification(tuple(wrong), 0.0, 0.0)
    spend = _by_campaign(problem, allocations, "spend")
    explored = _by_campaign(problem, allocations, "exploration")
    computed = Computed(
        spent=float(spend.sum()),
        explored=float(explored.sum()),
        value=problem.value_of(problem.activity_of(spend)),
        planned=problem.value_of(problem.activity_of(spend - explored)),
        bound=upper_bound(problem, prices),
    )
    faults = (
        *_broken(problem, spend - explored),
        *_broken(replace(problem, budget=float(plan["budget"])), spend),
        *_negative(problem, explored),
        *misstatements(plan, computed),
    )
    return Verification(
        tuple(dict.fromkeys(faults)),
        computed.planned,
        computed.bound,
        computed.explored,
        {
            one["campaign"]: tuple(one["borrowed"]["campaigns"])
            for one in allocations
            if one.get("borrowed") is not None  # plans of earlier versions do not have it
        },
    )


def _by_campaign(problem: Problem, allocations: list[Mapping[str, Any]], field: str) -> Floats:
    amounts = {one["campaign"]: float(one[field]) for one in allocations}
    return np.array([amounts[name] for name in problem.ids])


def _broken(problem: Problem, spend: Floats) -> Iterator[str]:
    """Limits that the plan does not keep."""
    least, most = map(problem.spend_of, problem.activity_bounds)
    scale = _scale(problem)
    for name, amount, low, high in zip(problem.ids, spend, least, most, strict=True):
        yield from _outside(name, float(amount), float(low), float(high), scale)
    yield from _outside("the budget", float(spend.sum()), -math.inf, problem.budget, scale)
    for row in problem.rows:
        amount = float(row.weights @ spend[row.members])
        yield from _outside(
            f"the limit {row.name!r}", amount, row.lower, row.upper, scale * _weight(row)
        )
    if problem.whole is not None:
        partly = problem.whole & (spend > problem.minimum) & (spend < problem.maximum)
        for number in np.flatnonzero(partly):
            yield f"{problem.ids[number]} is all or nothing and spends {spend[number]:,.2f}"


def _scale(problem: Problem) -> float:
    """Spend of the size of a campaign's in this plan, in money."""
    return min(problem.budget, float(problem.maximum.max(initial=0.0)))


def _weight(row: Row) -> float:
    """Amount of a limit per unit of money."""
    return float(np.abs(row.weights).max(initial=0.0))


def _outside(name: str, amount: float, low: float, high: float, scale: float) -> Iterator[str]:
    """An amount outside its limits by more than rounding at the scale of the plan."""
    room = TOLERANCE * max(abs(amount), scale)
    if not low - room <= amount <= high + room:
        limit = f"below {low:,.2f}" if amount < low else f"above {high:,.2f}"
        yield f"{name} has {amount:,.2f}, {limit}"


def _negative(problem: Problem, explored: Floats) -> Iterator[str]:
    scale = _scale(problem)
    for name, amount in zip(problem.ids, explored.tolist(), strict=True):
        yield from _outside(f"the exploration of {name}", amount, 0.0, math.inf, scale)
