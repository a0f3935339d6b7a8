"""The outcome of a load as a table for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.data_health import health_sentences
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.graph.ingest import Ingested
    from attrigraph.graph.order_lines import WrittenLines
    from attrigraph.graph.refunds import WrittenRefunds
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
    if any(_ids(rows).values()):
        lines += ["", *_counted("ids", {"": _ids(rows)}, width)]
    if report.events is None:
        found = {
            "touches": rows.touches,
            "conversions": rows.conversions,
            **({"refunds": rows.refunds} if rows.refunds else {}),
            **({"order lines": rows.order_lines} if rows.order_lines else {}),
            "customers": rows.customers,
        }
        lines += ["", *_counted("found", {"": found}, width)]
        lines += ["", "dry run: the graph is unchanged"]
    else:
        lines += ["", *_counted("events", _outcomes_of(report, report.events), width)]
        if days := _days(report):
            lines += ["", *_counted("days of", days, width)]
        rate = report.events.events / max(report.seconds, 1e-9)
        pace = f", {counted(rate, 'event')}/s" if rate >= 1 else ""
        lines += ["", f"{report.seconds:.1f} s{pace} ({report.mode})"]
    return lines


def sentences(report: LoadReport) -> list[str]:
    """Notes and data health of a load."""
    notes = (f"note: {note}" for note in report.notes)
    return [*notes, *health_sentences(report.data_health)]


def _rows(rows: StagedCounts) -> dict[str, int]:
    """Counts of rows; those that only some mappings have, where there are any."""
    counts = {"read": rows.read, "taken": rows.taken, "duplicates": rows.duplicates}
    some = {"ignored": rows.ignored, "merged": rows.merged}
    return {
        **counts,
        **{name: number for name, number in some.items() if number},
        "rejected": rows.rejected,
    }


def _ids(rows: StagedCounts) -> dict[str, int]:
    """Counts of ids by what became of them."""
    return {
        "joined": rows.joined_ids,
        "conflicting": rows.conflicting_ids,
        "separated": rows.separated_ids,
    }


_OF_FILES: Final = ("written", "present", "merged", "rejected")
"""What becomes of the events of files."""


def _outcomes_of(report: LoadReport, events: Ingested) -> dict[str, dict[str, int]]:
    return _outcomes(events, report.refunds, report.order_lines)


def _outcomes(
    events: Ingested, refunds: WrittenRefunds | None, lines: WrittenLines | None
) -> dict[str, dict[str, int]]:
    from attrigraph.services.load import events_json, lines_json, refunds_json

    by_name = events_json(events)
    given = {
        "moved": events.moved_touches + events.moved_conversions,
        "merged": events.merged_conversions,
    }
    further = [name for name, number in given.items() if number]
    if refunds is not None and (refunds.written or refunds.present or refunds.rejected):
        by_name["refunds"] = refunds_json(refunds)
    if lines is not None and (lines.written or lines.present or lines.rejected):
        by_name["order lines"] = lines_json(lines)
    return {
        name: {
            "in files": sum(counts.get(name, 0) for name in _OF_FILES),
            "written": counts["written"],
            "present": counts["present"],
            "rejected": counts["rejected"],
            **{name: counts.get(name, 0) for name in further},
        }
        for name, counts in by_name.items()
    }


def _days(report: LoadReport) -> dict[str, dict[str, int]]:
    """Days of spend and of claims by what became of them, where the files have any."""
    days = {"spend": report.spend, "claims": report.claims}
    counts = {name: asdict(written) for name, written in days.items() if written is not None}
    return {
        name: {"in files": sum(numbers.values()), **numbers}
        for name, numbers in counts.items()
        if any(numbers.values())
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
