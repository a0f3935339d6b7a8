"""Files whose fields are never quoted: what a backslash escapes, in the form of RFC 4180.

A tab, a line end or a backslash with a backslash before it is a part of the field, and a quote is a
character like any other, as in the data feeds of Adobe Analytics.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrigraph.staging.blocks import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.staging.text_encoding import Bytes

ESCAPED: Final = re.compile(rb"\\([\\\t\n])")
OPEN: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\\Z")
"""A backslash at the end that escapes what follows."""


class Unescaped:
    """Reads such a file as CSV with quotes, the line ends at the same places."""

    def __init__(self, stream: Bytes, delimiter: str) -> None:
        self._stream = stream
        self._delimiter = delimiter.encode()
        self._field = re.compile(
            rb"((?:\\.|[^\\" + re.escape(self._delimiter) + rb"])*)", re.DOTALL
        )
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes, whole records; none at the end alone."""
        while data := self._stream.read(size):
            buffer = self._rest + data
            end = _last_end(buffer)
            if not end and len(buffer) > 2 * MAX_RECORD_BYTES:
                end = len(buffer)  # too long to be a record, which its reader rejects
            self._rest = buffer[end:]
            if end:
                return self._converted(buffer[:end])
        rest, self._rest = self._rest, b""
        return self._converted(rest)

    def _converted(self, text: bytes) -> bytes:
        if b"\\" not in text and b'"' not in text:
            return text
        return b"\n".join(map(self._record, _records(text)))

    def _record(self, record: bytes) -> bytes:
        if b"\\" not in record and b'"' not in record:
            return record
        fields, place = [], 0
        while place <= len(record):
            match = self._field.match(record, place)
            assert match is not None
            fields.append(self._written(match[1]))
            place = match.end() + 1
        return self._delimiter.join(fields)

    def _written(self, field: bytes) -> bytes:
        text = ESCAPED.sub(rb"\1", field)
        if b'"' in text or b"\n" in text or self._delimiter in text:
            return b'"' + text.replace(b'"', b'""') + b'"'
        return text


def _last_end(buffer: bytes) -> int:
    """The position after the last line end that is not escaped; 0 where there is none."""
    end = buffer.rfind(b"\n")
    while end >= 0 and OPEN.search(buffer[max(0, end - MAX_RECORD_BYTES) : end]):
        end = buffer.rfind(b"\n", 0, end)
    return end + 1


def _records(text: bytes) -> Iterator[bytes]:
    """Text between line ends that are not escaped."""
    lines = iter(text.split(b"\n"))
    for line in lines:
        record = line
        while OPEN.search(record) and (following := next(lines, None)) is not None:
            record += b"\n" + following
        yield record
