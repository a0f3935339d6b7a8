"""Budget plans as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from attrigraph.planning.plan import BudgetPlan, Estimate
    from attrigraph.planning.verify import Verification

NEGLIGIBLE: Final = 1e-6
"""Share of a value that is rounding."""


def show_plan(plan: BudgetPlan, *, console: Console) -> None:
    """Print what to spend, why, which limits bind, and how sure the plan is."""
    print_sentence(_headline(plan), console=console)
    console.print()
    _allocations(plan, console)
    console.print()
    for allocation in plan.allocations:
        print_sentence(f"{allocation.campaign}: {allocation.explanation}", console=console)
    for sentence in (*_limits(plan), *_synergies(plan), *_gaps(plan), _proof(plan)):
        print_sentence(sentence, console=console)


def _headline(plan: BudgetPlan) -> str:
    spent = f"{plan.spent:,.0f} of {plan.budget:,.0f} {plan.currency}"
    found = f"From {plan.start} to {plan.end}, {spent} bring {_estimate(plan.value)}"
    if plan.old_value is not None:
        found += f"; the old plan would bring {plan.old_value.value:,.0f}"
    found += f". The next unit of money would bring {plan.marginal_return:.2f}."
    if plan.left_over > NEGLIGIBLE * plan.budget:
        found += f" {plan.left_over:,.0f} are left over for the reasons below."
    return found


def _estimate(estimate: Estimate) -> str:
    if estimate.low == estimate.high:
        return f"{estimate.value:,.0f}"
    return f"{estimate.value:,.0f} ({estimate.low:,.0f} to {estimate.high:,.0f})"


def _allocations(plan: BudgetPlan, console: Console) -> None:
    rows = plan.allocations
    names = Column("campaign", [row.campaign for row in rows], justify="left")
    columns = [
        Column("spend", [f"{row.spend:,.0f}" for row in rows]),
        Column("best in 90 % of draws", [f"{row.low:,.0f} to {row.high:,.0f}" for row in rows]),
        Column("old", ["" if row.old is None else f"{row.old:,.0f}" for row in rows]),
        Column("marginal return", [f"{row.marginal_return:.2f}" for row in rows]),
        Column("next 1,000 bring", [f"{row.next_1000:,.0f}" for row in rows]),
        Column("reason", [str(row.reason) for row in rows], justify="left"),
    ]
    if all(row.low == row.high for row in rows):
        del columns[1]
    if all(row.old is None for row in rows):
        columns = [column for column in columns if column.head != "old"]
    show_table(names, columns, console=console, ends=[len(rows) - 1])


def _limits(plan: BudgetPlan) -> list[str]:
    limits = [f"{limit.limit} ({limit.price:.2f})" for limit in plan.limits]
    if not limits:
        return ["No limit costs anything."]
    return [f"Limits that bind, with what one unit more of each would bring: {'; '.join(limits)}."]


def _synergies(plan: BudgetPlan) -> list[str]:
    return [
        f"Synergy of {' and '.join(synergy.campaigns)}: brings {synergy.value:,.0f}; opens below "
        f"a marginal return of {synergy.opens_at:.2f}."
        for synergy in plan.synergies
    ]


def _gaps(plan: BudgetPlan) -> list[str]:
    return [
        f"The curve of {name} is not concave: its envelope lies up to {gap:,.0f} above it."
        for name, gap in plan.envelope_gaps.items()
    ]


def _proof(plan: BudgetPlan) -> str:
    certificate = plan.certificate
    if certificate.gap <= NEGLIGIBLE * abs(certificate.bound):
        return "Proven: no plan within these limits brings more by these curves."
    return f"A better plan might bring up to {certificate.gap:,.0f} more; the bound is not tight."


def show_verification(found: Verification, *, console: Console) -> None:
    """Print whether a plan keeps its limits, and whether it is the best one."""
    for fault in found.faults:
        print_sentence(f"wrong: {fault}", console=console)
    print_sentence(
        f"The plan brings {found.value:,.2f}; no plan can bring more than {found.bound:,.2f}.",
        console=console,
    )
    if found.is_best:
        print_sentence("Proven: it is the best plan.", console=console)
    elif not found.faults:
        print_sentence(f"It may be {found.gap:,.2f} below the best plan.", console=console)


def show_comparison(plans: Mapping[str, Mapping[str, Any]], *, console: Console) -> None:
    """Print plans side by side: spend of each campaign, and what the plan brings."""
    spends = {
        name: {a["campaign"]: a["spend"] for a in p["allocations"]} for name, p in plans.items()
    }
    campaigns = list(dict.fromkeys(c for spend in spends.values() for c in spend))
    columns = [
        Column(
            name,
            [
                *(f"{spends[name][c]:,.0f}" if c in spends[name] else "" for c in campaigns),
                f"{plan['spent']:,.0f}",
                f"{plan['value']['value']:,.0f}",
                f"{plan['marginal_return']:.2f}",
            ],
        )
        for name, plan in plans.items()
    ]
    names = Column("campaign", [*campaigns, "spent", "value", "marginal return"], justify="left")
    show_table(names, columns, console=console, ends=[len(campaigns) - 1])
