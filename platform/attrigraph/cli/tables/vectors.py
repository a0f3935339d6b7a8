"""Collections of vectors, with times of searches, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from attrigraph.services.vector_figures import VectorFigures


def show_vectors(figures: Sequence[VectorFigures], *, console: Console) -> None:
    """Print collections by name, and why some are not held in memory."""
    console.print()
    show_table(
        Column("collection", [one.name for one in figures]),
        [
            Column("searched as", [", ".join(one.aliases) for one in figures], justify="left"),
            Column("vectors", [f"{one.vectors:,} x {one.dimension}" for one in figures]),
            Column("metric", [one.metric for one in figures], justify="left"),
            Column("index", ["yes" if one.index else "no" for one in figures], justify="left"),
            Column("stored MB", [f"{one.bytes / 1e6:,.1f}" for one in figures]),
            Column("Postgres ms", [_shown(one.cold_ms) for one in figures]),
            Column("memory MB", [f"{one.memory.bytes / 1e6:,.1f}" for one in figures]),
            Column("memory ms", [_shown(one.memory.warm_ms) for one in figures]),
            Column("load s", [_shown(one.memory.load_seconds) for one in figures]),
        ],
        console=console,
    )
    print_sentence("ms: median time of a search for the 10 nearest", console=console)
    for one in figures:
        if one.memory.declined is not None:
            print_sentence(f"{one.name}: {one.memory.declined}", console=console)


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"
