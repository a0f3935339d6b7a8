"""Fits of attribution models as a table for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from attrigraph.services.artefacts import Artefact


def show_artefacts(found: Sequence[Artefact], *, console: Console) -> None:
    """Print at least one fit, a line each."""
    columns = {
        "model": [one.model for one in found],
        "version": [str(one.version) for one in found],
        "state": ["champion" if one.champion else "challenger" for one in found],
        "from": [_instant(one.settings["period"][0]) for one in found],
        "to (excluded)": [_instant(one.settings["period"][1]) for one in found],
        "conversions": [_conversions(one) for one in found],
        "fitted": [f"{one.created:%Y-%m-%d %H:%M}" for one in found],
    }
    shown = [Column(head, cells, justify="left") for head, cells in columns.items()]
    show_table(Column("id", [str(one.id) for one in found]), shown, console=console)


def _instant(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"


def _conversions(one: Artefact) -> str:
    counts = {kind["kind"]: kind["conversions"] for kind in one.metrics["kinds"]}
    return ", ".join(f"{n:,}" if kind is None else f"{kind} {n:,}" for kind, n in counts.items())
