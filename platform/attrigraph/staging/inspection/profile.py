"""What a file's columns hold, by its first rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.staging.inspection.contents import Content, content_of
from attrigraph.staging.inspection.layout import find_layout
from attrigraph.staging.inspection.unread import UnreadLines, unread_lines

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from attrigraph.staging.readers import Reader

SAMPLE_ROWS: Final = 10_000
"""Rows at the start of a file that are looked at."""


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column.

    Attributes:
        name: its name.
        filled: fraction of the rows in which it has a value.
        content: what its values are.
    """

    name: str
    filled: float
    content: Content


@dataclass(frozen=True, slots=True)
class FileProfile:
    """A file.

    Attributes:
        path: the file.
        delimiter: separator of the fields of CSV where it is not the one of the file's suffix.
        skip: lines before the header.
        rows: rows that were looked at.
        unread: lines up to the last of these rows that hold no row.
        columns: its columns, in their order.
    """

    path: Path
    delimiter: str | None
    skip: int
    rows: int
    unread: tuple[UnreadLines, ...]
    columns: tuple[ColumnProfile, ...]

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> ColumnProfile:
        """The column of a name."""
        return next(column for column in self.columns if column.name == name)


def profile_of(
    path: Path,
    header: Path | None,
    *,
    encoding: str | None = None,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> FileProfile:
    """Look at the first rows of a file.

    Args:
        path: the file.
        header: file that holds the header of a CSV file without one; None for none.
        encoding: of text without a byte order mark; None for UTF-8.
        database: where the rows are parsed.
        folder: a folder that may be written.

    Raises:
        InputError: the file as a whole cannot be read.
    """
    layout = find_layout(path, header, encoding=encoding, database=database, folder=folder)
    names = list(dict.fromkeys(layout.reading.header(every_line=False)))
    rows, unread = _sample(layout.reading, names, database)
    columns = tuple(
        _profile(database, name, f"c{number}", rows) for number, name in enumerate(names)
    )
    return FileProfile(path, layout.delimiter, layout.skip, rows, unread, columns)


def _sample(
    reading: Reader, names: list[str], database: duckdb.DuckDBPyConnection
) -> tuple[int, tuple[UnreadLines, ...]]:
    """Put the first rows into ``sample``; their number, and the lines before them without a row."""
    database.execute("DROP TABLE IF EXISTS sample")
    for chunk in reading.chunks(names, frozenset(names)):
        database.execute(
            f"CREATE TEMP TABLE sample AS FROM chunk WHERE error IS NULL LIMIT {SAMPLE_ROWS}"
        )
        unread = unread_lines(database, chunk.rejected)
        break
    else:
        columns = ", ".join(f"NULL::VARCHAR AS c{i}" for i in range(len(names)))
        database.execute(f"CREATE TEMP TABLE sample AS SELECT {columns} WHERE false")
        unread = ()
    [(rows,)] = database.execute("SELECT count(*) FROM sample").fetchall()
    return int(rows), unread


def _profile(
    database: duckdb.DuckDBPyConnection, name: str, column: str, rows: int
) -> ColumnProfile:
    [(filled,)] = database.execute(f"SELECT count({column}) FROM sample").fetchall()
    return ColumnProfile(name, filled / rows if rows else 0.0, content_of(database, column))
