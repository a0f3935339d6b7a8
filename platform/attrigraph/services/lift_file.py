"""Reads lift tests from a CSV file: what experiments say a channel caused."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.incremental.lift import LiftTest
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: Final = ("channel", "lift", "standard_error", "start", "end")


def read_lift_tests(path: Path, *, days: float) -> tuple[LiftTest, ...]:
    """The tests of a file, scaled from their own windows to that of the data.

    Args:
        path: CSV with the columns channel, lift (conversions the channel caused in the test's
            window, for all customers), standard_error, start and end (days, both within).
        days: length of the data's window; a test's lift a day is taken to hold there.

    Raises:
        InputError: the file cannot be read, or a line is not as described.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}"
                )
            tests = tuple(_test(path, rows.line_num, row, days) for row in rows)
    except OSError as error:
        raise InputError(f"the lift tests {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"the lift tests {path} are not UTF-8 text; save them as CSV") from error
    except csv.Error as error:
        raise InputError(f"the lift tests {path} cannot be read: {error}") from error
    if not tests:
        raise InputError(f"{path} holds no lift test; give one a line")
    return tests


def _test(path: Path, line: int, row: dict[str, str | None], days: float) -> LiftTest:
    try:
        start, end = (date.fromisoformat(row[name] or "") for name in ("start", "end"))
        lift, error = (float(row[name] or "") for name in ("lift", "standard_error"))
    except ValueError as wrong:
        raise InputError(
            f"{path}:{line}: lift and standard_error must be numbers, start and end days such as "
            f"2026-06-01 ({wrong})"
        ) from wrong
    tested = (end - start).days + 1
    if tested < 1:
        raise InputError(f"{path}:{line}: the test ends on {end}, before it starts on {start}")
    scale = days / tested
    return LiftTest(row["channel"] or "", lift * scale, error * scale)
