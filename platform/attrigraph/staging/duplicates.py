"""Rows that share an id: equal ones count once, others are rejected.

Of several rows with one id and different content the one whose content sorts first is taken (of
events: the earliest), so that the order of rows and files decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

DUPLICATE: Final = "duplicate"
"""Takes the place of a reason for a row that equals one that is taken."""


def resolve_duplicates(
    database: duckdb.DuckDBPyConnection,
    relation: str,
    key: str,
    content: Sequence[str],
    *,
    key_hash: str | None = None,
    table: str | None = None,
) -> None:
    """Leave one row per key without ``reason``; others become ``duplicate`` or ``other-content``.

    Args:
        database: where.
        relation: a table with ``file``, ``line`` and ``reason``.
        key: SQL of the id.
        content: columns that must agree; they decide, in this order, which row is taken.
        key_hash: SQL of a number in which rows of one id agree, others hardly ever; None for that
            of ``key``.
        table: what holds the rows if the relation is a view of it.
    """
    key_hash, table = key_hash or f"hash({key})", table or relation
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE twin AS SELECT {key_hash} AS twin_hash FROM {relation} "
        "WHERE reason IS NULL GROUP BY twin_hash HAVING count(*) > 1"
    )
    if not database.execute("SELECT count(*) FROM twin").fetchall()[0][0]:
        return
    columns = ", ".join(content)
    database.execute(f"""
        UPDATE {table} SET reason = outcome FROM (
            SELECT row, row_number() OVER by_content AS rank,
                CASE WHEN hash = first_value(hash) OVER by_content
                    THEN '{DUPLICATE}' ELSE 'other-content' END AS outcome
            FROM (
                SELECT {relation}.rowid AS row, {key} AS twin_key, file, line, {columns},
                    {digest(*content)} AS hash
                FROM {relation} JOIN twin ON {key_hash} = twin_hash WHERE reason IS NULL)
            WINDOW by_content AS (PARTITION BY twin_key ORDER BY {columns}, file, line)
        ) AS resolved
        WHERE {table}.rowid = resolved.row AND rank > 1""")
