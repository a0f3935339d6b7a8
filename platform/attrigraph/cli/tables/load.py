"""The outcome of a load as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.data_health import health_sentences
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.graph.ingest import Ingested
    from attrigraph.services.load import LoadReport
    from attrigraph.staging import StagedCounts

CELL: Final = 12
"""Cells of a number and of its heading."""


def as_lines(report: LoadReport, *, width: int = 80) -> list[str]:
    """Lines with the outcome of rows and events.

    Args:
        report: of the load.
        width: of the terminal; where columns have no room in it, each number has a line.
    """
    rows = report.rows
    lines = _counted("rows", {"": _rows(rows)}, width)
    if report.events is None:
        events = {"touches": rows.touches, "conversions": rows.conversions}
        lines += ["", *_counted("found", {"": {**events, "customers": rows.customers}}, width)]
        lines += ["", "dry run: the graph is unchanged"]
    else:
        lines += ["", *_counted("events", _outcomes(report.events), width)]
        rate = report.events.events / max(report.seconds, 1e-9)
        pace = f", {counted(rate, 'event')}/s" if rate >= 1 else ""
        lines += ["", f"{report.seconds:.1f} s{pace} ({report.mode})"]
    lines += (f"note: {note}" for note in report.notes)
    return [*lines, *health_sentences(report.data_health)]


def _rows(rows: StagedCounts) -> dict[str, int]:
    """Counts of rows; those that only some mappings have, where there are any."""
    counts = {"read": rows.read, "taken": rows.taken, "duplicates": rows.duplicates}
    some = {"ignored": rows.ignored, "merged": rows.merged}
    return {
        **counts,
        **{name: number for name, number in some.items() if number},
        "rejected": rows.rejected,
    }


def _outcomes(events: Ingested) -> dict[str, dict[str, int]]:
    from attrigraph.services.load import events_json

    return {
        name: {
            "in files": sum(counts.values()),
            "written": counts["written"],
            "present": counts["present"],
            "rejected": counts["rejected"],
        }
        for name, counts in events_json(events).items()
    }


def _counted(title: str, counts: dict[str, dict[str, int]], width: int) -> list[str]:
    """Counts as lines: one per entry of ``counts``, or one per number where those are too wide."""
    heads = list(next(iter(counts.values())))
    table = [
        f"{title:<{CELL}} " + " ".join(f"{head:>{CELL}}" for head in heads),
        *(
            f"{name:<{CELL}} " + " ".join(f"{number:>{CELL},}" for number in numbers.values())
            for name, numbers in counts.items()
        ),
    ]
    if max(map(len, table)) <= width:
        return table
    lines = []
    for name, numbers in counts.items():
        lines.append(name or title)
        lines += (f"  {head:<{CELL}} {number:>{CELL},}" for head, number in numbers.items())
    return lines
