"""Chunks of a file in DuckDB: columns of text, each row with its line.

A chunk is the temporary table or view ``chunk``: ``line`` BIGINT, ``error`` VARCHAR (the reason
why the row cannot be used, or NULL) and ``c0``, ``c1``, ... VARCHAR, the requested columns in
order. A missing value and empty text are both NULL. Columns of times and numbers that the file
declares as such are there a second time as they are, ``t2`` for ``c2``.

DuckDB derives much from the name of a file: partitions from ``column=value`` folders, remote
systems from ``scheme:``, patterns from ``*``, compression from the suffix. It is therefore given
absolute paths of files that are named here, and all such features are off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attrigraph.staging.blocks import BOM, RejectedLines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.staging.blocks import Block

MAX_LINE_BYTES: Final = 4_000_000
"""Length of the longest line that DuckDB must hold: the longest record, escaped."""

NO_NAME_FEATURES: Final = "hive_partitioning = false, union_by_name = false, filename = false"
"""SQL arguments of ``read_csv`` and ``read_parquet`` that turn off what follows from names."""

TEXT_FEATURES: Final = (
    f"{NO_NAME_FEATURES}, auto_detect = false, header = false, compression = 'none', "
    f"new_line = '\\n', max_line_size = {MAX_LINE_BYTES}, comment = '', nullstr = ''"
)


INSTANT: Final = "TIMESTAMP WITH TIME ZONE"
NUMBERS: Final = ("DOUBLE", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")
"""Types whose values mean the same as their text does."""


def typed_columns(columns: Sequence[str], types: Mapping[str, str]) -> dict[str, str]:
    """Types of the columns of a chunk that have one of their own, by their names there."""
    kinds = {f"t{i}": types.get(column, "") for i, column in enumerate(columns)}
    return {name: kind for name, kind in kinds.items() if kind in {INSTANT, *NUMBERS}}


@dataclass(frozen=True, slots=True)
class Chunk:
    """What was put into ``chunk``.

    Attributes:
        n_rows: rows in it.
        rejected: lines that are not in it.
    """

    n_rows: int
    rejected: RejectedLines = field(default_factory=RejectedLines)


def write_chunk(
    database: duckdb.DuckDBPyConnection,
    folder: Path,
    block: Block,
    *,
    select: str,
    reading: str,
) -> Chunk:
    """Make ``chunk`` from a block of records.

    Args:
        database: where.
        folder: where the block may lie while DuckDB reads it.
        block: the records.
        select: SQL of ``error`` and the columns.
        reading: SQL of the format's own arguments of ``read_csv``.
    """
    path = folder / "block.csv"
    with path.open("wb") as file:
        # DuckDB drops one byte order mark, so that one of the data itself stays
        file.write(BOM)
        file.write(block.data)
    try:
        drop_chunk(database)
        database.execute(
            f"CREATE TEMP TABLE chunk_rows AS SELECT {select} "
            f"FROM read_csv($path, {reading}, {TEXT_FEATURES})",
            {"path": escaped_path(path)},
        )
    finally:
        path.unlink(missing_ok=True)
    n_rows = database.execute("SELECT count(*) FROM chunk_rows").fetchall()[0][0]
    if n_rows != len(block.lines):
        raise AssertionError(f"{len(block.lines)} records were read as {n_rows} rows")
    _number_lines(database, block.lines)
    return Chunk(n_rows, block.rejected)


def drop_chunk(database: duckdb.DuckDBPyConnection) -> None:
    """Remove the chunk before, if there is one."""
    database.execute("DROP VIEW IF EXISTS chunk; DROP TABLE IF EXISTS chunk_rows")


def _number_lines(database: duckdb.DuckDBPyConnection, lines: NDArray[np.int64]) -> None:
    """Give each row its line; rows lie in the order of the records."""
    if len(lines) and lines[-1] - lines[0] == len(lines) - 1:
        numbered = f"rowid + {int(lines[0])} AS line, * FROM chunk_rows"
    else:
        database.execute("DROP TABLE IF EXISTS chunk_lines")
        database.register("registered_lines", {"line": lines})
        database.execute("CREATE TEMP TABLE chunk_lines AS SELECT line FROM registered_lines")
        database.unregister("registered_lines")
        numbered = (
            "line, chunk_rows.* FROM chunk_rows JOIN chunk_lines "
            "ON chunk_rows.rowid = chunk_lines.rowid"
        )
    database.execute(f"CREATE TEMP VIEW chunk AS SELECT {numbered}")


def escaped_path(path: Path) -> str:
    """The absolute path as DuckDB must see it to take no character of it for a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.absolute()))


def quoted(text: str) -> str:
    """Text as an SQL literal, where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"
