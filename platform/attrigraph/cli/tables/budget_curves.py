"""Response curves in money as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.planning.spend_curves import BudgetCurves, Uncertain

ABOUT: Final = (
    "Value: what the spend caused. Marginal return: what the next unit of money would bring. "
    "Saturated: how far below the average return that is. Beyond the spend of the last column "
    "nobody has seen the response, and the curve is extrapolated. Intervals are 90 %."
)


def show(curves: BudgetCurves, *, console: Console) -> None:
    """Print what the spend of today brings, and what the next unit would."""
    currency = "" if curves.currency is None else f", {curves.currency}"
    kind = "" if curves.kind is None else f"; conversions of the kind {curves.kind}"
    print_sentence(
        f"Value of spend by {curves.by} from {curves.start} to {curves.end}{currency}{kind}",
        console=console,
    )
    rows = curves.curves
    names = Column(curves.by, [row.name for row in rows], justify="left")
    columns = [
        Column("spend", [f"{row.curve.spend:,.0f}" for row in rows]),
        Column("value", [_amount(row.value) for row in rows]),
        Column("marginal return", [_ratio(row.marginal_return) for row in rows]),
        Column("saturated", [_share(row.saturation) for row in rows]),
        Column("identified", ["yes" if row.curve.identified else "no" for row in rows]),
        Column("extrapolated from", [f"{row.observed_spend:,.0f}" for row in rows]),
    ]
    if rows:
        show_table(names, columns, console=console)
        console.print()
        print_sentence(ABOUT, console=console)
    for sentence in curves.sentences():
        print_sentence(sentence, console=console)


def _amount(number: Uncertain) -> str:
    return f"{number.value:,.0f} ({number.low:,.0f} to {number.high:,.0f})"


def _ratio(number: Uncertain) -> str:
    return f"{number.value:.2f} ({number.low:.2f} to {number.high:.2f})"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
