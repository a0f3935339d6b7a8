"""Rows that come twice: equal ones count once, others under the same id are refused.

Of several rows with one id and different content the one whose content sorts first is taken (of
events: the earliest), so that the order of rows and files decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

REPEATED: Final = "repeated"
"""Stands where a reason would, for a row that equals one that is taken."""


def settle_repeats(
    database: duckdb.DuckDBPyConnection, relation: str, key: str, content: Sequence[str]
) -> None:
    """Leave one row a key without ``reason``; others become ``repeated`` or ``other-content``.

    Args:
        database: where.
        relation: a table with ``file``, ``line`` and ``reason``.
        key: SQL of the id.
        content: columns that must agree; they decide, in this order, which row is taken.
    """
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE twin AS SELECT {key} AS twin_key FROM {relation} "
        "WHERE reason IS NULL GROUP BY twin_key HAVING count(*) > 1"
    )
    if not database.execute("SELECT count(*) FROM twin").fetchall()[0][0]:
        return
    columns = ", ".join(content)
    database.execute(f"""
        UPDATE {relation} SET reason = fate FROM (
            SELECT place, row_number() OVER by_content AS rank,
                CASE WHEN hash = first_value(hash) OVER by_content
                    THEN '{REPEATED}' ELSE 'other-content' END AS fate
            FROM (
                SELECT {relation}.rowid AS place, twin_key, file, line, {columns},
                    {digest(*content)} AS hash
                FROM {relation} JOIN twin ON {key} = twin_key WHERE reason IS NULL)
            WINDOW by_content AS (PARTITION BY twin_key ORDER BY {columns}, file, line)
        ) AS settled
        WHERE {relation}.rowid = place AND rank > 1""")
