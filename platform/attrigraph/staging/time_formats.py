"""Times in other forms than ISO 8601, by the formats of ``strptime``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import duckdb

from attrigraph.staging.database import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE: Final = re.compile("%[zZ]")
TIME_OF_DAY: Final = re.compile("%-?[HIMScfgnpXT]")


def check_time_format(form: str) -> str:
    """The format itself.

    Raises:
        ValueError: DuckDB knows no such format.
    """
    try:
        with duckdb.connect() as database:
            database.execute("SELECT try_strptime('', $form)", {"form": form}).fetchall()
    except duckdb.Error as error:
        raise ValueError(f"{form!r} is not a format of times: {first_line(error)}") from error
    return form


def iso_time(text: str, formats: Sequence[tuple[str, str]]) -> str:
    """SQL of text in one of the formats as ISO 8601; other text stays as it is.

    A format without a time of day gives a date, one without a zone a local time.

    Args:
        text: SQL of the text.
        formats: each format and the SQL that names it.
    """
    forms = [_iso(text, form, sql) for form, sql in formats]
    return f"coalesce({', '.join([*forms, text])})"


def _iso(text: str, form: str, sql: str) -> str:
    time = f"try_strptime({text}, {sql})"
    if TIME_OF_DAY.search(form) is None:
        return f"strftime({time}, '%Y-%m-%d')"
    zone = "Z" if ZONE.search(form) else ""
    return f"strftime({time}, '%Y-%m-%dT%H:%M:%S.%f{zone}')"
