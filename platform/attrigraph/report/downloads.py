"""Tables of the report as CSV files inside the page: links that hold the whole file."""

from __future__ import annotations

import csv
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from attrigraph.domain import RobustnessCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attrigraph.attribution.observed.summary import PathRow
    from attrigraph.domain import Attribution, HealthLine, ModelCredits, Robustness
    from attrigraph.report.changes import Change
    from attrigraph.report.data import LoadOutcome

SEPARATOR = " > "
"""Between the channels of a path."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that spreadsheets run: names come from outside, as ``utm_campaign`` does."""


def credit_csv(attribution: Attribution) -> str:
    """The link of all credits of a level, one row per model and key, as in JSON."""
    return csv_link(attribution.rows())


def triggered_csv(model: ModelCredits) -> str:
    """The link of the shares of triggered touches."""
    return csv_link([asdict(share) for share in model.triggered])


def health_csv(lines: Iterable[HealthLine]) -> str:
    """The link of data health."""
    return csv_link([line.to_json() for line in lines])


def paths_csv(paths: Sequence[PathRow], unknown: str) -> str:
    """The link of the top paths."""
    return csv_link(
        [
            {
                "path": SEPARATOR.join(unknown if key is None else key for key in path.keys),
                "conversions": path.conversions,
                "journeys": path.conversions + path.nulls,
                "value": path.value,
            }
            for path in paths
        ]
    )


def changes_csv(rows: Iterable[Change]) -> str:
    """The link of the changes against the run before."""
    return csv_link(
        [{**asdict(row), "difference": row.difference} for row in rows],
    )


def robustness_csv(robustness: Robustness | None) -> str:
    """The link of the checks of robustness, the first row without a change."""
    if robustness is None:
        return csv_link([])
    first = RobustnessCheck("nothing", robustness.best, robustness.worst)
    return csv_link([asdict(check) for check in (first, *robustness.checks)])


def loads_csv(loads: Iterable[LoadOutcome]) -> str:
    """The link of the loads; several files or notes are in one cell."""
    return csv_link(
        [
            {**asdict(load), "files": " ".join(load.files), "notes": "; ".join(load.notes)}
            for load in loads
        ]
    )


def csv_link(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of the same columns as a ``data:`` address; without rows an empty file.

    Text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    text = StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _inert(cell) for name, cell in row.items()} for row in rows)
    return f"data:text/csv;charset=utf-8,{quote(text.getvalue())}"


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
