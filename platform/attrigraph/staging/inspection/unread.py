"""Lines of a file that hold no row, and how text in another encoding would read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.staging.blocks import MAX_RECORD_BYTES, is_text
from attrigraph.staging.text_encoding import open_text

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from attrigraph.staging.blocks import RejectedLines
    from attrigraph.staging.formats import Format

USUAL: Final = "cp1252"
"""The encoding that text has most often which is not UTF-8."""

MAX_WORD: Final = 40
"""Longest word that is shown, in characters."""

WORD: Final = re.compile(rb"[^\x00-\x20,;|\"]*[\x80-\xff][^\x00-\x20,;|\"]*")
"""A word with letters beyond ASCII."""


@dataclass(frozen=True, slots=True)
class UnreadLines:
    """Lines that hold no row for the same reason.

    Attributes:
        reason: name of the reason.
        number: how many.
        first: the first of them.
    """

    reason: str
    number: int
    first: int


def unread_lines(
    database: duckdb.DuckDBPyConnection, rejected: RejectedLines
) -> tuple[UnreadLines, ...]:
    """The lines before the last row of ``sample`` that hold none, by reason.

    Args:
        database: where ``sample`` is, made from ``chunk``.
        rejected: lines that are not in ``chunk``.
    """
    columns = {"line": rejected.lines, "reason": np.array(rejected.reasons, dtype=object)}
    database.register("registered_lines", columns)
    rows = database.execute("""
        WITH unread AS (
            SELECT line, reason::VARCHAR AS reason FROM registered_lines
            UNION ALL SELECT line, error FROM chunk WHERE error IS NOT NULL)
        SELECT reason, count(*), min(line) FROM unread
        WHERE line < (SELECT max(line) FROM sample)
            OR (SELECT count(*) FROM sample) = (SELECT count(*) FROM chunk WHERE error IS NULL)
        GROUP BY reason ORDER BY min(line)""").fetchall()
    database.unregister("registered_lines")
    return tuple(UnreadLines(*row) for row in rows)


def word_in_other_encoding(path: Path, form: Format) -> str | None:
    """The first word at the start of a file that is no UTF-8, as it reads in the usual encoding.

    None where there is no such word, or where that encoding has no such letters.
    """
    if form.encoding is not None:
        return None
    with open_text(path, form) as stream:
        start = stream.read(MAX_RECORD_BYTES)
    for found in WORD.finditer(start[: start.rfind(b"\n") + 1] or start):
        if not is_text(found[0]):
            return _decoded(found[0])
    return None


def _decoded(word: bytes) -> str | None:
    try:
        return word[:MAX_WORD].decode(USUAL)
    except UnicodeDecodeError:
        return None
