"""How the decision between channels moves with data and choices, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.domain import Robustness


def show(robustness: Robustness, *, console: Console) -> None:
    """Print one line per check, and the verdict."""
    console.print()
    print_sentence(
        f"Robustness of {robustness.model}: best and worst channel by {robustness.measure}",
        console=console,
    )
    done = [check for check in robustness.checks if check.failure is None]
    columns = [
        Column("best", [robustness.best, *(str(check.best) for check in done)], justify="left"),
        Column("worst", [robustness.worst, *(str(check.worst) for check in done)], justify="left"),
        Column("same order", ["", *(f"{check.same_order:.0%}" for check in done)]),
    ]
    names = ["as it is", *(check.change for check in done)]
    show_table(Column("change", names), columns, console=console)
    console.print()
    for check in robustness.checks:
        if check.failure is not None:
            print_sentence(f"{check.change}: no answer, {check.failure}", console=console)
    print_sentence(robustness.verdict, console=console)
