"""Plans as JSON; ``certificate_json`` reads their certificates back."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from attrigraph.planning.plan import BudgetPlan, Certificate
    from attrigraph.planning.problem import Problem, Row
    from attrigraph.planning.solution import Prices

Json = dict[str, Any]


def plan_json(plan: BudgetPlan) -> Json:
    """A plan as JSON; docs/budget.md describes each field."""
    return {
        "start": None if plan.period is None else plan.period[0].isoformat(),
        "end": None if plan.period is None else plan.period[1].isoformat(),
        "currency": plan.currency,
        "budget": plan.budget,
        "spent": plan.spent,
        "left_over": plan.left_over,
        "exploration": plan.exploration,
        "value": asdict(plan.value),
        "old_spent": None if plan.old is None else plan.old.spent,
        "old_value": None if plan.old is None else asdict(plan.old.value),
        "gain": None if plan.old is None else asdict(plan.old.gain),
        "changes": [] if plan.old is None else [asdict(change) for change in plan.old.changes],
        "regret": None if plan.regret is None else asdict(plan.regret),
        "marginal_return": plan.marginal_return,
        "method": plan.method,
        "allocations": [asdict(allocation) for allocation in plan.allocations],
        "limits": [asdict(limit) for limit in plan.limits],
        "synergies": [asdict(synergy) for synergy in plan.synergies],
        "related": None if plan.request.related is None else asdict(plan.request.related),
        "measure_next": [asdict(value) for value in plan.measure_next],
        "envelope_gaps": plan.envelope_gaps,
        "extrapolated": plan.extrapolated,
        "certificate": _certificate_json(plan.certificate),
    }


def _certificate_json(certificate: Certificate) -> Json:
    problem, prices = certificate.problem, certificate.prices
    return {
        "bound": certificate.bound,
        "value": certificate.value,
        "gap": certificate.gap,
        "budget": problem.budget,
        "price": prices.budget,
        "campaigns": _campaigns_json(problem),
        "synergies": _synergies_json(problem, prices),
        "rows": [_row_json(problem, row, prices.rows.get(row.name, 0.0)) for row in problem.rows],
        "shared": [
            {
                "name": response.name,
                "campaigns": [problem.ids[member] for member in response.members],
                "width": response.width,
                "gains": response.gains.tolist(),
                "price": prices.shared.get(response.name, 0.0),
            }
            for response in problem.shared
        ],
    }


def _campaigns_json(problem: Problem) -> list[Json]:
    whole = np.zeros(len(problem.ids), np.bool_) if problem.whole is None else problem.whole
    own = (problem.minimum, problem.maximum, problem.at_minimum, problem.gains, whole)
    columns = (*own, *problem.activity_bounds)
    names = ("min", "max", "at_min", "gains", "whole", "least", "most")
    rows = zip(problem.ids, *(column.tolist() for column in columns), strict=True)
    return [dict(zip(("id", *names), row, strict=True)) for row in rows]


def _synergies_json(problem: Problem, prices: Prices) -> list[Json]:
    synergies, shares = problem.synergies, prices.shares
    found = []
    for number, (members, kept) in enumerate(
        zip(synergies.members, synergies.is_member, strict=True)
    ):
        own = np.zeros((kept.sum(), 1)) if shares is None else shares[number][kept]
        names = [problem.ids[member] for member in members[kept]]
        found.append(
            {"campaigns": names, "worth": float(synergies.worth[number]), "shares": own.tolist()}
        )
    return found


def _row_json(problem: Problem, row: Row, price: float) -> Json:
    weights = zip(row.members.tolist(), row.weights.tolist(), strict=True)
    return {
        "name": row.name,
        "weights": {problem.ids[member]: weight for member, weight in weights},
        "lower": row.lower if math.isfinite(row.lower) else None,
        "upper": row.upper if math.isfinite(row.upper) else None,
        "price": price,
    }
