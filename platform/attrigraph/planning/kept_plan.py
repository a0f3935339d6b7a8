"""Limits that the old plan breaks, where it is to be kept as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem, Row
    from attrigraph.planning.request import PlannedCampaign, PlanRequest

    Floats = NDArray[np.float64]

ROUNDING: Final = 1e-9
"""Share of a limit by which a sum may exceed it."""


def kept_faults(request: PlanRequest, problem: Problem) -> Iterator[str]:
    """One sentence for each limit that the old spends break; none where the plan can be frozen."""
    old = np.array([campaign.old for campaign in request.campaigns], dtype=np.float64)
    for campaign, spend in zip(request.campaigns, old.tolist(), strict=True):
        yield from _of_campaign(campaign, spend, request.unit)
    for row in problem.rows:
        yield from _of_row(row, old)
    spent = float(old.sum())
    if spent > problem.budget + ROUNDING * max(problem.budget, 1.0):
        yield (
            f"the old spends sum to {spent:,.2f}{request.unit}, which is "
            f"{spent - problem.budget:,.2f} above the budget of {problem.budget:,.2f}; a frozen "
            "plan keeps them, so raise the budget or leave out freeze"
        )


def _of_campaign(campaign: PlannedCampaign, old: float, unit: str) -> Iterator[str]:
    least, most = campaign.minimum, campaign.maximum
    if old > most:
        broken = f"above its max of {most:,.2f}"
    elif old < least:
        broken = f"below its min of {least:,.2f}"
    elif campaign.whole and least < old < most:
        broken = f"between {least:,.2f} and {most:,.2f}, although it is bought whole or not"
    else:
        return
    yield (
        f"campaign {campaign.id!r}: its old spend of {old:,.2f}{unit} is {broken}; a frozen plan "
        "keeps it, so change the limit or leave out freeze"
    )


def _of_row(row: Row, old: Floats) -> Iterator[str]:
    amount = float(row.weights @ old[row.members])
    rounding = ROUNDING * max(abs(amount), 1.0)
    for limit, kind, excess in (
        (row.upper, "above the max", amount - row.upper),
        (row.lower, "below the min", row.lower - amount),
    ):
        if excess > rounding:
            yield (
                f"{row.name!r}: the old spends come to {amount:,.2f}, which is {kind} of "
                f"{limit:,.2f}; a frozen plan keeps them, so change the limit or leave out freeze"
            )
