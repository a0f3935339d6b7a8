"""Reads lift tests from a CSV file: the conversions that experiments found a channel to cause."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.incremental.lift import LiftTestRow
from attrigraph.errors import InputError
from attrigraph.staging.text_files import read_text

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: Final = ("channel", "lift", "standard_error", "start", "end")


def read_lift_tests(path: Path) -> tuple[LiftTestRow, ...]:
    """The tests of a file, each over its own window.

    Args:
        path: CSV with the columns channel, lift (conversions the channel caused in the test's
            window, scaled to all customers), standard_error, start and end (days, inclusive).

    Raises:
        InputError: the file cannot be read, or a line is not as described.
    """
    rows = csv.DictReader(StringIO(read_text(path, "lift tests"), newline=""))
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(
                f"{path} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}"
            )
        tests = tuple(_test(f"{path}:{rows.line_num}", row) for row in rows)
    except csv.Error as error:
        raise InputError(f"cannot read the lift tests {path}: {error}") from error
    if not tests:
        raise InputError(f"{path} holds no lift test; write one per line")
    return tests


def _test(place: str, row: dict[str, str | None]) -> LiftTestRow:
    try:
        start, end = (date.fromisoformat(row[name] or "") for name in ("start", "end"))
        lift, standard_error = (float(row[name] or "") for name in ("lift", "standard_error"))
    except ValueError as error:
        raise InputError(
            f"{place}: lift and standard_error must be numbers, start and end days such as "
            f"2026-06-01 ({error})"
        ) from error
    try:
        return LiftTestRow(row["channel"] or "", lift, standard_error, start, end)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error
