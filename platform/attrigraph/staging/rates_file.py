"""Reads exchange rates from a CSV file."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.spend.rates import Rates
from attrigraph.staging.text_files import read_text, separator_advice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS: Final = ("currency", "rate")
"""Columns that every file of rates has."""


def read_rates(path: Path) -> Rates:
    """The rates of a file.

    Args:
        path: CSV with the columns currency (a code such as USD) and rate (what one unit of it is
            worth in the currency of the answer), and optionally date (from which day on).

    Raises:
        InputError: the file cannot be read, a line is not as described, or a rate occurs twice.
    """
    rows = csv.DictReader(StringIO(read_text(path, "rates"), newline=""))
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(
                f"{path} needs the columns currency and rate; it lacks {', '.join(missing)}"
                f"{separator_advice(rows.fieldnames or ())}"
            )
        return _checked(path, list(_lines(path, rows)))
    except csv.Error as error:
        raise InputError(f"cannot read the rates {path}: {error}") from error


def _checked(path: Path, rows: list[tuple[str, date | None, float]]) -> Rates:
    if not rows:
        raise InputError(f"{path} holds no rate; write one per line")
    try:
        return Rates.of(rows)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _lines(path: Path, rows: csv.DictReader[str]) -> Iterator[tuple[str, date | None, float]]:
    for row in rows:
        day = row.get("date")
        try:
            yield (
                (row["currency"] or "").strip().upper(),
                date.fromisoformat(day) if day else None,
                float(row["rate"] or ""),
            )
        except ValueError as error:
            raise InputError(
                f"{path}:{rows.line_num}: a rate must be a number and its date a day such as "
                f"2026-06-01 ({error})"
            ) from error
