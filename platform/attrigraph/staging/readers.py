"""Readers of files: one interface for CSV, JSON lines and Parquet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from attrigraph.staging.csv_reader import (
    CsvLayout,
    csv_chunks,
    csv_header,
    is_utf8,
    possible_headers,
)
from attrigraph.staging.formats import Format, format_of
from attrigraph.staging.json_reader import json_chunks, json_keys
from attrigraph.staging.parquet_reader import parquet_chunks, parquet_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from attrigraph.staging.chunks import Chunk


@dataclass(frozen=True, slots=True)
class Reader:
    """One file and how it is read.

    Attributes:
        path: the file.
        form: its format.
        layout: where the rows of CSV are.
        database: where the file is read.
        folder: a folder that may be written.
    """

    path: Path
    form: Format
    layout: CsvLayout
    database: duckdb.DuckDBPyConnection
    folder: Path

    def header(self, *, every_line: bool) -> list[str]:
        """Names of the columns.

        Args:
            every_line: whether to look for keys in all lines of JSON, not in the first thousand.

        Raises:
            InputError: when the file as a whole cannot be read.
        """
        match self.form.name:
            case "csv":
                return csv_header(self.path, self.form, self.layout)
            case "json":
                return json_keys(
                    self.path,
                    self.form,
                    every_line=every_line,
                    database=self.database,
                    folder=self.folder,
                )
            case "parquet":
                return list(self._parquet_types())

    def possible_headers(self, delimiter: str) -> list[list[str]]:
        """The fields of each of the first lines of CSV."""
        return possible_headers(self.path, self.form, delimiter)

    def is_utf8(self) -> bool:
        """Whether the start of a text file is UTF-8 when read; true of other formats."""
        return self.form.name != "csv" or is_utf8(self.path, self.form)

    def with_layout(self, **changes: Any) -> Reader:
        """The same reader with another layout."""
        return replace(self, layout=replace(self.layout, **changes))

    def types(self) -> dict[str, str]:
        """DuckDB's type of each column, by name; empty where the file declares none."""
        return self._parquet_types() if self.form.name == "parquet" else {}

    def _parquet_types(self) -> dict[str, str]:
        return parquet_types(self.path, database=self.database, folder=self.folder)

    def chunks(
        self, columns: Sequence[str], nested: frozenset[str] = frozenset()
    ) -> Iterator[Chunk]:
        """Put one chunk after another into ``chunk``.

        Args:
            columns: names of those that are read; they become ``c0``, ``c1``, ...
            nested: those of them that may hold lists and structures, which come as JSON.

        Raises:
            InputError: when the file turns out to be damaged.
        """
        database, folder = self.database, self.folder
        match self.form.name:
            case "csv":
                return csv_chunks(
                    self.path,
                    self.form,
                    self.layout,
                    columns,
                    database=database,
                    folder=folder,
                )
            case "json":
                return json_chunks(
                    self.path, self.form, columns, nested, database=database, folder=folder
                )
            case "parquet":
                return parquet_chunks(self.path, columns, nested, database=database, folder=folder)


def reader(
    path: Path,
    delimiter: str | None = None,
    *,
    encoding: str | None = None,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> Reader:
    """The reader of a file, by its name.

    Args:
        path: the file.
        delimiter: separator of the fields of CSV; None leaves it to the suffix.
        encoding: of text without a byte order mark; None for UTF-8.
        database: where the file is read.
        folder: a folder that may be written.

    Raises:
        InputError: when there is no such file, or its format cannot be read.
    """
    form = replace(format_of(path), encoding=encoding)
    return Reader(path, form, CsvLayout(delimiter or form.delimiter), database, folder)
