"""Events that a tool writes twice: into a table of all events and into a table of their own.

Segment and RudderStack do so. The table of all events, ``tracks``, has no values, and seldom ids of
orders, so that most of its rows do not have the ids of those in the other table.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from attrigraph.staging.duplicates import DUPLICATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from attrigraph.staging.bindings import Binding

SAME: Final = ("owner", "time", "nanosecond", "kind")
"""What the two rows of an event agree in."""


def resolve_tables(database: duckdb.DuckDBPyConnection, bindings: Sequence[Binding]) -> None:
    """Make rows without a value duplicates of those in a file of the same layout with values.

    Args:
        database: where; ids are joined.
        bindings: of the files.
    """
    for files in _same_layout(bindings):
        valued = _valued(database, files)
        bare = [file for file in files if file not in valued]
        if valued and bare:
            _resolve(database, bare, sorted(valued))


def _same_layout(bindings: Sequence[Binding]) -> list[list[int]]:
    """Numbers of files of one layout whose conversions are known by their names, where several."""
    files: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, binding in enumerate(bindings):
        table = binding.table
        if table.rows == "events" and table.conversions:
            files[table.conversions, table.where, *table.expressions.items()].append(number)
    return [numbers for numbers in files.values() if len(numbers) > 1]


def _valued(database: duckdb.DuckDBPyConnection, files: Sequence[int]) -> set[int]:
    """Those of the files in which any conversion has a value."""
    rows = database.execute(
        "SELECT DISTINCT file FROM event_row WHERE reason IS NULL AND value > 0 "
        "AND list_contains($files, file)",
        {"files": list(files)},
    ).fetchall()
    return {row[0] for row in rows}


def _resolve(
    database: duckdb.DuckDBPyConnection, bare: Sequence[int], valued: Sequence[int]
) -> None:
    equal = " AND ".join(f"own.{name} = bare.{name}" for name in SAME)
    database.execute(
        f"""
        UPDATE event_store SET reason = '{DUPLICATE}' WHERE rowid IN (
            SELECT bare.rowid FROM owned_event AS bare JOIN owned_event AS own ON {equal}
            WHERE bare.conversion AND own.conversion AND bare.reason IS NULL AND own.reason IS NULL
                AND list_contains($bare, bare.file) AND list_contains($valued, own.file))""",
        {"bare": list(bare), "valued": list(valued)},
    )
