"""Parquet files: columns, and the whole file as one chunk."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import duckdb

from attrigraph.errors import InputError
from attrigraph.staging.chunks import (
    NO_NAME_FEATURES,
    Chunk,
    drop_chunk,
    escaped_path,
    quoted,
    typed_columns,
)
from attrigraph.staging.database import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ROW_NUMBER: Final = "file_row_number"
"""Column that DuckDB adds to a file which has none of that name."""


def parquet_types(
    path: Path, *, database: duckdb.DuckDBPyConnection, folder: Path
) -> dict[str, str]:
    """DuckDB's type of each column, by name.

    Raises:
        InputError: when the file is not a Parquet file, or names differ in capitals alone.
    """
    link = _link(path, folder)
    try:
        described = database.execute(f"DESCRIBE SELECT * FROM {parquet_source(link)}").fetchall()
        schema = database.execute(f"SELECT name FROM parquet_schema({_literal(link)})").fetchall()
    except duckdb.Error as error:
        raise InputError(f"cannot read {path} as Parquet: {first_line(error)}") from error
    stored = {str(row[0]) for row in schema}
    renamed = [str(row[0]) for row in described if row[0] not in stored]
    if renamed:
        raise InputError(
            f"{path} has columns whose names differ in capitals alone, or not at all; rename one "
            f"of them (read as {', '.join(renamed)})"
        )
    return {str(row[0]): str(row[1]) for row in described}


def parquet_chunks(
    path: Path,
    columns: Sequence[str],
    nested: frozenset[str] = frozenset(),
    *,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> Iterator[Chunk]:
    """Put the file into ``chunk``, line 1 being its first row; ``nested`` columns as JSON.

    Raises:
        InputError: when a column that is read holds lists or structures.
    """
    types = parquet_types(path, database=database, folder=folder)
    for column in columns:
        if column not in nested and _is_nested(types[column]):
            raise InputError(
                f"{path}: its column {column!r} must hold single values, not {types[column]}"
            )
    link = _link(path, folder)
    texts = [_text(column, types[column]) for column in columns]
    values = [f"nullif({text}, '') AS c{i}" for i, text in enumerate(texts)]
    values += [f"{_named(columns[int(t[1:])])} AS {t}" for t in typed_columns(columns, types)]
    line, arguments = _numbering(types)
    drop_chunk(database)
    database.execute(
        f"CREATE TEMP VIEW chunk AS SELECT {line} AS line, "
        f"{_nul_error(columns, types)} AS error, {', '.join(values)} "
        f"FROM {parquet_source(link, *arguments)}"
    )
    n_rows = database.execute(f"SELECT count(*) FROM {parquet_source(link)}").fetchall()[0][0]
    yield Chunk(n_rows)


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))


def _text(column: str, kind: str) -> str:
    """SQL of a column as text, of lists and structures as JSON."""
    name = _named(column)
    return f"CAST({f'to_json({name})' if _is_nested(kind) else name} AS VARCHAR)"


def _nul_error(columns: Sequence[str], types: dict[str, str]) -> str:
    """SQL of the reason to reject a row with a NUL character; times and numbers have none."""
    typed = typed_columns(columns, types)
    texts = [_text(c, types[c]) for i, c in enumerate(columns) if f"t{i}" not in typed]
    # one case per text, which takes less time than one condition on all of them
    cases = " ".join(f"WHEN contains({text}, chr(0)) THEN 'nul-byte'" for text in texts)
    return f"CASE {cases} END" if cases else "NULL::VARCHAR"


def _numbering(types: dict[str, str]) -> tuple[str, list[str]]:
    """SQL of a row's number from 1, and the arguments of ``read_parquet`` that it needs."""
    if any(name.lower() == ROW_NUMBER for name in types):
        return "row_number() OVER ()", []
    return f"{ROW_NUMBER} + 1", [f"{ROW_NUMBER} = true"]


def _link(path: Path, folder: Path) -> Path:
    """A link to the file under a plain name, for DuckDB derives much from names."""
    target = path.absolute()
    name = hashlib.sha256(os.fsencode(target)).hexdigest()[:16]
    link = folder / f"{name}.parquet"
    with suppress(FileExistsError):
        link.symlink_to(target)
    return link


def parquet_source(path: Path, *arguments: str) -> str:
    """SQL of the rows of a file; only its content matters, not its name."""
    return f"read_parquet({', '.join([_literal(path), NO_NAME_FEATURES, *arguments])})"


def _literal(path: Path) -> str:
    return quoted(escaped_path(path))


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
