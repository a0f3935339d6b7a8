"""Evaluation of methods of fatigue as a table and sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.fatigue.verdict import details, verdict

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.fatigue.evaluation import FatigueEvaluation


def show_evaluation(found: FatigueEvaluation, *, console: Console) -> None:
    """Print errors of all methods, the best first, and which of them wins."""
    methods = found.methods
    show_table(
        Column("method", [one.method for one in methods]),
        [
            Column("MAE, days", [f"{one.days:.2f}" for one in methods]),
            Column("bias", [f"{one.bias:+.2f}" for one in methods]),
            Column("C-index", [_share(one.concordance) for one in methods]),
            Column("AUC", [_share(one.auc_soon) for one in methods]),
            Column(
                "served", ["yes" if one.method == found.served else "" for one in methods],
                justify="left",
            ),
        ],
        console=console,
    )  # fmt: skip
    for sentence in (verdict(found), *details(found)):
        print_sentence(sentence, console=console)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
