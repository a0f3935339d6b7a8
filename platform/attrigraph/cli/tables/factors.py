"""Factors as a table for people: one row per channel or campaign and platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.domain import UNKNOWN
from attrigraph.spend.factors import FACTOR_LEVELS

if TYPE_CHECKING:
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
    for level in FACTOR_LEVELS:
        rows = [row for row in factors.rows if row.level == level]
        if rows:
            print_sentence(f"Claims and credit of {factors.model} by {level}", console=console)
            _table(level, rows, console)
            console.print()
    if total is not None:
        print_sentence(f"claimed in all: {total:,.1f}", console=console)
    print_sentence(ABOUT, console=console)
    for row in factors.rows:
        if row.reason is not None:
            name = f"{_name(row)} ({row.platform})"
            print_sentence(f"no factor for {row.level} {name}: {row.reason}", console=console)


def _table(level: str, rows: list[Factor], console: Console) -> None:
    names = Column(level, [_name(row) for row in rows])
    columns = [
        Column("platform", [row.platform for row in rows], justify="left"),
        Column("claimed", [_number(row.claimed, 1) for row in rows]),
        Column("credited", [_number(row.conversions, 1) for row in rows]),
        Column("factor", [_number(row.factor, 2) for row in rows]),
        Column("90 % interval", [_interval(row) for row in rows], group="factor"),
    ]
    show_table(names, columns, console=console, ends=[len(rows) - 1])


def _name(row: Factor) -> str:
    return UNKNOWN if row.key is None else row.key


def _number(amount: float | None, digits: int) -> str:
    return "" if amount is None else f"{amount:z,.{digits}f}"


def _interval(row: Factor) -> str:
    if row.factor_low is None or row.factor_high is None:
        return ""
    return f"{_number(row.factor_low, 2)} to {_number(row.factor_high, 2)}"
