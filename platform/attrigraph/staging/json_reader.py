"""JSON lines, or one array: keys and chunks.

DuckDB alone decides what is JSON, for the keys as for the values. A line ends at LF; a CR outside
of a string is white space, as JSON has it. The elements of an array count as lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.staging.blocks import (
    BLOCK_BYTES,
    LF,
    MAX_RECORD_BYTES,
    Block,
    BlockBuilder,
    is_text,
)
from attrigraph.staging.chunks import Chunk, quoted, write_chunk
from attrigraph.staging.json_arrays import inner_list, open_lines, other_json
from attrigraph.staging.reasons import describe_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from attrigraph.staging.formats import Format
    from attrigraph.staging.text_encoding import Bytes

SAMPLE_RECORDS: Final = 1000
"""Records at the start of a file whose keys count as its columns."""

SAMPLE_BYTES: Final = 4 << 20
"""Bytes that are read at once where a sample is enough."""

BRACE: Final = ord("{")
WHITE_SPACE: Final = b" \t\r"
STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)

READING: Final = (
    "columns = {'text': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', strict_mode = false"
)

# DuckDB may look at both sides of AND, and fails on text that is no JSON: hence CASE in CASE.
OBJECT: Final = (
    "CASE WHEN json_type(CASE WHEN json_valid(text) THEN text END) = 'OBJECT' THEN text END"
)
"""SQL of the text of a line that is one JSON object; NULL where it is not."""

KEYS: Final = """
SELECT key FROM (
    SELECT line, unnest(keys) AS key, unnest(range(len(keys))) AS place
    FROM (SELECT line, json_keys(object) AS keys FROM chunk))
WHERE NOT contains(key, chr(0))
GROUP BY key ORDER BY min((line, place))
"""
"""SQL of the keys of a chunk in order of appearance; lines with NUL in a key are rejected later."""


def json_keys(
    path: Path,
    form: Format,
    *,
    every_line: bool,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> list[str]:
    """Names of the columns: keys in order of appearance.

    Args:
        path: the file.
        form: its format.
        every_line: whether to look at all lines, not just at the first thousand records.
        database: where lines are parsed.
        folder: a folder that may be written.

    Raises:
        InputError: when none of those lines is a JSON object.
    """
    keys: dict[str, None] = {}
    first_error = ""
    with open_lines(path, form) as stream:
        n_left = SAMPLE_RECORDS
        for block in json_blocks(stream, BLOCK_BYTES if every_line else SAMPLE_BYTES):
            first_error = first_error or _first_error(block)
            sample = block if every_line else block.head(n_left)
            keys.update(dict.fromkeys(_keys_of(database, folder, sample)))
            n_left -= len(sample.lines)
            if n_left <= 0 and not every_line:
                break
    if not keys:
        check_no_inner_list(path, form)
        check_no_other_json(path, form)
        raise InputError(
            f"{path} holds no JSON object on any of its first {SAMPLE_RECORDS} lines{first_error}"
        )
    return list(keys)


def _keys_of(database: duckdb.DuckDBPyConnection, folder: Path, block: Block) -> list[str]:
    if not len(block.lines):
        return []
    write_chunk(database, folder, block, select=f"{OBJECT} AS object", reading=READING)
    return [row[0] for row in database.execute(KEYS).fetchall()]


def _first_error(block: Block) -> str:
    rejected = block.rejected
    return (
        f"; line {rejected.lines[0]}: {describe_reason(rejected.reasons[0])}"
        if len(rejected)
        else ""
    )


def check_no_inner_list(path: Path, form: Format) -> None:
    """Raise an InputError if a file of one object has its rows in a list within it."""
    key = inner_list(path, form)
    if key is not None:
        raise InputError(
            f"{path} holds one JSON object, whose rows may be in its list {key!r}; write that list "
            f"alone, as `jq '.[\"{key}\"]'` does"
        )


def check_no_other_json(path: Path, form: Format) -> None:
    """Raise an InputError if a file holds JSON in another form than rows."""
    found = other_json(path, form)
    if found is not None:
        raise InputError(f"{path} holds {found}")


def json_chunks(
    path: Path,
    form: Format,
    columns: Sequence[str],
    nested: frozenset[str] = frozenset(),
    *,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> Iterator[Chunk]:
    """Put one chunk after another into ``chunk``; columns of ``nested`` may come as JSON.

    Raises:
        InputError: when the file breaks off.
    """
    select = _selected(columns, nested)
    with open_lines(path, form) as stream:
        for block in json_blocks(stream):
            yield write_chunk(database, folder, block, select=select, reading=READING)


def _selected(columns: Sequence[str], nested: frozenset[str]) -> str:
    """SQL that takes the values of the keys out of ``text``; a pointer, so any key will do."""
    listed = _pointers(columns)
    single = _pointers([name for name in columns if name not in nested])
    values = f"json_extract_string({OBJECT}, {listed})"
    names = f"json_keys({OBJECT})"
    error = (
        f"CASE WHEN {OBJECT} IS NULL THEN 'bad-json' "
        # Types cost another parse, so they are read only where the text may be nested.
        f"WHEN regexp_matches(text, ':\\s*[\\[{{]') "
        f"AND list_has_any(json_type({OBJECT}, {single}), ['ARRAY', 'OBJECT']) THEN 'nested' "
        f"WHEN contains(text, '\\u0000') AND contains("
        f"array_to_string({values}, '') || array_to_string({names}, ''), chr(0)) "
        "THEN 'nul-byte' END AS error"
    )
    taken = [f"nullif(({values})[{i + 1}], '') AS c{i}" for i in range(len(columns))]
    return ", ".join([error, *taken])


def _pointers(names: Sequence[str]) -> str:
    """SQL of the pointers to keys of an object."""
    pointers = ["/" + name.replace("~", "~0").replace("/", "~1") for name in names]
    return "[" + ", ".join(quoted(pointer) for pointer in pointers) + "]::VARCHAR[]"


def json_blocks(stream: Bytes, n_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a stream in blocks, in memory of some blocks, however long a line is.

    Blank lines are no records.
    """
    rest, line = b"", 1
    while True:
        read = stream.read(n_bytes)
        buffer = rest + read
        whole = buffer if not read else buffer[: buffer.rfind(b"\n") + 1]
        # Of an endless line a bit more than is allowed is kept, so that it is rejected at its end.
        rest = buffer[len(whole) :][-(MAX_RECORD_BYTES + 1) :]
        if whole:
            yield _block(whole, line)
            line += whole.count(b"\n")
        if not read:
            return


def _block(whole: bytes, line: int) -> Block:
    if not whole.endswith(b"\n"):
        whole += b"\n"
    if _is_plain(whole):
        return Block(whole, line + np.arange(whole.count(b"\n")))
    builder = BlockBuilder()
    start = 0
    while (end := whole.find(b"\n", start)) >= 0:
        _add_line(builder, whole[start:end], line)
        start, line = end + 1, line + 1
    return builder.build()


def _is_plain(whole: bytes) -> bool:
    """Whether every line is short text that begins an object and holds nothing odd."""
    if any(sign in whole for sign in (b"\0", b"\1", b"\r")) or not is_text(whole):
        return False
    signs = np.frombuffer(whole, np.uint8)
    ends = np.flatnonzero(signs == LF)
    starts = np.concatenate([[0], ends[:-1] + 1])
    short = np.diff(ends, prepend=-1).max() <= MAX_RECORD_BYTES
    return bool((signs[starts] == BRACE).all() and short)


def _add_line(builder: BlockBuilder, text: bytes, line: int) -> None:
    reason = _reason(text)
    text = text.strip(WHITE_SPACE)
    if reason is not None:
        builder.reject(line, reason)
    elif text:
        builder.add(text.replace(b"\r", b" "), line)


def _reason(text: bytes) -> str | None:
    if len(text) > MAX_RECORD_BYTES:
        return "too-long"
    if b"\0" in text:
        return "nul-byte"
    if not is_text(text):
        return "not-utf8"
    return "bad-json" if b"\1" in text or _has_cr_in_string(text) else None


def _has_cr_in_string(text: bytes) -> bool:
    """Whether a string of the text holds a bare CR, which JSON forbids."""
    return b"\r" in text and any(b"\r" in string for string in STRING.findall(text))
