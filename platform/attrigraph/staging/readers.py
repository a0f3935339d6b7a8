"""Readers of files: one face for CSV, JSON lines and Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.staging.csv_reader import csv_header, csv_portions
from attrigraph.staging.formats import Format, format_of
from attrigraph.staging.json_reader import json_keys, json_portions
from attrigraph.staging.parquet_reader import parquet_portions, parquet_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from attrigraph.staging.portions import Portion


@dataclass(frozen=True, slots=True)
class Reader:
    """One file and how it is read.

    Attributes:
        path: the file.
        form: its format.
        delimiter: what stands between fields of CSV.
    """

    path: Path
    form: Format
    delimiter: str

    def header(self, database: duckdb.DuckDBPyConnection, *, every_line: bool) -> list[str]:
        """Names of the columns.

        Args:
            database: what may read the file.
            every_line: whether to look for keys in all lines of JSON, not in the first thousand.

        Raises:
            InputError: when the file as a whole cannot be read.
        """
        match self.form.name:
            case "csv":
                return csv_header(self.path, self.form, self.delimiter)
            case "json":
                return json_keys(self.path, self.form, every_line=every_line)
            case "parquet":
                return list(parquet_types(self.path, database))

    def texts(self, database: duckdb.DuckDBPyConnection) -> frozenset[str]:
        """Columns that the file itself declares to be text."""
        if self.form.name != "parquet":
            return frozenset()
        types = parquet_types(self.path, database)
        return frozenset(name for name, kind in types.items() if kind == "VARCHAR")

    def portions(
        self, columns: Sequence[str], *, database: duckdb.DuckDBPyConnection, folder: Path
    ) -> Iterator[Portion]:
        """Put one portion after another into ``portion``.

        Args:
            columns: names of those that are read; they become ``c0``, ``c1``, ...
            database: where.
            folder: a folder that may be written.

        Raises:
            InputError: when the file turns out to be damaged.
        """
        match self.form.name:
            case "csv":
                return csv_portions(
                    self.path, self.form, self.delimiter, columns, database=database, folder=folder
                )
            case "json":
                return json_portions(
                    self.path, self.form, columns, database=database, folder=folder
                )
            case "parquet":
                return parquet_portions(self.path, columns, database=database)


def reader(path: Path, delimiter: str | None = None) -> Reader:
    """The reader of a file, by its name.

    Raises:
        InputError: when there is no such file, or none of that format is read.
    """
    form = format_of(path)
    return Reader(path, form, delimiter or form.delimiter)
