"""Rows that share an id: equal ones count once, others are rejected.

Of several rows with one id and different content the one whose content sorts first is taken (of
events: the earliest), so that the order of rows and files decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.staging.columns import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from numpy.typing import NDArray

DUPLICATE: Final = "duplicate"
"""Takes the place of a reason for a row that equals one that is taken."""

HASHES_PER_CALL: Final = 5_000_000
"""Number of rows whose hashes are compared together."""


PART: Final = "key_hash % {1}::UBIGINT = {0}::UBIGINT"
"""SQL of whether a hash is in one of so many parts."""


def resolve_duplicates(
    database: duckdb.DuckDBPyConnection,
    relation: str,
    key: str,
    content: Sequence[str],
    *,
    key_hash: str | None = None,
    keyed: str | None = None,
    table: str | None = None,
    prefer: Sequence[str] = (),
) -> None:
    """Leave one row per key without ``reason``; others become ``duplicate`` or ``other-content``.

    Args:
        database: where.
        relation: a table with ``file``, ``line`` and ``reason``.
        key: SQL of the id.
        content: columns that must agree; they decide, in this order, which row is taken.
        key_hash: SQL of a number in which rows of one id agree, others hardly ever; None for that
            of ``key``.
        keyed: a relation of the same rows that takes less time where ``key_hash`` is all that is
            read; None for ``relation``.
        table: what holds the rows if the relation is a view of it.
        prefer: columns that decide which of several equal rows is taken, NULL last.
    """
    key_hash, table = key_hash or f"hash({key})", table or relation
    count = _count(database, table)
    if not count:
        return
    hashes = f"SELECT {key_hash} AS key_hash FROM {keyed or relation} WHERE reason IS NULL"
    repeated = _repeated(database, hashes, count)
    if not len(repeated):
        return
    database.register("registered_twins", {"twin_hash": repeated})
    columns = ", ".join([*content, *prefer])
    database.execute(f"""
        UPDATE {table} SET reason = outcome FROM (
            SELECT row, row_number() OVER by_content AS rank,
                CASE WHEN hash = first_value(hash) OVER by_content
                    THEN '{DUPLICATE}' ELSE 'other-content' END AS outcome
            FROM (
                SELECT {relation}.rowid AS row, {key} AS twin_key, file, line, {columns},
                    {digest(*content)} AS hash
                FROM {relation} JOIN registered_twins ON {key_hash} = twin_hash
                WHERE reason IS NULL)
            WINDOW by_content AS (PARTITION BY twin_key ORDER BY {columns}, file, line)
        ) AS resolved
        WHERE {table}.rowid = resolved.row AND rank > 1""")
    database.unregister("registered_twins")


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _repeated(database: duckdb.DuckDBPyConnection, hashes: str, count: int) -> NDArray[np.uint64]:
    """The hashes that several of so many rows have, some millions of rows at a time."""
    parts = count // HASHES_PER_CALL + 1
    if parts == 1:
        return _repeated_in(database, hashes)
    return np.concatenate(
        [
            _repeated_in(database, f"FROM ({hashes}) WHERE {PART.format(part, parts)}")
            for part in range(parts)
        ]
    )


def _repeated_in(database: duckdb.DuckDBPyConnection, hashes: str) -> NDArray[np.uint64]:
    found = database.execute(hashes).fetchnumpy()["key_hash"]
    ordered = np.asarray(found, np.uint64)
    ordered.sort()  # in place, as it is large
    # not np.unique, which takes a hundred times as long as the sort
    same = ordered[1:] == ordered[:-1]
    repeated: NDArray[np.uint64] = ordered[1:][same & ~np.append(False, same[:-1])]
    return repeated
