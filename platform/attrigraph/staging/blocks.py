"""Blocks of whole records: what the readers of text hand to DuckDB.

A reader looks at a file's bytes before DuckDB does. It takes out the lines that are no records,
each with its line number, and passes on bytes that DuckDB reads as exactly one row per record.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_BYTES: Final = 32 << 20
"""Bytes that are read at once."""

MAX_RECORD_BYTES: Final = 1_000_000
"""Length of the longest record that is taken; a quote left open longer counts as a mistake."""

BOM: Final = b"\xef\xbb\xbf"
LF: Final = 10


@dataclass(frozen=True, slots=True)
class RejectedLines:
    """Lines that hold no record.

    Attributes:
        lines: int64 ``[n]``, their numbers in the file.
        reasons: the name of a reason for each.
    """

    lines: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    reasons: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.reasons)


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive records of a file.

    Attributes:
        data: one record per line, each ended by LF.
        lines: int64 ``[n_records]``, the line in the file on which each record starts.
        escaped: whether line ends within fields are escaped.
        rejected: lines that were taken out.
    """

    data: bytes
    lines: NDArray[np.int64]
    escaped: bool = False
    rejected: RejectedLines = field(default_factory=RejectedLines)

    def head(self, n_records: int) -> Block:
        """The first records of the block, without its rejected lines."""
        if len(self.lines) <= n_records:
            return Block(self.data, self.lines, self.escaped)
        ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == LF)
        return Block(self.data[: ends[n_records - 1] + 1], self.lines[:n_records], self.escaped)


class BlockBuilder:
    """Collects records one by one, in little more memory than their bytes take."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._lines = array("q")
        self._escaped = False
        self._rejected_lines = array("q")
        self._reasons: list[str] = []

    def add(self, record: bytes, line: int, *, escaped: bool = False) -> None:
        """Append a record that starts on that line."""
        self._data += record
        self._data.append(LF)
        self._lines.append(line)
        self._escaped |= escaped

    def reject(self, line: int, reason: str) -> None:
        """Note a line that holds no record."""
        self._rejected_lines.append(line)
        self._reasons.append(reason)

    def build(self) -> Block:
        """The block of all records."""
        rejected = RejectedLines(
            np.array(self._rejected_lines, dtype=np.int64), tuple(self._reasons)
        )
        lines = np.array(self._lines, dtype=np.int64)
        return Block(bytes(self._data), lines, self._escaped, rejected)


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        return data.isascii() or data.decode() is not None
    except UnicodeDecodeError:
        return False
