"""Reads experiments from a CSV file: the conversions they found a channel or campaign to cause."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import Experiment
from attrigraph.domain.experiment import default_id
from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.spend.rates import check_currency
from attrigraph.staging.text_files import read_text, separator_advice

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED: Final = ("lift", "standard_error", "start", "end")
"""Columns without which there is no experiment; one of channel and campaign is needed, too."""

NUMBERS: Final = ("lift", "standard_error")

OPTIONAL_TEXTS: Final = ("channel", "campaign", "kind", "currency", "source")


def read_experiments(path: Path) -> tuple[Experiment, ...]:
    """The experiments of a file.

    Args:
        path: CSV with the columns channel or campaign, lift (conversions caused from start to end),
            standard_error, start and end (days, inclusive), and optionally id, kind,
            spend, currency, population and source.

    Raises:
        InputError: the file cannot be read, a line is not as described, or an id occurs twice.
    """
    rows = csv.DictReader(StringIO(read_text(path, "experiments"), newline=""))
    try:
        columns = rows.fieldnames or ()
        missing = [name for name in REQUIRED if name not in columns]
        if not {"channel", "campaign"} & set(columns):
            missing.insert(0, "channel")
        if missing:
            raise InputError(
                f"{path} needs the columns channel or campaign, {', '.join(REQUIRED)}; it lacks"
                f" {', '.join(missing)}, and its columns are {listed_names(columns)}"
                f"{separator_advice(columns)}"
            )
        experiments: dict[str, Experiment] = {}
        lines: dict[str, int] = {}
        for row in rows:
            place = f"{path}:{rows.line_num}"
            # a row of more cells than the header has holds the rest as a list
            first = lines.setdefault(str(list(row.values())), rows.line_num)
            if first != rows.line_num and not row.get("id"):
                raise InputError(
                    f"{place} repeats line {first}; give each an id if they are two experiments"
                )
            read = _experiment(place, row, rows.line_num, experiments)
            experiments[read.id] = read
    except csv.Error as error:
        raise InputError(f"cannot read the experiments {path}: {error}") from error
    if not experiments:
        raise InputError(f"{path} holds no experiment; write one per line")
    return tuple(experiments.values())


def _experiment(
    place: str, row: dict[str, str | None], line: int, before: dict[str, Experiment]
) -> Experiment:
    try:
        start, end = (date.fromisoformat(row[name] or "") for name in ("start", "end"))
        lift, standard_error = (float(row[name] or "") for name in NUMBERS)
        spend = float(row["spend"] or "") if row.get("spend") else None
        population = int(row["population"] or "") if row.get("population") else None
    except ValueError as error:
        raise InputError(
            f"{place}: lift, standard_error, spend and population must be numbers, start and end"
            f" days such as 2026-06-01 ({error})"
        ) from error
    texts: dict[str, Any] = {
        name: text for name in OPTIONAL_TEXTS if (text := (row.get(name) or "").strip())
    }
    key = (row.get("id") or "").strip()
    if not key:
        key = default_id(texts.get("channel") or texts.get("campaign"), start, end)
        key = f"{key} ({line})" if key in before else key
    elif key in before:
        raise InputError(f"{place}: experiment {key!r} occurs twice")
    try:
        if "currency" in texts:
            texts["currency"] = texts["currency"].upper()
            check_currency(texts["currency"])
        return Experiment(
            id=key,
            lift=lift,
            standard_error=standard_error,
            start=start,
            end=end,
            spend=spend,
            population=population,
            **texts,
        )
    except InputError as error:
        raise InputError(f"{place}: {error}") from error
