"""CSV files: header and chunks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.staging.backslashes import Unescaped
from attrigraph.staging.blocks import BOM, MAX_RECORD_BYTES, is_text
from attrigraph.staging.chunks import Chunk, quoted, write_chunk
from attrigraph.staging.csv_records import (
    ESCAPES,
    BadQuotesError,
    OpenQuoteError,
    blocks,
    parse_record,
)
from attrigraph.staging.signatures import check_signature
from attrigraph.staging.text_encoding import Bytes, open_text, other_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from attrigraph.staging.blocks import Block
    from attrigraph.staging.formats import Format


PREAMBLE_LINES: Final = 64
"""Lines at the start of a file among which its header is looked for."""


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Where the rows of a CSV file are.

    Attributes:
        delimiter: separator of the fields.
        skip: lines before the header: how many, or the text with which each of them starts.
        names: names of the columns of a file without a header; None reads the header.
        footer: texts with which lines start that are no rows, such as a copyright.
        escaped: whether fields are never quoted, as ``Table.escaped``.
    """

    delimiter: str
    skip: int | str = 0
    names: tuple[str, ...] | None = None
    footer: tuple[str, ...] = ()
    escaped: bool = False


def csv_header(path: Path, form: Format, layout: CsvLayout) -> list[str]:
    """Names of the columns, after the lines that are skipped.

    Raises:
        InputError: when the file is not text, or its first line is not a header.
    """
    with _opened(path, form, layout) as stream:
        return _start(path, form, stream, layout)[0]


@contextmanager
def _opened(path: Path, form: Format, layout: CsvLayout) -> Iterator[Bytes]:
    with open_text(path, form) as stream:
        yield Unescaped(stream, layout.delimiter) if layout.escaped else stream


def possible_headers(path: Path, form: Format, delimiter: str) -> list[list[str]]:
    """The fields of each of the first lines, any of which may be the header.

    Raises:
        InputError: when the file is not text.
    """
    with open_text(path, form) as stream:
        start = stream.read(MAX_RECORD_BYTES)
    check_signature(path, start)
    lines = start.removeprefix(BOM).split(b"\n")[:PREAMBLE_LINES]
    return [_fields(line + b"\n", delimiter) for line in lines]


def is_utf8(path: Path, form: Format) -> bool:
    """Whether the start of a file is UTF-8, or text in the encoding that its format states."""
    with open_text(path, form) as stream:
        start = stream.read(MAX_RECORD_BYTES)
    return is_text(start[: start.rfind(b"\n") + 1] or start)


def _fields(line: bytes, delimiter: str) -> list[str]:
    """Fields of a line; none where it is no record."""
    try:
        fields, _ = parse_record(line, 0, delimiter.encode())
        return [field.decode() for field in fields]
    except (BadQuotesError, OpenQuoteError, UnicodeDecodeError):
        return []


def csv_chunks(
    path: Path,
    form: Format,
    layout: CsvLayout,
    columns: Sequence[str],
    *,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> Iterator[Chunk]:
    """Put one chunk after another into ``chunk``.

    Raises:
        InputError: when the file breaks off.
    """
    with _opened(path, form, layout) as stream:
        header, rest, line = _start(path, form, stream, layout)
        names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
        reading = (
            f"columns = {{{names}}}, delim = {quoted(layout.delimiter)}, "
            "quote = '\"', escape = '\"', strict_mode = true"
        )
        positions = [header.index(column) for column in columns]
        for block in blocks(
            stream,
            rest,
            delimiter=layout.delimiter.encode(),
            width=len(header),
            line=line,
            footer=tuple(text.encode() for text in layout.footer),
        ):
            select = ", ".join(["NULL::VARCHAR AS error", *_selected(positions, block)])
            yield write_chunk(database, folder, block, select=select, reading=reading)


def _selected(positions: list[int], block: Block) -> list[str]:
    columns = [f"c{position}" for position in positions]
    if block.escaped:
        # The sign itself was escaped first, so it is put back last.
        for plain, escape in reversed(ESCAPES):
            columns = [
                f"replace({column}, {_characters(escape)}, {_characters(plain)})"
                for column in columns
            ]
    return [f"{column} AS c{i}" for i, column in enumerate(columns)]


def _characters(text: bytes) -> str:
    return " || ".join(f"chr({code})" for code in text)


def _start(
    path: Path, form: Format, stream: Bytes, layout: CsvLayout
) -> tuple[list[str], bytes, int]:
    """The header, the bytes that were read behind it, and the line on which those start."""
    start = stream.read(MAX_RECORD_BYTES)
    check_signature(path, start)
    start = start.removeprefix(BOM)
    if layout.names is not None:
        return list(layout.names), start, 1
    return _read_header(path, form, start, layout)


def _read_header(
    path: Path, form: Format, start: bytes, layout: CsvLayout
) -> tuple[list[str], bytes, int]:
    """As ``_start``, of a file with a header."""
    body = _skipped(start, layout.skip).lstrip(b"\r\n")
    if not body.strip():
        raise InputError(f"{path} is empty; it must hold a header")
    line = 1 + start[: len(start) - len(body)].count(b"\n")
    if b"\n" not in body:
        if len(start) >= MAX_RECORD_BYTES - len(BOM):
            raise InputError(
                f"{path} is not CSV: its first line is longer than a million characters"
            )
        body += b"\n"
    header, end = _header_fields(path, form, body, layout.delimiter)
    return header, body[end + 1 :], line + 1 + body.count(b"\n", 0, end)


def _header_fields(path: Path, form: Format, body: bytes, delimiter: str) -> tuple[list[str], int]:
    """Names of the columns, and the position of the line end after them."""
    try:
        fields, end = parse_record(body, 0, delimiter.encode())
        header = [field.decode() for field in fields]
    except (BadQuotesError, OpenQuoteError) as error:
        raise InputError(
            f"{path}: its first line is not a header: its quotes do not match"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not CSV: its first line {other_encoding(form)}") from error
    if any("\0" in name for name in header):
        raise InputError(f"{path} is not CSV: its first line holds NUL bytes")
    if any("\r" in name for name in header):
        raise InputError(f"{path}: its lines end in CR alone; save it with LF or CRLF")
    return header, end


def _skipped(start: bytes, skip: int | str) -> bytes:
    """The bytes without lines that are before the header."""
    lines = start.split(b"\n")
    if isinstance(skip, int):
        return b"\n".join(lines[skip:])
    first = next((i for i, line in enumerate(lines) if not line.startswith(skip.encode())), None)
    return b"\n".join(lines[first:]) if first is not None else b""
