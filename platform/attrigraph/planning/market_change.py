"""Plans in another market: what they would bring if curves were higher or lower than planned."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError
from attrigraph.planning.certificate_json import problem_of
from attrigraph.planning.solve import solve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarketChange:
    """Factors of the curves.

    Attributes:
        everywhere: of all curves and synergies.
        factors: further ones, by campaign or by group with a response.
    """

    everywhere: float
    factors: Mapping[str, float]

    @classmethod
    def parse(cls, texts: Sequence[str]) -> MarketChange:
        """A change from texts such as ``0.9`` for everything and ``search=0.8`` for one curve.

        Raises:
            InputError: a factor is not a number of at least 0, or is given twice.
        """
        factors: dict[str, float] = {}
        for text in texts:
            name, separator, number = text.rpartition("=")
            if name in factors or (separator and not name):
                raise InputError(f"--market takes each name once, got {text!r} again or no name")
            factors[name] = _factor(text, number)
        return cls(factors.pop("", 1.0), factors)

    def apply(self, problem: Problem) -> Problem:
        """The problem with changed curves; names that it does not have change nothing."""
        own = np.array([self._of(name) for name in problem.ids])
        synergies = problem.synergies
        return replace(
            problem,
            gains=problem.gains * own[:, None],
            at_minimum=problem.at_minimum * own,
            synergies=replace(synergies, worth=synergies.worth * self.everywhere),
            shared=tuple(replace(s, gains=s.gains * self._of(s.name)) for s in problem.shared),
        )

    def _of(self, name: str) -> float:
        return self.everywhere * self.factors.get(name, 1.0)


def _factor(text: str, number: str) -> float:
    try:
        factor = float(number)
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor >= 0):
        raise InputError(
            f"--market takes a factor such as 0.9, or NAME=0.9 for one campaign, got {text!r}"
        )
    return factor


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A plan after a change of the market, in money.

    Attributes:
        value: what the plan as it is would bring.
        best: what the best plan with the same limits would bring.
        spends: of the best plan, by campaign.
        marginal_return: value of the next unit of money in the best plan.
    """

    value: float
    best: float
    spends: Mapping[str, float]
    marginal_return: float


def changed_values(
    plans: Sequence[Mapping[str, Any]], change: MarketChange
) -> tuple[ChangedValue, ...]:
    """Plans, as JSON, after a change of the market.

    Raises:
        InputError: one is not a plan with a certificate, or a name of the change is in none.
    """
    read = [_read(plan) for plan in plans]
    known = {name for problem, _ in read for name in _names(problem)}
    for name in change.factors:
        if name not in known:
            raise InputError(
                f"--market names {name!r}, which is no campaign and no group with a response; "
                f"{near_names(name, known)}"
            )
    return tuple(_changed(change.apply(problem), spend) for problem, spend in read)


def _names(problem: Problem) -> tuple[str, ...]:
    return (*problem.ids, *(response.name for response in problem.shared))


def _read(plan: Mapping[str, Any]) -> tuple[Problem, Floats]:
    """The problem of a plan with its whole budget, and its spend ``[n]``."""
    try:
        problem = problem_of(plan["certificate"])
        spends = {own["campaign"]: float(own["spend"]) for own in plan["allocations"]}
        spend = np.array([spends[name] for name in problem.ids])
        budget = float(plan["budget"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"not a plan with a certificate, as `budget plan --out` writes it: {error!r}"
        ) from error
    return replace(problem, budget=budget), spend


def _changed(changed: Problem, spend: Floats) -> ChangedValue:
    best = solve(changed)
    return ChangedValue(
        value=changed.value_of(changed.activity_of(spend)),
        best=changed.value_of(best.activity),
        spends=dict(zip(changed.ids, changed.spend_of(best.activity).tolist(), strict=True)),
        marginal_return=best.prices.budget,
    )
