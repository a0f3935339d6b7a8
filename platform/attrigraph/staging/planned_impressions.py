"""Reads the impressions that are planned from a CSV file."""

from __future__ import annotations

import csv
from io import StringIO
from math import isfinite
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.fatigue.planned import PlannedImpressions
from attrigraph.staging.text_files import read_text, separator_advice

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: Final = ("creative_id", "impressions")
"""Columns that every such file has."""

KEYS: Final = ("creative_id", "audience_id")


def read_planned_impressions(path: Path) -> PlannedImpressions:
    """The plan of a file.

    Args:
        path: CSV with the columns creative_id and impressions (per day), and optionally
            audience_id; without it, the impressions are those of all audiences.

    Raises:
        InputError: the file cannot be read, a line is not as described, a creative occurs twice, or
            once as a whole and once by audience.
    """
    rows = csv.DictReader(StringIO(read_text(path, "planned impressions"), newline=""))
    plans: dict[tuple[str, str | None], float] = {}
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(
                f"{path} needs the columns creative_id and impressions; it lacks "
                f"{', '.join(missing)}{separator_advice(rows.fieldnames or ())}"
            )
        for row in rows:
            place = f"{path}:{rows.line_num}"
            creative, audience = ((row.get(name) or "").strip() for name in KEYS)
            if not creative:
                raise InputError(f"{place}: creative_id is empty; write the id of a creative")
            if (creative, audience or None) in plans:
                raise InputError(f"{place} plans {creative} a second time; write one line for it")
            plans[creative, audience or None] = _number(place, row["impressions"])
    except csv.Error as error:
        raise InputError(f"cannot read the planned impressions {path}: {error}") from error
    if not plans:
        raise InputError(f"{path} holds no planned impressions; write a creative per line")
    for creative, audience in plans:
        if audience is not None and (creative, None) in plans:
            raise InputError(
                f"{path} plans {creative} both as a whole and by audience; leave out one of them"
            )
    return PlannedImpressions(plans)


def _number(place: str, text: str | None) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = -1.0
    if not (isfinite(number) and number >= 0):
        raise InputError(
            f"{place}: impressions must be a number per day of at least 0, got {text or ''!r}"
        )
    return number
