"""The number of people who could have been touched: a number, or a file of segments."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrigraph.domain import SegmentSizes
from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.staging.text_files import read_text, separator_advice

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE: Final = "people"
"""The column of numbers; the other column is named like a column of the customers table."""


def people_in(text: str) -> int | SegmentSizes:
    """The number that a text gives, or the segments of the file that it names.

    Args:
        text: a whole number of at least 1, or the path of a CSV file with two columns: people, and
            one that is named like an attribute of the customers table, such as segment.

    Raises:
        InputError: it is neither, or the file is not as described.
    """
    if text.isdecimal():
        return _people(text, "--population", least=1)
    path = Path(text)
    if not path.exists():
        raise InputError(
            "--population must be a whole number or a file with the columns segment and people;"
            f" got {text!r}, and there is no such file"
        )
    rows = csv.DictReader(StringIO(read_text(path, "numbers of people"), newline=""))
    attribute = _attribute(rows.fieldnames or (), path)
    people: dict[str, int] = {}
    for row in rows:
        place = f"{path}:{rows.line_num}"
        segment = (row[attribute] or "").strip()
        if segment in people:
            raise InputError(f"{place}: the segment {segment!r} occurs twice")
        people[segment] = _people(row[PEOPLE] or "", place, least=0)
    if not people:
        raise InputError(f"{path} has no segments")
    return SegmentSizes(attribute, tuple(people.items()))


def _attribute(columns: Sequence[str], path: Path) -> str:
    """The column that names segments."""
    others = [name for name in columns if name != PEOPLE]
    if PEOPLE not in columns or len(others) != 1:
        raise InputError(
            f"{path} needs the columns people and segment, or instead of segment the name of the"
            f" customer attribute that it splits by; got {listed_names(columns)}"
            f"{separator_advice(columns)}"
        )
    return others[0]


def _people(text: str, place: str, *, least: int) -> int:
    people = int(text) if text.strip().isdecimal() else -1
    if people < least:
        raise InputError(
            f"{place}: people must be a whole number of at least {least}, got {text!r}"
        )
    return people
