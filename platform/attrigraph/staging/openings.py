"""Ways to open a file: its tables may differ in where they expect the header and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.staging.bindings import Opening, missing_fields, tables_for
from attrigraph.staging.column_patterns import with_columns_of
from attrigraph.staging.readers import reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from attrigraph.staging.mapping import Source, Table
    from attrigraph.staging.readers import Reader


DELIMITERS: Final = (",", "\t", ";")
"""What may separate fields of files with a preamble, whatever their suffix states."""


OTHERS: Final = (";", "\t", "|", ",")
"""What may separate fields where the suffix states something else, as Excel does by country."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What tables state about the text and lines of a file; see ``Table``."""

    delimiter: str | None
    encoding: str | None
    skip: int | str
    preamble: bool
    footer: tuple[str, ...]
    escaped: bool


def openings(
    path: Path,
    source: Source,
    header: Path | None,
    *,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> list[Opening]:
    """The ways to open a file, each with the tables that it may hold then.

    Args:
        path: the file.
        source: the tables.
        header: file that holds the header of CSV files without one; None for none.
        database: where the file is read.
        folder: a folder that may be written.

    Raises:
        InputError: there is no such file, or no way to read its columns.
    """
    tables = tables_for(path, source)
    found: list[Opening] = []
    errors: list[InputError] = []
    for layout, own in _by_layout(tables).items():
        reading = reader(
            path,
            layout.delimiter,
            encoding=layout.encoding,
            database=database,
            folder=folder,
        )
        try:
            found += _opened(reading, layout, own, header)
        except InputError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _by_layout(tables: list[Table]) -> dict[Layout, list[Table]]:
    by_layout: dict[Layout, list[Table]] = {}
    for table in tables:
        layout = Layout(
            table.delimiter,
            table.encoding,
            table.skip,
            table.preamble,
            table.footer,
            table.escaped,
        )
        by_layout.setdefault(layout, []).append(table)
    return by_layout


def _opened(
    reading: Reader, layout: Layout, tables: list[Table], header: Path | None
) -> Iterator[Opening]:
    if reading.form.name != "csv":
        any_key = any(table.rows == "customers" for table in tables)
        yield _opening(reading, reading.header(every_line=any_key), tables)
    elif layout.preamble:
        own = layout.delimiter or reading.layout.delimiter
        delimiters = [own] if layout.delimiter else dict.fromkeys([own, *DELIMITERS])
        lines = {mark: reading.possible_headers(mark) for mark in delimiters}
        for table in tables:
            yield _after_preamble(reading, lines, table)
    else:
        plain = reading.with_layout(skip=layout.skip, footer=layout.footer, escaped=layout.escaped)
        plain = plain if layout.delimiter else _separated(plain)
        if header is None or _has_header(plain, tables):
            yield _opening(plain, plain.header(every_line=False), tables)
        else:
            names = _names(header, plain)
            yield _opening(plain.with_layout(names=tuple(names)), names, tables)


def _separated(reading: Reader) -> Reader:
    """The same, with another delimiter where its own leaves one column whose name holds that."""
    try:
        header = reading.header(every_line=False)
    except InputError:
        return reading
    other = next((mark for mark in OTHERS if mark in header[0]), None) if len(header) == 1 else None
    return reading if other is None else reading.with_layout(delimiter=other)


def _has_header(reading: Reader, tables: list[Table]) -> bool:
    """Whether the file's own header has the columns that one of the tables needs."""
    try:
        header = reading.header(every_line=False)
    except InputError:
        return False
    found = _opening(reading, header, tables)
    return any(not missing_fields(table, header) for table in found.tables)


def _after_preamble(reading: Reader, lines: dict[str, list[list[str]]], table: Table) -> Opening:
    """The file from the line on that has the most of the columns that the table needs.

    Args:
        reading: the file.
        lines: fields of the first lines by the delimiter that separates them then.
        table: what the rows may be.
    """

    def n_missing(place: tuple[str, int]) -> int:
        header = lines[place[0]][place[1]]
        return len(missing_fields(with_columns_of(table, header), header))

    places = [(mark, skip) for mark, own in lines.items() for skip in range(len(own))]
    complete = (place for place in places if n_missing(place) == 0)
    mark, skip = next(complete, None) or min(places, key=n_missing)
    header = lines[mark][skip]
    layout = reading.with_layout(delimiter=mark, skip=skip, footer=table.footer)
    return _opening(layout, header, [table])


def _opening(reading: Reader, header: list[str], tables: list[Table]) -> Opening:
    return Opening(reading, header, [with_columns_of(table, header) for table in tables])


def _names(header: Path, like: Reader) -> list[str]:
    """The columns that a file of their names holds."""
    own = reader(
        header,
        like.layout.delimiter,
        encoding=like.form.encoding,
        database=like.database,
        folder=like.folder,
    )
    return _separated(own).header(every_line=False)
