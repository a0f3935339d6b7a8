"""Factors as a table for people: one row per channel or campaign and platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.domain.key_labels import key_labels
from attrigraph.spend.factors import FACTOR_LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from attrigraph.spend.factors import Factor, Factors

ABOUT: Final = (
    "factor: credited over claimed conversions, with its 90 % interval; platforms claim the same "
    "conversions, so never add up their claims"
)


def show(factors: Factors, *, console: Console, total: float | None = None) -> None:
    """Print factors by channel and by campaign.

    Args:
        factors: what to show.
        console: what to print on.
        total: all claimed conversions; None to leave them out.
    """
    labels = {str(level): _labels(factors, level) for level in FACTOR_LEVELS}
    for level in FACTOR_LEVELS:
        rows = [row for row in factors.rows if row.level == level]
        if rows:
            print_sentence(f"Claims and credit of {factors.model} by {level}", console=console)
            _table(level, rows, labels[level], console)
            console.print()
    if total is not None:
        print_sentence(f"claimed in all: {total:,.1f}", console=console)
    print_sentence(ABOUT, console=console)
    for row in factors.rows:
        if row.reason is not None:
            name = f"{labels[row.level][row.key]} ({row.platform})"
            print_sentence(f"no factor for {row.level} {name}: {row.reason}", console=console)


def _labels(factors: Factors, level: str) -> dict[str | None, str]:
    """What people read in the place of the keys of a level."""
    keys = (row.key for row in factors.rows if row.level == level)
    return key_labels(keys, factors.names if level == "campaign" else {})


def _table(
    level: str, rows: list[Factor], labels: Mapping[str | None, str], console: Console
) -> None:
    names = Column(level, [labels[row.key] for row in rows])
    columns = [
        Column("platform", [row.platform for row in rows], justify="left"),
        Column("claimed", [_number(row.claimed, 1) for row in rows]),
        Column("credited", [_number(row.conversions, 1) for row in rows]),
        Column("factor", [_number(row.factor, 2) for row in rows]),
        Column("90 % interval", [_interval(row) for row in rows], group="factor"),
    ]
    show_table(names, columns, console=console, ends=[len(rows) - 1])


def _number(amount: float | None, digits: int) -> str:
    return "" if amount is None else f"{amount:z,.{digits}f}"


def _interval(row: Factor) -> str:
    if row.factor_low is None or row.factor_high is None:
        return ""
    return f"{_number(row.factor_low, 2)} to {_number(row.factor_high, 2)}"
