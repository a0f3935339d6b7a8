"""Ids of orders that a tool made decimals: ``1001.0`` for ``1001``, as pandas does with blanks.

Where all ids of a file are such decimals they are read as the whole numbers, so that refunds and
conversions of one order find each other whichever file went through such a tool. A column in which
only some are is left as it is, for there the two may be different orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import digest
from attrigraph.staging.refund_rows import CONTENT

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding

DECIMAL: Final = r"'([+-]?[0-9]+)\.0+'"
"""SQL of the regular expression of a whole number that is written as a decimal."""


def read_as_whole(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> int:
    """Read decimals as whole numbers where all ids of orders of a file are such.

    Args:
        database: where; the file is read to its end.
        binding: of the file.
        file: its number.

    Returns:
        How many rows have such an id.
    """
    rows = binding.table.rows
    if not binding.gives("order_id") or rows not in ("events", "refunds", "order-lines"):
        return 0
    if rows == "order-lines":
        return _join(database, "order_line", "order_id", file)
    count = _join(database, "refund", "order_id", file)
    if rows == "events":  # without ids of their own, conversions have those of their orders
        count += _join(database, "event_store", _column(binding), file)
    return count


def _column(binding: Binding) -> str:
    return "order_id" if binding.gives("event_id") else "id"


def _join(database: duckdb.DuckDBPyConnection, table: str, column: str, file: int) -> int:
    given = f"file = $file AND {column} IS NOT NULL AND NOT starts_with({column}, chr(0))"
    count, is_decimal = database.execute(
        f"SELECT count(*), bool_and(regexp_full_match({column}, {DECIMAL})) "
        f"FROM {table} WHERE {given}",
        {"file": file},
    ).fetchall()[0]
    if not is_decimal:
        return 0
    whole = f"regexp_extract({column}, {DECIMAL}, 1)"
    changed = f"{column} = {whole}"
    if table == "refund":  # ids that are made of the order are those of the whole number
        made = digest(*(whole if name == column else name for name in CONTENT))
        changed += f", id = CASE WHEN id = {digest(*CONTENT)} THEN {made} ELSE id END"
    database.execute(f"UPDATE {table} SET {changed} WHERE {given}", {"file": file})
    return int(count)
