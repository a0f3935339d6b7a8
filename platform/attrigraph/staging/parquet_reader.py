"""Parquet files: columns, and the whole file as one portion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from attrigraph.errors import InputError
from attrigraph.staging.database import first_line
from attrigraph.staging.portions import Portion, escaped_path, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def parquet_types(path: Path, database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """DuckDB's type of each column, by name.

    Raises:
        InputError: when the file is no Parquet file.
    """
    try:
        described = database.execute(f"DESCRIBE SELECT * FROM {_source(path)}").fetchall()
    except duckdb.Error as error:
        raise InputError(f"{path} cannot be read as Parquet: {first_line(error)}") from error
    return {str(row[0]): str(row[1]) for row in described}


def parquet_portions(
    path: Path, columns: Sequence[str], *, database: duckdb.DuckDBPyConnection
) -> Iterator[Portion]:
    """Put the file into ``portion``, line 1 being its first row.

    Raises:
        InputError: when a column that is read holds lists or structures.
    """
    types = parquet_types(path, database)
    for column in columns:
        if types[column].endswith("]") or types[column].startswith(("STRUCT", "MAP", "UNION")):
            raise InputError(
                f"{path}: its column {column!r} is of type {types[column]}, not of single values."
            )
    texts = [f'CAST("{_escaped(column)}" AS VARCHAR)' for column in columns]
    nul = f"contains(concat_ws('', {', '.join(texts)}), chr(0))" if texts else "false"
    values = ", ".join(f"nullif({text}, '') AS c{i}" for i, text in enumerate(texts))
    database.execute("DROP VIEW IF EXISTS portion; DROP TABLE IF EXISTS laid_down")
    database.execute(
        "CREATE TEMP VIEW portion AS SELECT file_row_number + 1 AS line, "
        f"CASE WHEN {nul} THEN 'nul-byte' END AS fault, {values} "
        f"FROM {_source(path, 'file_row_number = true')}"
    )
    rows = database.execute(f"SELECT count(*) FROM {_source(path)}").fetchall()[0][0]
    yield Portion(rows)


def _source(path: Path, *arguments: str) -> str:
    return f"read_parquet({', '.join([quoted(escaped_path(path)), *arguments])})"


def _escaped(name: str) -> str:
    return name.replace('"', '""')
