"""Removal effects and transitions of Markov models, as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from attrigraph.domain import Attribution, MarkovChain, Transitions

    Labels = Mapping[str | None, str]

ABOUT: Final = (
    "removal effect: share of the conversions that is lost where every journey that comes to the "
    "row ends there; credit is in proportion to it"
)
NONE: Final = (
    "no removal effects and transitions: rules and Shapley values have none, and Markov models "
    "have them for up to 50 keys; --models markov-1 has both"
)
ONE_ONLY: Final = "no transitions: states of this chain are several keys; markov-1 has them"


def show(answer: Attribution, *, console: Console, top: int | None = None) -> None:
    """Print two tables per Markov model; of models without a chain nothing.

    Args:
        answer: what to show.
        console: what to print on.
        top: how many rows a table has; None for all.
    """
    labels = answer.labels()
    chains = {name: one.chain for name, one in answer.models.items() if one.chain is not None}
    for name, chain in chains.items():
        print_sentence(f"Removal effects by {name}, order {chain.order}", console=console)
        _show_effects(chain, labels, answer.by, console, top)
        if chain.transitions is None:
            print_sentence(ONE_ONLY, console=console)
        else:
            print_sentence(f"Transitions of {name}, the most frequent first", console=console)
            _show_transitions(chain.transitions, labels, console, top)
    print_sentence(ABOUT if chains else NONE, console=console)


def _show_effects(
    chain: MarkovChain, labels: Labels, by: str, console: Console, top: int | None
) -> None:
    shown = chain.removal_effects[:top]
    columns = [
        Column("of conversions", [f"{one.conversions:.1%}" for one in shown]),
        Column("of value", ["" if one.value is None else f"{one.value:.1%}" for one in shown]),
    ]
    show_table(Column(by, [labels[one.key] for one in shown]), columns, console=console)
    console.print()


def _show_transitions(
    transitions: Transitions, labels: Labels, console: Console, top: int | None
) -> None:
    """Print a row per pair that occurs."""
    rows = sorted(_pairs(transitions, labels), key=lambda row: (-row[1], row[0]))
    shown = rows[:top]
    columns = [
        Column("journeys", [f"{count:,.0f}" for _, count, _ in shown]),
        Column("probability", [f"{probability:.1%}" for *_, probability in shown]),
    ]
    show_table(Column("from and to", [pair for pair, *_ in shown]), columns, console=console)
    if len(shown) < len(rows):
        left_out = counted(len(rows) - len(shown), "less frequent pair")
        print_sentence(f"{left_out}; --all shows each", console=console)
    console.print()


def _pairs(transitions: Transitions, labels: Labels) -> Iterator[tuple[str, float, float]]:
    names = [labels[key] for key in transitions.keys]
    sources, targets = [*names, "(start)"], [*names, "(conversion)", "(no conversion)"]
    for source, counts, row in zip(
        sources, transitions.journeys, transitions.probability, strict=True
    ):
        for target, count, probability in zip(targets, counts, row, strict=True):
            if count:
                yield f"{source} → {target}", count, probability
