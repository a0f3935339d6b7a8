"""Events that a tool writes twice: into a table of all events and into a table of their own.

Segment and RudderStack do so. The table of all events, ``tracks``, has no values, and seldom ids of
orders, so that most of its rows do not have the ids of those in the other table. Both have the id
of the message. A row without a value becomes part of the one with it.

``cypher/ingest/merge_messages`` and ``graph.history.compare`` do the same with separate loads.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from attrigraph.staging.sessions import MERGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from attrigraph.staging.bindings import Binding

SAME: Final = ("owner", "time", "nanosecond", "kind")
"""What the two rows of an event agree in."""


SAME_ID: Final = f"""
UPDATE event_store SET reason = '{MERGED}' FROM (
    SELECT rowid AS row, value = 0 AND max(value) OVER event > 0 AS bare
    FROM owned_event WHERE conversion AND reason IS NULL AND id IS NOT NULL
    WINDOW event AS (PARTITION BY id, {", ".join(SAME)}))
WHERE event_store.rowid = row AND bare
"""
"""SQL that merges rows of one conversion."""

SAME_MESSAGE: Final = f"""
UPDATE event_store SET reason = '{MERGED}' FROM (
    SELECT bare.rowid AS row FROM event AS bare
    JOIN event AS own ON own.message_id = bare.id AND own.kind = bare.kind
    WHERE bare.conversion AND own.conversion AND bare.reason IS NULL AND own.reason IS NULL
        AND bare.value IN (0, own.value)) AS merged
WHERE event_store.rowid = merged.row
"""
"""SQL that merges rows of the same message."""


def resolve_tables(database: duckdb.DuckDBPyConnection, bindings: Sequence[Binding]) -> None:
    """Merge rows without a value into those of the same event with a value.

    Rows of one conversion are of one event, and rows of one message; where files have no ids of
    messages, rows of one customer, time and kind in a file with values and in another without any.

    Args:
        database: where; ids are joined.
        bindings: of the files.
    """
    database.execute(SAME_ID)
    if any(binding.gives("message_id") for binding in bindings):
        database.execute(SAME_MESSAGE)
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
        UPDATE event_store SET reason = '{MERGED}' WHERE rowid IN (
            SELECT bare.rowid FROM owned_event AS bare JOIN owned_event AS own ON {equal}
            WHERE bare.conversion AND own.conversion AND bare.reason IS NULL AND own.reason IS NULL
                AND list_contains($bare, bare.file) AND list_contains($valued, own.file))""",
        {"bare": list(bare), "valued": list(valued)},
    )
