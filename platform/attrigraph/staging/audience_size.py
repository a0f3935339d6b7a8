"""The number of people who could have been touched: a number, or a file of segments."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Final

from attrigraph.errors import InputError
from attrigraph.staging.text_files import read_text

COLUMNS: Final = ("segment", "people")


def people_in(text: str) -> int:
    """The number that a text gives, or the sum of the file that it names.

    Args:
        text: a whole number of at least 1, or the path of a CSV file with the columns segment and
            people.

    Raises:
        InputError: it is neither, or the file is not as described.
    """
    if text.isdecimal():
        return _people(text, "--population")
    path = Path(text)
    if not path.exists():
        raise InputError(
            f"--population must be a whole number or a file with the columns "
            f"{' and '.join(COLUMNS)}; got {text!r}, and there is no such file"
        )
    rows = csv.DictReader(StringIO(read_text(path, "numbers of people"), newline=""))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(
            f"{path} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}"
        )
    return sum(_people(row["people"] or "", f"{path}:{rows.line_num}") for row in rows)


def _people(text: str, place: str) -> int:
    people = int(text) if text.strip().isdecimal() else 0
    if people < 1:
        raise InputError(f"{place}: people must be a whole number of at least 1, got {text!r}")
    return people
