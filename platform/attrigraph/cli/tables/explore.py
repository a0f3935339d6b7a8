"""Queries of the cookbook and their rows as tables for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from attrigraph.graph.catalogue import Query


def show_queries(queries: Mapping[str, Query], *, console: Console) -> None:
    """Print what each query answers, with its parameters."""
    for name, query in queries.items():
        print_sentence(f"{name}: {query.summary}", console=console)
        for parameter in query.parameters:
            meaning = f"  {parameter.name} ({parameter.type}): {parameter.meaning}"
            print_sentence(meaning, console=console)


def show_rows(rows: Sequence[Mapping[str, Any]], *, console: Console) -> None:
    """Print at least one row."""
    first, *others = rows[0]
    columns = [_column(name, [row[name] for row in rows]) for name in others]
    show_table(Column(first, [_text(row[first]) for row in rows]), columns, console=console)


def _column(name: str, values: Sequence[Any]) -> Column:
    numbers = all(value is None or isinstance(value, int | float) for value in values)
    return Column(name, [_text(value) for value in values], justify="right" if numbers else "left")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return " > ".join(map(_text, value))
    return str(value)
