"""Budget plans as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted, enumerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from attrigraph.planning.plan import BudgetPlan, Estimate
    from attrigraph.planning.verify import Verification

NEGLIGIBLE: Final = 1e-6
"""Share of a value that is rounding."""

MAX_RELATED: Final = 3
"""Pairs of campaigns of each kind that are named."""

MAX_TESTS: Final = 3
"""Campaigns that are proposed for a test."""


def show_plan(plan: BudgetPlan, *, console: Console) -> None:
    """Print what to spend, why, which limits bind, and how sure the plan is."""
    print_sentence(_headline(plan), console=console)
    console.print()
    _allocations(plan, console)
    console.print()
    for allocation in plan.allocations:
        print_sentence(f"{allocation.campaign}: {allocation.explanation}", console=console)
    about_curves = (*_gaps(plan), *_extrapolated(plan), *_borrowed(plan), *_certainty(plan))
    for sentence in (
        *_limits(plan),
        *_synergies(plan),
        *_related(plan),
        *about_curves,
        _proof(plan),
    ):
        print_sentence(sentence, console=console)


def _headline(plan: BudgetPlan) -> str:
    period = "" if plan.period is None else f"From {plan.period[0]} to {plan.period[1]}, "
    found = f"{period}{plan.spent:,.0f} of {plan.budget:,.0f}{plan.request.unit} bring "
    found += _estimate(plan.value)
    if plan.old is not None:
        found += f", {_estimate(plan.old.gain)} more than the old plan"
    found += f". The next unit of money would bring {plan.marginal_return:.2f}."
    if plan.left_over > NEGLIGIBLE * plan.budget:
        found += f" {plan.left_over:,.0f} are left over for the reasons below."
    if plan.exploration > NEGLIGIBLE * plan.budget:
        found += f" {plan.exploration:,.0f} of the spend explore."
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
        Column("of it exploring", [f"{row.exploration:,.0f}" for row in rows]),
        Column("best in 90 % of draws", [f"{row.low:,.0f} to {row.high:,.0f}" for row in rows]),
        Column("old", ["" if row.old is None else f"{row.old:,.0f}" for row in rows]),
        Column("marginal return", [f"{row.marginal_return:.2f}" for row in rows]),
        Column("next 1,000 bring", [f"{row.next_1000:,.0f}" for row in rows]),
        Column("reason", [str(row.reason) for row in rows], justify="left"),
    ]
    without = {
        "of it exploring": not plan.exploration,
        "best in 90 % of draws": plan.regret is None,
        "old": all(row.old is None for row in rows),
    }
    shown = [column for column in columns if not without.get(column.head)]
    show_table(names, shown, console=console, ends=[len(rows) - 1])


def _limits(plan: BudgetPlan) -> list[str]:
    limits = [f"{limit.limit} ({limit.price:.2f})" for limit in plan.limits]
    if not limits:
        return ["No single limit costs anything."]
    return [f"Limits that bind, with what one unit more of each would bring: {'; '.join(limits)}."]


def _synergies(plan: BudgetPlan) -> list[str]:
    return [
        f"Synergy of {enumerated(synergy.campaigns)}: brings {synergy.value:,.0f}; opens below "
        f"a marginal return of {synergy.opens_at:.2f}."
        for synergy in plan.synergies
    ]


def _related(plan: BudgetPlan) -> Iterator[str]:
    """Pairs that may take from or help each other, which change no number."""
    related = plan.request.related
    if related is None:
        return
    for pair in related.competing[:MAX_RELATED]:
        yield (
            f"{enumerated(pair.campaigns)} may take from each other: texts with a cosine of "
            f"{pair.similarity:.2f}, both {pair.shared()}."
        )
    for pair in related.synergy_candidates[:MAX_RELATED]:
        yield (
            f"{enumerated(pair.campaigns)} may help each other, and no number of the plan holds "
            f"that: different channels, both {pair.shared()}. Test it."
        )
    further = related.n_competing + related.n_synergy_candidates
    further -= len(related.competing[:MAX_RELATED]) + len(related.synergy_candidates[:MAX_RELATED])
    if further:
        yield f"{counted(further, 'further pair')} may do so; --json has the most similar."


def _gaps(plan: BudgetPlan) -> list[str]:
    return [
        f"The curve of {name} is not concave: its envelope lies up to {gap:,.0f} above it."
        for name, gap in plan.envelope_gaps.items()
    ]


def _extrapolated(plan: BudgetPlan) -> list[str]:
    return [
        f"The data show what {name} brings up to a spend of {observed:,.0f}; beyond, its curve is "
        "extrapolated."
        for name, observed in plan.extrapolated.items()
    ]


def _borrowed(plan: BudgetPlan) -> list[str]:
    return [
        f"The curve of {name} is borrowed, as the data do not show what it brings: from "
        f"{borrowed.words()}."
        for name, borrowed in plan.borrowed.items()
    ]


def _certainty(plan: BudgetPlan) -> Iterator[str]:
    """What is lost as the curves are not known, and what to do about it."""
    exposed = [own for own in plan.without_evidence if own.spend > 0]
    if exposed:
        listed = ", ".join(f"{own.campaign} ({own.spend:,.0f})" for own in exposed)
        yield f"The data do not show what these cause, with their spend: {listed}."
    if plan.regret is not None:
        yield (
            f"Another plan would be best by other draws of the curves: knowing them all would add "
            f"{_estimate(plan.regret)}."
        )
    worth = [one for one in plan.measure_next if one.value > NEGLIGIBLE * abs(plan.value.value)]
    if worth:
        listed = "; ".join(f"{one.campaign} ({one.value:,.0f})" for one in worth[:MAX_TESTS])
        yield f"Measure next, with the most that a test could add to this plan: {listed}."


def _proof(plan: BudgetPlan) -> str:
    certificate = plan.certificate
    if certificate.gap > NEGLIGIBLE * abs(certificate.bound):
        gap = f"{certificate.gap:,.0f}"
        return f"A better plan might bring up to {gap} more; the bound is not tight."
    rest = " The part that explores is not proven." if plan.exploration else ""
    return f"Proven: no plan within these limits brings more by these curves.{rest}"


def show_verification(found: Verification, *, console: Console) -> None:
    """Print whether a plan keeps its limits, and whether it is the best one."""
    for fault in found.faults:
        print_sentence(f"wrong: {fault}", console=console)
    plan = "The part of the plan that does not explore" if found.explored else "The plan"
    print_sentence(
        f"{plan} brings {found.value:,.2f}; no plan can bring more than {found.bound:,.2f}.",
        console=console,
    )
    for name, lenders in found.borrowed.items():
        print_sentence(
            f"The curve of {name} is borrowed from {enumerated(lenders)}: nothing was measured of "
            "what it brings, and the proof holds by these curves.",
            console=console,
        )
    if found.is_best:
        print_sentence("Proven: it is the best plan.", console=console)
    elif not found.faults:
        print_sentence(f"It may be {found.gap:,.2f} below the best plan.", console=console)
