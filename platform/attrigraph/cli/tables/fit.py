"""Fits of attribution models as a table for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrigraph.cli.console import print_lines
from attrigraph.cli.tables.fitted import Column, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from attrigraph.attribution.observed.drift import Drift
    from attrigraph.services.artefacts import Artefact
    from attrigraph.services.fit_check import FitCheck


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


def show_checks(checks: Sequence[FitCheck], *, console: Console) -> None:
    """Print how the weeks since at least one fit compare, a line for each kind of conversions."""
    rows = [(check, kind, drift) for check in checks for kind, drift in check.kinds.items()]
    columns = {
        "kind": [kind or "" for _, kind, _ in rows],
        "weeks": [str(drift.weeks) for _, _, drift in rows],
        "conversions": [f"{drift.observed:,.0f}" for _, _, drift in rows],
        "expected": [f"{drift.expected:,.0f}" for _, _, drift in rows],
        "ratio": [_ratio(drift) for _, _, drift in rows],
        "unknown": [_number(drift.unknown_share, "{:.1%}") for _, _, drift in rows],
        "index": [_number(drift.index, "{:.3f}") for _, _, drift in rows],
        "limit": [_number(drift.index_limit, "{:.3f}") for _, _, drift in rows],
    }
    shown = [Column(head, cells, justify="left") for head, cells in columns.items()]
    names = [f"{check.artefact.model} {check.artefact.version}" for check, _, _ in rows]
    show_table(Column("fit", names), shown, console=console)
    print_lines("", *(check.sentence() for check in checks))


def _ratio(drift: Drift) -> str:
    if drift.low is None:
        return "not known"
    return f"{drift.ratio:.2f} [{drift.low:.2f}, {drift.high:.2f}]"


def _number(value: float | None, form: str) -> str:
    return "not known" if value is None else form.format(value)


def _instant(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"


def _conversions(one: Artefact) -> str:
    counts = {kind["kind"]: kind["conversions"] for kind in one.metrics["kinds"]}
    return ", ".join(f"{n:,}" if kind is None else f"{kind} {n:,}" for kind, n in counts.items())
