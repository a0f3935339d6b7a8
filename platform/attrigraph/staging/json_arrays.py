"""Files that hold one JSON array of objects, as JSON lines.

Each element of the array becomes a line. Where an element ends follows from quotes and brackets
alone, so that a comma between two of them may be missing; whether an element is JSON is decided
where lines are read.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.staging.blocks import BOM, MAX_RECORD_BYTES
from attrigraph.staging.signatures import check_signature
from attrigraph.staging.text_encoding import Bytes, open_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.staging.formats import Format

    Flags = NDArray[np.bool_]

PIECE: Final = 1 << 20
"""Bytes that are looked at together; each takes about 30 bytes of memory meanwhile."""

WHITE_SPACE: Final = b" \t\r\n"
LF, CR, SPACE, COMMA, QUOTE, BACKSLASH = b'\n\r ,"\\'

IS_WHITE_SPACE: Final = np.isin(np.arange(256), list(WHITE_SPACE))
STEPS: Final = np.isin(np.arange(256), list(b"[{")).astype(np.int8) - np.isin(
    np.arange(256), list(b"]}")
)
"""By byte: how many more brackets and braces are open after it."""

LIST: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*\[\s*\{')
"""A key of a list of objects, and the start of the list."""


@contextmanager
def open_lines(path: Path, form: Format) -> Iterator[Bytes]:
    """JSON lines, without a byte order mark; elements of one array are lines, too.

    Raises:
        InputError: the file cannot be read or is no text; or an array in it is not closed, has an
            element that is too long, or is not all that the file holds.
    """
    with open_text(path, form) as stream:
        start = stream.read(MAX_RECORD_BYTES)
        check_signature(path, start)
        body = start.removeprefix(BOM)
        if body.lstrip(WHITE_SPACE).startswith(b"["):
            yield _Elements(path, body.lstrip(WHITE_SPACE)[1:], stream)
        else:
            yield _Resumed(body, stream)


def inner_list(path: Path, form: Format) -> str | None:
    """The key of a list of objects in a file of one object; None if it holds something else."""
    with open_text(path, form) as stream:
        start = stream.read(MAX_RECORD_BYTES).removeprefix(BOM).strip(WHITE_SPACE)
    signs = np.frombuffer(start, np.uint8)
    inside = _within_texts(start, signs)
    depth = _depth(signs, inside)
    if not start.startswith(b"{") or (depth[:-1] == 0).any():
        return None
    for found in LIST.finditer(start):
        place = found.start()
        if depth[place] == 1 and inside[place] and not inside[place - 1]:
            return found[1].decode(errors="replace")
    return None


def other_json(path: Path, form: Format) -> str | None:
    """What a file holds whose JSON is not rows, and what to do; None if that is not known."""
    with open_text(path, form) as stream:
        start = stream.read(MAX_RECORD_BYTES).removeprefix(BOM).strip(WHITE_SPACE)
    if start.startswith(b"["):
        return _other_array(start[1:].lstrip(WHITE_SPACE))
    return (
        "JSON objects over several lines; write one object per line, as `jq -c .` does"
        if _spans_lines(start)
        else None
    )


def _other_array(body: bytes) -> str | None:
    """As ``other_json``, of an array with this body."""
    if body.startswith(b"]"):
        return "an empty JSON array, so no rows"
    if body.startswith(b"{"):
        return None
    items = "lists" if body.startswith(b"[") else "values"
    return f"a JSON array of {items}; rows must be objects, with the names of columns as keys"


def _spans_lines(start: bytes) -> bool:
    """Whether text begins with a JSON object over several lines."""
    text = start.decode(errors="replace")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text.startswith("{") and "\n" in text[:end]


class _Resumed:
    """A stream of which the first bytes were read already."""

    def __init__(self, start: bytes, stream: Bytes) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end alone."""
        if not self._start:
            return self._stream.read(size)
        read, self._start = self._start[:size], self._start[size:]
        return read


class _Elements:
    """Reads the elements of an array as lines."""

    def __init__(self, path: Path, start: bytes, stream: Bytes) -> None:
        self._path = path
        self._rest = start
        self._stream = stream
        self._closed = False

    def read(self, size: int, /) -> bytes:
        """Whole lines, about ``size`` bytes of them; none at the end alone."""
        lines = bytearray()
        while not self._closed and len(lines) < size:
            lines += self._lines(self._rest)
            if not self._closed:
                self._fill()
        if not lines:
            self._check_end()
        return bytes(lines)

    def _fill(self) -> None:
        read = self._stream.read(PIECE)
        if not read:
            raise InputError(
                f"{self._path} breaks off: its JSON array is not closed; copy or export it again"
            )
        if len(self._rest) > MAX_RECORD_BYTES:
            raise InputError(
                f"{self._path} holds a JSON array with an element of more than a million "
                "characters, or with a quote that is not closed"
            )
        self._rest += read

    def _lines(self, buffer: bytes) -> bytes:
        """Lines of the elements that the buffer holds as a whole; the rest stays."""
        signs = np.frombuffer(buffer, np.uint8)
        inside = _within_texts(buffer, signs)
        depth = _depth(signs, inside)
        end = self._end(buffer, depth)
        between = ~inside & (depth == 0)
        commas = np.flatnonzero(between & (signs == COMMA))
        starts = _without_comma(depth, commas)
        ends = np.concatenate([commas + 1, starts])
        last = end if self._closed else int(ends[ends <= end].max(initial=0))
        self._rest = buffer[end + 1 :] if self._closed else buffer[last:]
        lines = _as_lines(signs[:last], inside[:last], between[:last], starts[starts <= last])
        return lines + b"\n" if self._closed else lines

    def _end(self, buffer: bytes, depth: NDArray[np.int32]) -> int:
        """Where the array is closed, else the end of the buffer."""
        below = np.flatnonzero(depth < 0)
        if not len(below):
            return len(buffer)
        end = int(below[0])
        if buffer[end : end + 1] != b"]":
            raise InputError(f"{self._path} is not JSON: its array is closed by a brace")
        self._closed = True
        return end

    def _check_end(self) -> None:
        while not self._rest.strip(WHITE_SPACE):
            self._rest = self._stream.read(PIECE)
            if not self._rest:
                return
        raise InputError(
            f"{self._path} holds more than one JSON array; write one object per line, as "
            "`jq -c '.[]'` does"
        )


def _within_texts(buffer: bytes, signs: NDArray[np.uint8]) -> Flags:
    """Whether each byte is within a text, the quote before it included."""
    quotes = signs == QUOTE
    if b"\\" in buffer:
        quotes &= ~_escaped(signs)
    return np.bitwise_xor.accumulate(quotes)


def _escaped(signs: NDArray[np.uint8]) -> Flags:
    """Whether an odd number of backslashes precedes each byte."""
    places = np.arange(len(signs), dtype=np.int32)
    other = np.maximum.accumulate(np.where(signs == BACKSLASH, -1, places))
    odd = (places - other) % 2 == 1
    return np.concatenate([[False], odd[:-1]])


def _depth(signs: NDArray[np.uint8], inside: Flags) -> NDArray[np.int32]:
    """How many brackets and braces are open after each byte."""
    step = STEPS[signs]
    step[inside] = 0
    return np.cumsum(step, dtype=np.int32)


def _without_comma(depth: NDArray[np.int32], commas: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where objects and lists start behind others without a comma between them.

    Args:
        depth: how many brackets and braces are open after each byte.
        commas: places of the commas between elements.
    """
    single = depth[1:] == 1
    opened = np.flatnonzero(single & (depth[:-1] == 0)) + 1
    closed = np.flatnonzero(~single & (depth[:-1] == 1) & (depth[1:] == 0)) + 1
    further = opened if (depth[:1] == 1).any() else opened[1:]
    ends = closed[: len(further)]
    missing: NDArray[np.int64] = further[
        np.searchsorted(commas, ends) == np.searchsorted(commas, further)
    ]
    return missing


def _as_lines(
    signs: NDArray[np.uint8], inside: Flags, between: Flags, starts: NDArray[np.int64]
) -> bytes:
    """Elements on one line each, which end where commas or their ``starts`` separate them."""
    lines = signs.copy()
    ends = signs == LF
    lines[ends] = SPACE
    lines[ends & inside] = CR  # not allowed in JSON, and a line with it is rejected
    lines[between & (signs == COMMA)] = LF
    kept = ~(between & IS_WHITE_SPACE[signs])
    if not len(starts):
        return lines[kept].tobytes()
    return np.insert(lines[kept], np.cumsum(kept)[starts - 1], LF).tobytes()
