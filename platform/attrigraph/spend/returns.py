"""Returns: credit of each key divided by what it cost."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attrigraph.domain import Credit
from attrigraph.domain.returns import Return

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.domain import ModelCredits
    from attrigraph.spend.costs import KeyCost

NO_TOUCHES: Final = "no-touches"
"""Reason why the effect of what has spend and no touch is not identified."""

FULL: Final = 1 - 1e-12
"""Coverage from which on all touches have a known cost."""


def with_returns(
    model: ModelCredits, costs: Mapping[str | None, KeyCost], *, has_values: bool
) -> ModelCredits:
    """A model's credits with cost and return; keys that have a cost alone get a credit of 0.

    Args:
        model: its credits.
        costs: by key.
        has_values: whether any conversion has a value.
    """
    missing = {key: cost for key, cost in costs.items() if cost.cost}
    for credit in model.credits:
        missing.pop(credit.key, None)
    credits = [*model.credits, *(_without_touches(key, model) for key in missing)]
    credits.sort(key=lambda credit: (-credit.conversions, credit.key is None, credit.key or ""))
    total = math.fsum(
        credit.value if has_values else credit.conversions for credit in model.credits
    )
    spent = math.fsum(cost.cost or 0.0 for cost in costs.values())
    returned = tuple(
        replace(
            credit,
            returns=_return(credit, costs.get(credit.key), (total, spent), has_values=has_values),
        )
        for credit in credits
    )
    return replace(model, credits=returned)


def _without_touches(key: str | None, model: ModelCredits) -> Credit:
    if not model.incremental:
        return Credit(key, 0.0, 0.0)
    return Credit(key, 0.0, 0.0, identified=False, reasons=(NO_TOUCHES,))


def _return(
    credit: Credit, known: KeyCost | None, totals: tuple[float, float], *, has_values: bool
) -> Return:
    """The return of one credit; totals are the credit and the cost of all keys."""
    credited, spent = totals
    amount = credit.value if has_values else credit.conversions
    share = amount / credited if credited > 0 else None
    if known is None or known.cost is None:
        return Return(share_of_credit=share)
    complete = known.coverage >= FULL and credit.identified is not False
    cost = known.cost if complete else 0.0
    counts = complete and credit.conversions > 0
    return Return(
        cost=known.cost,
        cost_coverage=known.coverage,
        roas=_over(credit.value if has_values else None, cost),
        roas_low=_over(credit.value_low if has_values else None, cost),
        roas_high=_over(credit.value_high if has_values else None, cost),
        cost_per_conversion=cost / credit.conversions if counts else None,
        share_of_credit=share,
        share_of_spend=known.cost / spent if spent > 0 else None,
    )


def _over(value: float | None, cost: float) -> float | None:
    return value / cost if value is not None and cost > 0 else None
