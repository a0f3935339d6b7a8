"""Where the rows of a file of unknown form are: its delimiter and the line of its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.staging.readers import reader

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from attrigraph.staging.readers import Reader

DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class FoundLayout:
    """How to read a file.

    Attributes:
        reading: the reader.
        delimiter: separator of the fields of CSV where it is not the one of the file's suffix.
        skip: lines before the header.
    """

    reading: Reader
    delimiter: str | None = None
    skip: int = 0


def find_layout(
    path: Path,
    header: Path | None,
    *,
    encoding: str | None = None,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> FoundLayout:
    """The layout of a file; of CSV the delimiter that gives most fields, and the widest line.

    Args:
        path: the file.
        header: file that holds the header of a CSV file without one; None for none.
        encoding: of text without a byte order mark; None for UTF-8.
        database: where the file is read.
        folder: a folder that may be written.

    Raises:
        InputError: there is no such file, or it is not what its name says.
    """
    plain = reader(path, encoding=encoding, database=database, folder=folder)
    if plain.form.name != "csv":
        return FoundLayout(plain)
    lines = {mark: plain.possible_headers(mark) for mark in (plain.form.delimiter, *DELIMITERS)}
    delimiter = max(lines, key=lambda mark: _width(lines[mark]))
    reading = plain.with_layout(delimiter=delimiter)
    own = None if delimiter == plain.form.delimiter else delimiter
    if header is not None:
        names = reader(header, delimiter, encoding=encoding, database=database, folder=folder)
        columns = tuple(names.header(every_line=False))
        return FoundLayout(reading.with_layout(names=columns), own)
    width = _width(lines[delimiter])
    if _n_columns(reading) == width:  # a header may have more than one line
        return FoundLayout(reading, own)
    skip = _line_of_header(lines[delimiter], width)
    return FoundLayout(reading.with_layout(skip=skip), own, skip)


def _width(lines: list[list[str]]) -> int:
    """Number of fields that most lines have; lines with one field say nothing of a delimiter."""
    widths = [len(line) for line in lines if len(line) > 1]
    return max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 1


def _n_columns(reading: Reader) -> int:
    """Number of columns of the first line's header; 0 if it is none."""
    try:
        return len(reading.header(every_line=False))
    except InputError:
        return 0


def _line_of_header(lines: list[list[str]], width: int) -> int:
    """The first line with as many fields as most lines, all of them filled."""
    full = (i for i, line in enumerate(lines) if len(line) == width and all(map(str.strip, line)))
    return next(full, 0)
