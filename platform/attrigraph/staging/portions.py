"""Portions of a file: text columns in DuckDB, each row with its line.

A portion is the temporary table or view ``portion``: ``line`` BIGINT, ``fault`` VARCHAR (the
reason why the row cannot be used, or NULL) and ``c0``, ``c1``, ... VARCHAR, the columns asked for
in their order; a missing value and empty text are both NULL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.staging.csv_records import Block

LONGEST_LINE: Final = 4_000_000
"""Bytes that DuckDB must hold of one line: the longest record, escaped."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What was put into ``portion``.

    Attributes:
        rows: rows in it.
        refused: line and reason of rows that are not in it.
    """

    rows: int
    refused: list[tuple[int, str]] = field(default_factory=list)


def lay_down(
    database: duckdb.DuckDBPyConnection,
    folder: Path,
    block: Block,
    *,
    select: str,
    reading: str,
) -> Portion:
    """Make ``portion`` from a block of records.

    Args:
        database: where.
        folder: where the block may lie while DuckDB reads it.
        block: the records.
        select: SQL of ``fault`` and the columns.
        reading: SQL of the other arguments of ``read_csv``.
    """
    path = folder / "block.csv"
    path.write_bytes(block.data)
    try:
        database.execute("DROP VIEW IF EXISTS portion; DROP TABLE IF EXISTS laid_down")
        database.execute(
            f"CREATE TEMP TABLE laid_down AS SELECT {select} FROM read_csv($path, {reading}, "
            f"auto_detect = false, header = false, max_line_size = {LONGEST_LINE}, "
            "comment = '', nullstr = '')",
            {"path": escaped_path(path)},
        )
    finally:
        path.unlink(missing_ok=True)
    rows = database.execute("SELECT count(*) FROM laid_down").fetchall()[0][0]
    if rows != len(block.lines):
        raise AssertionError(f"{len(block.lines)} records were read as {rows} rows")
    _number_lines(database, block.lines)
    return Portion(rows, block.refused)


def _number_lines(database: duckdb.DuckDBPyConnection, lines: NDArray[np.int64]) -> None:
    """Give each row its line; rows lie in the order of the records."""
    if len(lines) and lines[-1] - lines[0] == len(lines) - 1:
        numbered = f"rowid + {int(lines[0])} AS line, * FROM laid_down"
    else:
        database.execute("DROP TABLE IF EXISTS line_of")
        database.register("lines_given", {"line": lines})
        database.execute("CREATE TEMP TABLE line_of AS SELECT line FROM lines_given")
        database.unregister("lines_given")
        numbered = (
            "line, laid_down.* FROM laid_down JOIN line_of ON laid_down.rowid = line_of.rowid"
        )
    database.execute(f"CREATE TEMP VIEW portion AS SELECT {numbered}")


def escaped_path(path: Path) -> str:
    """The path as DuckDB must see it to take no character of it for a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def quoted(text: str) -> str:
    """Text as an SQL literal, where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"
