"""CSV bytes to blocks of clean records with their line numbers.

DuckDB parses records fast but does not report their lines, so this pass goes first. It takes out
malformed rows, each with its line, and passes on bytes that DuckDB reads as exactly one row per
record. Blocks without anything odd are checked with NumPy, others record by record.

CSV follows RFC 4180, with two leniencies: lines may end in LF or CRLF, and a quote within an
unquoted field is a character like any other. Blank lines are no rows.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.staging.blocks import (
    BLOCK_BYTES,
    LF,
    MAX_RECORD_BYTES,
    Block,
    BlockBuilder,
    RejectedLines,
    is_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.staging.text_encoding import Bytes

QUOTED: Final = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"')
CR: Final = 13
QUOTE: Final = 34

FOOTER: Final = "footer"
"""Takes the place of a reason for a line after the rows that is none of them."""

ALONE: Final = "alone"
"""Takes the place of a reason for a line of one field, until it is known whether it is a footer."""

SIGN: Final = b"\x1d"
ESCAPES: Final = ((b"\x1d", b"\x1d0"), (b"\n", b"\x1d1"), (b"\r", b"\x1d2"))
"""How line ends within a field, and the sign itself, are written in an escaped block."""


class OpenQuoteError(Exception):
    """A quoted field has no end within the bytes at hand."""


class BadQuotesError(Exception):
    """Text follows a closing quote."""


def parse_record(buffer: bytes, start: int, delimiter: bytes) -> tuple[list[bytes], int]:
    """The fields of the record that starts there, and the position of the line end after it.

    The buffer must hold a line end at or after ``start``.

    Raises:
        OpenQuoteError: when a quoted field is not closed.
        BadQuotesError: when text follows a closing quote.
    """
    fields: list[bytes] = []
    end = buffer.index(b"\n", start)
    while True:
        if buffer.startswith(b'"', start):
            match = QUOTED.match(buffer, start)
            if match is None or match.end() == len(buffer):
                raise OpenQuoteError
            fields.append(match[1].replace(b'""', b'"'))
            stop = match.end()
            if stop > end and (end := buffer.find(b"\n", stop)) < 0:
                raise OpenQuoteError
        else:
            stop = buffer.find(delimiter, start, end)
            stop = _line_stop(buffer, start, end) if stop < 0 else stop
            fields.append(buffer[start:stop])
        if stop == _line_stop(buffer, stop, end):
            return fields, end
        if not buffer.startswith(delimiter, stop):
            raise BadQuotesError
        start = stop + 1


def _line_stop(buffer: bytes, start: int, end: int) -> int:
    """Where the text of the line stops: before LF, and before the CR of a CRLF."""
    return end - 1 if end > start and buffer[end - 1] == CR else end


def join_fields(fields: list[bytes], delimiter: bytes) -> bytes:
    """One record as a line, escaped and quoted, that DuckDB reads back into the same fields."""
    return delimiter.join(_written(text, delimiter) for text in fields)


def _written(text: bytes, delimiter: bytes) -> bytes:
    for plain, escape in ESCAPES:
        text = text.replace(plain, escape)
    if b'"' in text or delimiter in text:
        return b'"' + text.replace(b'"', b'""') + b'"'
    return text


def blocks(
    stream: Bytes,
    rest: bytes,
    *,
    delimiter: bytes,
    width: int,
    line: int,
    footer: tuple[bytes, ...] = (),
) -> Iterator[Block]:
    """All records of a stream that is positioned behind the header.

    Args:
        stream: bytes, not compressed.
        rest: bytes before those of the stream, which were read with the header.
        delimiter: one byte, the separator of fields.
        width: how many fields a record must have.
        line: the line on which ``rest`` starts.
        footer: texts with which lines start that are no rows; such lines have the reason
            ``FOOTER``, and so have lines of one field around them after the last record.
    """
    while True:
        read = stream.read(BLOCK_BYTES)
        buffer = rest + read
        if not read and buffer and not buffer.endswith(b"\n"):
            buffer += b"\n"
        reader = BlockReader(buffer, delimiter, width, line, final=not read, footer=footer)
        block = reader.read()
        rest, line = reader.rest, reader.line
        if len(block.lines) or len(block.rejected):
            yield block
        if not read:
            return


class BlockReader:
    """Takes the whole records out of one buffer.

    Attributes:
        rest: after ``read``, what was left over.
        line: after ``read``, the line on which the rest starts.
    """

    def __init__(
        self,
        buffer: bytes,
        delimiter: bytes,
        width: int,
        line: int,
        *,
        final: bool,
        footer: tuple[bytes, ...] = (),
    ) -> None:
        self.rest = b""
        self.line = line
        self._buffer = buffer
        self._delimiter = delimiter
        self._width = width
        self._final = final
        self._footer = (*footer, *(b'"' + text for text in footer))
        self._position = 0
        self._builder = BlockBuilder()

    def read(self) -> Block:
        """The records; call this once."""
        whole = self._buffer[: self._buffer.rfind(b"\n") + 1]
        plain = None
        if not self._has_footer(whole):
            plain = plain_records(whole, self._delimiter, self._width)
        if plain is not None:
            count = plain.count(b"\n")
            lines = self.line + np.arange(count)
            self.rest = self._buffer[len(whole) :]
            self.line += count
            return Block(plain, lines)
        while self._next():
            pass
        return with_whole_footer(self._builder.build())

    def _has_footer(self, whole: bytes) -> bool:
        """Whether a line may be part of the footer."""
        starts = (b"\n" + text for text in self._footer)
        return whole.startswith(self._footer) or any(start in whole for start in starts)

    def _next(self) -> bool:
        """Take one record; False when the buffer holds no further whole one."""
        end = self._buffer.find(b"\n", self._position)
        if end < 0:
            # Of an endless line a bit too much is kept, so that it is rejected at its end.
            self.rest = self._buffer[self._position :][-(MAX_RECORD_BYTES + 1) :]
            return False
        record = self._buffer[self._position : _line_stop(self._buffer, self._position, end)]
        if len(record) > MAX_RECORD_BYTES:
            self._reject("too-long", end)
        elif not record:
            self._pass(end)
        elif b'"' in record:
            return self._quoted(end)
        else:
            self._take(record, record.split(self._delimiter), end)
        return True

    def _quoted(self, end: int) -> bool:
        """Take a record with quotes, which may run over several lines, or reject its first line."""
        try:
            fields, last = parse_record(self._buffer, self._position, self._delimiter)
        except BadQuotesError:
            self._reject("bad-quotes", end)
            return True
        except OpenQuoteError:
            if not self._final and len(self._buffer) - self._position <= MAX_RECORD_BYTES:
                self.rest = self._buffer[self._position :]
                return False
            self._reject("unclosed-quote", end)
            return True
        if last - self._position > MAX_RECORD_BYTES:
            self._reject("unclosed-quote", end)
            return True
        self._take(self._buffer[self._position : last], fields, last)
        return True

    def _take(self, record: bytes, fields: list[bytes], end: int) -> None:
        """Keep a record that ends at ``end``, or reject it."""
        if b"\0" in record:
            self._reject("nul-byte", end)
        elif not is_text(record):
            self._reject("not-utf8", end)
        elif self._footer and record.startswith(self._footer):
            self._reject(FOOTER, end)
        elif len(fields) != self._width:
            alone = bool(self._footer) and len(fields) == 1
            self._reject(ALONE if alone else "ragged", end)
        else:
            escaped = b'"' in record or SIGN in record or b"\r" in record
            text = join_fields(fields, self._delimiter) if escaped else record
            self._builder.add(text, self.line, escaped=escaped)
            self._pass(end)

    def _reject(self, reason: str, end: int) -> None:
        self._builder.reject(self.line, reason)
        self._pass(end)

    def _pass(self, end: int) -> None:
        self.line += 1 + self._buffer.count(b"\n", self._position, end)
        self._position = end + 1


def with_whole_footer(block: Block) -> Block:
    """The block with reasons for lines of one field; those at the end with a footer belong to it.

    Reports end with their name and that of a company, which are any text, beside known lines.
    """
    reasons, lines = block.rejected.reasons, block.rejected.lines
    if ALONE not in reasons:
        return block
    last = block.lines[-1] if len(block.lines) else 0
    after = [line > last for line in lines.tolist()]
    ended = any(late and reason == FOOTER for late, reason in zip(after, reasons, strict=True))
    found = (
        (FOOTER if late and ended else "ragged") if reason == ALONE else reason
        for late, reason in zip(after, reasons, strict=True)
    )
    return replace(block, rejected=RejectedLines(lines, tuple(found)))


def plain_records(whole: bytes, delimiter: bytes, width: int) -> bytes | None:
    """The same lines with LF at their ends if every line is one good record, else None."""
    if b"\r" in whole and whole.count(b"\r") != whole.count(b"\r\n"):
        return None
    if not whole or SIGN in whole or b"\0" in whole or not is_text(whole):
        return None
    signs = np.frombuffer(whole, np.uint8)
    ends = np.flatnonzero(signs == LF)
    delimiters = np.flatnonzero(signs == delimiter[0])
    if b'"' in whole:
        quotes = np.flatnonzero(signs == QUOTE)
        if not _quotes_conform(signs, quotes, delimiter[0]) or _within(quotes, ends).any():
            return None
        delimiters = delimiters[~_within(quotes, delimiters)]
    if (
        not _widths_agree(ends, delimiters, width)
        or np.diff(ends, prepend=-1).max() > MAX_RECORD_BYTES
    ):
        return None
    lines = whole.replace(b"\r\n", b"\n") if b"\r" in whole else whole
    # A blank line shows in the number of fields unless there is but one.
    blank = width == 1 and (lines.startswith(b"\n") or b"\n\n" in lines)
    return None if blank else lines


def _within(quotes: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which places lie within quotes: those with an odd number of quotes before them."""
    return (np.searchsorted(quotes, places) & 1).astype(bool)


def _quotes_conform(signs: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Whether every quote opens a field, closes it, or is written twice within it."""
    if len(quotes) & 1:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, signs[opening - 1], LF)
    after = signs[np.minimum(closing + 1, len(signs) - 1)]
    # A quote written twice reads as a closing one and, at once, an opening one.
    twice = np.zeros(len(opening) + 1, dtype=bool)
    twice[1:-1] = opening[1:] == closing[:-1] + 1
    opens = (before == delimiter) | (before == LF) | twice[:-1]
    closes = (after == delimiter) | (after == LF) | (after == CR) | twice[1:]
    return bool(opens.all() and closes.all())


def _widths_agree(ends: NDArray[np.int64], delimiters: NDArray[np.int64], width: int) -> bool:
    """Whether each line has one delimiter fewer than it should have fields."""
    inner = width - 1
    if len(delimiters) != inner * len(ends):
        return False
    if inner == 0:
        return True
    table = delimiters.reshape(len(ends), inner)
    return bool((table[:, -1] < ends).all() and (table[1:, 0] > ends[:-1]).all())
