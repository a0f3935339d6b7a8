"""Checks a plan by its certificate: limits, value, and the bound on every other plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.bound import upper_bound
from attrigraph.planning.problem import Problem, Row, SharedResponse, Synergies
from attrigraph.planning.solution import Prices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

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
    """

    faults: tuple[str, ...]
    value: float
    bound: float

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
        problem, prices = _problem(certificate), _prices(certificate)
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
    return Verification(tuple(dict.fromkeys(faults)), value, upper_bound(problem, prices))


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


def _problem(certificate: Mapping[str, Any]) -> Problem:
    campaigns = certificate["campaigns"]
    ids = tuple(campaign["id"] for campaign in campaigns)
    number = {name: place for place, name in enumerate(ids)}
    members = [[number[name] for name in s["campaigns"]] for s in certificate["synergies"]]
    worth = [s["worth"] for s in certificate["synergies"]]
    return Problem(
        ids=ids,
        minimum=_column(campaigns, "min"),
        maximum=_column(campaigns, "max"),
        at_minimum=_column(campaigns, "at_min"),
        gains=_column(campaigns, "gains"),
        budget=float(certificate["budget"]),
        synergies=Synergies.of(members, worth),
        rows=tuple(_row(row, number) for row in certificate["rows"]),
        shared=tuple(_shared(response, number) for response in certificate["shared"]),
        whole=np.array([campaign["whole"] for campaign in campaigns], dtype=np.bool_),
        least=_column(campaigns, "least"),
        most=_column(campaigns, "most"),
    )


def _column(campaigns: list[Mapping[str, Any]], name: str) -> Floats:
    return np.array([campaign[name] for campaign in campaigns], dtype=np.float64)


def _row(row: Mapping[str, Any], number: Mapping[str, int]) -> Row:
    return Row(
        row["name"],
        np.array([number[name] for name in row["weights"]], dtype=np.int64),
        np.array(list(row["weights"].values()), dtype=np.float64),
        -math.inf if row["lower"] is None else float(row["lower"]),
        math.inf if row["upper"] is None else float(row["upper"]),
    )


def _shared(response: Mapping[str, Any], number: Mapping[str, int]) -> SharedResponse:
    members = np.array([number[name] for name in response["campaigns"]], dtype=np.int64)
    gains = np.array(response["gains"], dtype=np.float64)
    return SharedResponse(response["name"], members, float(response["width"]), gains)


def _prices(certificate: Mapping[str, Any]) -> Prices:
    shares = [synergy["shares"] for synergy in certificate["synergies"]]
    longest = max(map(len, shares), default=2)
    levels = len(shares[0][0]) if shares else 1
    padded = [[*share, *[[0.0] * levels] * (longest - len(share))] for share in shares]
    return Prices(
        budget=float(certificate["price"]),
        rows={row["name"]: float(row["price"]) for row in certificate["rows"]},
        shared={response["name"]: float(response["price"]) for response in certificate["shared"]},
        shares=np.array(padded, dtype=np.float64).reshape(-1, longest, levels),
    )
