"""A DuckDB file with the tables of an export, filled by batches of rows.

Every form of export is made of this file, so all of them have the same rows in the same order.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import duckdb

from attrigraph.errors import ExportError
from attrigraph.export.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from attrigraph.export.schema import Table

BATCH: Final = 10_000
"""Rows that are held at a time."""
MEMORY: Final = "1GB"
"""What DuckDB may hold; the rest is in files next to the database."""

_NAMED: Final = {table.name: table for table in TABLES}
_PATHS: Final = """
INSERT INTO path_by_day
WITH journey AS (
  SELECT run, day, conversion, any_value(coalesce(conversion_value, 0)) AS value,
    list(coalesce(channel, '?') ORDER BY touched, "position", touch) AS path
  FROM touch_credit GROUP BY run, day, conversion
)
SELECT run, day, path, len(path), count(*), fsum(value) FROM journey GROUP BY run, day, path
"""
"""Paths of the touches that the touch model credits, as the query ``top_paths_of_run``."""


@contextmanager
def new_tables(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new database file with empty tables, complete on disk when the block ends.

    Raises:
        ExportError: it cannot be written.
    """
    with export_errors(file), duckdb.connect(str(file)) as database:
        settings = {
            "memory_limit": MEMORY,
            "TimeZone": "UTC",
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
            "enable_progress_bar": False,
        }
        for name, value in settings.items():
            database.execute(f"SET {name} = $value", {"value": value})
        for table in TABLES:
            database.execute(f"CREATE TABLE {table.name} ({definition(table)})")
        yield database
        database.execute("CHECKPOINT")


@contextmanager
def open_tables(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a file, to be read, with the same bound of memory."""
    with duckdb.connect(str(file), read_only=True) as database:
        database.execute("SET memory_limit = $memory", {"memory": MEMORY})
        yield database


def definition(table: Table) -> str:
    """The columns of a table, as ``CREATE TABLE`` of DuckDB and Postgres takes them."""
    return ", ".join(
        f'"{column.name}" {column.type}{" NOT NULL" if column.required else ""}'
        for column in table.columns
    )


def write_rows(
    database: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Mapping[str, Any]], folder: Path
) -> None:
    """Write rows of a table by batches, each of which is a file for a moment.

    Args:
        database: with the table.
        name: of the table.
        rows: each with the columns of the table, in any order.
        folder: for the files.
    """
    table, scratch, left = _NAMED[name], folder / "batch.jsonl", iter(rows)
    types = {column.name: column.type for column in table.columns}
    while batch := list(islice(left, BATCH)):
        with scratch.open("w", encoding="utf-8") as lines:
            lines.writelines(
                f"{json.dumps(row, default=_text, allow_nan=False)}\n" for row in batch
            )
        database.execute(
            f"INSERT INTO {name} BY NAME SELECT * FROM read_json($file, "
            "format = 'newline_delimited', columns = $types)",
            {"file": str(scratch), "types": types},
        )
        scratch.unlink()


def _text(value: object) -> str:
    """A day or an instant, the only values of rows that JSON lacks."""
    assert isinstance(value, date)
    return value.isoformat()


def write_paths(database: duckdb.DuckDBPyConnection) -> None:
    """Write the table of paths, which follow from the credit of touches."""
    database.execute(_PATHS)


def count_rows(database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows by table."""
    return {table.name: database.table(table.name).count("*").fetchall()[0][0] for table in TABLES}


def ordered(table: Table, columns: str = "*") -> str:
    """The query of a table's rows in the order of its key."""
    return f"SELECT {columns} FROM {table.name} ORDER BY {', '.join(table.key)}"


@contextmanager
def export_errors(target: Path) -> Iterator[None]:
    """Raise failures of the disk in this block as ``ExportError``."""
    try:
        yield
    except duckdb.Error as error:
        raise ExportError(f"cannot write {target}: {str(error).splitlines()[0]}") from error
    except OSError as error:
        raise ExportError(f"cannot write {target}: {error.strerror or error}") from error
