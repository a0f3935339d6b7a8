"""A plan of a budget as one HTML page, for the person who has to sign it."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from attrigraph.planning.plan import Estimate
from attrigraph.planning.response_lines import response_lines
from attrigraph.planning.uncertainty import count_cases
from attrigraph.report.curve_picture import HEIGHT, WIDTH, curve_picture
from attrigraph.report.downloads import csv_link
from attrigraph.report.formats import money_column
from attrigraph.report.page import template
from attrigraph.report.waterfall import waterfall

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from attrigraph.planning.plan import Allocation, BudgetPlan

MAX_ROWS: Final = 200
"""Campaigns of the table; the CSV file has all."""

MAX_CURVES: Final = 24
"""Campaigns whose curves are drawn."""

MAX_LISTED: Final = 25
"""Limits, synergies and remarks on campaigns that are listed."""

MAX_NAMES: Final = 5
"""Campaigns that a warning names."""

NEGLIGIBLE: Final = 1e-6
"""Share of a sum that is rounding."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a campaign gets.

    Attributes:
        allocation: with its reason.
        change: against the old plan, in money; None where that is not known.
    """

    allocation: Allocation
    change: float | None


def render(plan: BudgetPlan, *, source: str, written: datetime) -> str:
    """The HTML of the page; it needs no network and no script.

    Args:
        plan: what is to be signed.
        source: name of the file that asks for it.
        written: when the page is written.
    """
    rows = [Row(own, _change(plan, own)) for own in plan.allocations]
    rows.sort(key=_weight, reverse=True)
    shown = {row.allocation.campaign for row in rows[:MAX_CURVES]}
    return template("plan.html.j2").render(
        plan=plan,
        unit=plan.request.unit,
        period=period_words(plan.period),
        source=source,
        written=written,
        amount=money_column([plan.spent, plan.value.value]),
        value=_about(plan.value),
        gain=None if plan.old is None else _about(plan.old.gain),
        same=plan.old is not None
        and max(abs(plan.old.gain.low), abs(plan.old.gain.high)) < NEGLIGIBLE * plan.value.value,
        is_sure=plan.regret is None,
        warnings=list(_warnings(plan)),
        rows=rows[:MAX_ROWS],
        hidden=max(0, len(rows) - MAX_ROWS),
        csv=csv_link(list(_csv_rows(plan))),
        waterfall=None if plan.old is None else waterfall(plan.old),
        curves=[curve_picture(line) for line in response_lines(plan, shown)],
        hidden_curves=max(0, len(rows) - MAX_CURVES),
        max_listed=MAX_LISTED,
        width=WIDTH,
        height=HEIGHT,
        **_lists(plan),
        n_draws=count_cases(plan.request),
        is_proven=plan.certificate.gap <= NEGLIGIBLE * abs(plan.certificate.bound),
        explores=plan.exploration > NEGLIGIBLE * plan.budget,
        is_left_over=plan.left_over > NEGLIGIBLE * plan.budget,
    )


def _about(estimate: Estimate) -> Estimate:
    """An estimate without digits that its interval leaves meaningless."""
    width = estimate.high - estimate.low
    decimals = 1 - floor(log10(width)) if width > 0 else 0

    def rounded(amount: float) -> float:
        return round(amount, min(decimals, 0))

    return Estimate(*map(rounded, (estimate.value, estimate.low, estimate.high)))


def _change(plan: BudgetPlan, own: Allocation) -> float | None:
    """The change of a campaign's spend; None where that of the whole plan is not known."""
    if plan.old is None or own.old is None:
        return None
    change = own.spend - own.old
    return change if abs(change) > NEGLIGIBLE * plan.budget else 0.0


def _weight(row: Row) -> tuple[float, float]:
    change = row.allocation.spend if row.change is None else row.change
    return abs(change), row.allocation.spend


def _lists(plan: BudgetPlan) -> dict[str, Any]:
    used = [one for one in plan.synergies if one.value > 0]
    unused = [one for one in plan.synergies if one.value <= 0]
    unused.sort(key=lambda one: -one.opens_at)
    return {
        "limits": plan.limits[:MAX_LISTED],
        "hidden_limits": max(0, len(plan.limits) - MAX_LISTED),
        "used": used[:MAX_LISTED],
        "hidden_used": max(0, len(used) - MAX_LISTED),
        "unused": unused[:MAX_LISTED],
        "hidden_unused": max(0, len(unused) - MAX_LISTED),
        "tests": [one for one in plan.measure_next if one.value > NEGLIGIBLE * plan.value.value],
    }


def _warnings(plan: BudgetPlan) -> Iterator[str]:
    """What a person should know before signing."""
    unit = plan.request.unit
    if plan.old is not None and plan.old.gain.low < 0 < plan.old.gain.value:
        yield (
            "It is not sure that this plan is better than the old one: the interval of its gain "
            "includes a loss."
        )
    if plan.request.freeze:
        yield "The plan is frozen: it keeps the old spend, and is not the best one."
    elif plan.left_over > NEGLIGIBLE * plan.budget:
        yield (
            f"{plan.left_over:,.0f}{unit} of the budget are left over: the limits leave no room "
            "for them, or they would bring nothing."
        )
    elif plan.marginal_return < 1:
        yield (
            f"The last unit of the budget brings {plan.marginal_return:.2f}{unit}, which is less "
            "than it costs. By these curves a smaller budget earns more."
        )
    exposed = [own for own in plan.without_evidence if own.spend > 0]
    if exposed:
        yield (
            f"{sum(own.spend for own in exposed):,.0f}{unit} go to campaigns of which the data do "
            f"not show what they cause: {_names(exposed)}."
        )
    beyond = [own for own in plan.allocations if own.is_extrapolated]
    if beyond:
        yield (
            f"The plan spends more than the data have seen on {_names(beyond)}; their curves are "
            "extrapolated there."
        )


def _names(allocations: Sequence[Allocation]) -> str:
    names = ", ".join(own.campaign for own in allocations[:MAX_NAMES])
    others = len(allocations) - MAX_NAMES
    return f"{names} and {others} others" if others > 0 else names


def _csv_rows(plan: BudgetPlan) -> Iterator[dict[str, Any]]:
    for own in plan.allocations:
        yield {
            "campaign": own.campaign,
            "spend": own.spend,
            "exploration": own.exploration,
            "low": own.low,
            "high": own.high,
            "old": own.old,
            "marginal_return": own.marginal_return,
            "next_1000": own.next_1000,
            "reason": str(own.reason),
            "identified": own.identified,
            "observed": own.observed,
            "borrowed_from": None if own.borrowed is None else ", ".join(own.borrowed.campaigns),
            "envelope_gap": plan.envelope_gaps.get(own.campaign, 0.0),
        }


def period_words(period: tuple[date, date] | None) -> str:
    """A period as people write it: ``1 to 31 December 2026``."""
    if period is None:
        return ""
    start, end = period
    last = f"{end.day} {end:%B %Y}"
    if start == end:
        return last
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {last}"
    if start.year == end.year:
        return f"{start.day} {start:%B} to {last}"
    return f"{start.day} {start:%B %Y} to {last}"
