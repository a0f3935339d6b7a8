"""Dates of rows: YYYY-MM-DD, years 1 to 9999."""

from __future__ import annotations

from typing import Final

DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def date_of(text: str) -> str:
    """SQL of text as a date; NULL where it is none."""
    date = f"TRY_CAST({text} AS DATE)"
    return (
        f"CASE WHEN regexp_full_match({text}, '{DAY}') AND {date} >= DATE '0001-01-01' "
        f"THEN {date} END"
    )


def date_error(text: str, shown: str) -> str:
    """SQL of what is wrong with text that should be missing or a date, or NULL.

    ``shown`` is SQL that adds the column and its text to the name of the reason.
    """
    return f"CASE WHEN {text} IS NOT NULL AND {date_of(text)} IS NULL THEN 'bad-date'{shown} END"
