"""JSON lines: keys and portions."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.staging.csv_records import BLOCK, LF, LONGEST, Block, is_text
from attrigraph.staging.formats import Format, open_bytes
from attrigraph.staging.portions import Portion, lay_down
from attrigraph.staging.signatures import refuse_other_forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    import duckdb

SAMPLE: Final = 1000
"""Lines at the start of a file whose keys count as its columns."""

BRACE: Final = ord("{")

READING: Final = (
    "columns = {'text': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', strict_mode = false"
)


def json_keys(path: Path, form: Format, *, every_line: bool) -> list[str]:
    """Names of the columns: keys in order of appearance.

    Args:
        path: the file.
        form: its format.
        every_line: whether to look at all lines, not just at the first thousand.

    Raises:
        InputError: when none of those lines is a JSON object.
    """
    keys: dict[str, None] = {}
    with open_bytes(path, form) as stream:
        _check_start(path, stream.read(LONGEST))
        stream.seek(0)
        for line in islice(stream, None if every_line else SAMPLE):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                keys.update(dict.fromkeys(found))
    if not keys:
        raise InputError(f"{path} holds no JSON object on any of its first {SAMPLE} lines.")
    return list(keys)


def _check_start(path: Path, start: bytes) -> None:
    """Refuse what is no text, and one JSON array in the place of lines."""
    refuse_other_forms(path, start)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        raise InputError(f"{path} holds a JSON array: write its objects one a line, without it.")


def json_portions(
    path: Path,
    form: Format,
    columns: Sequence[str],
    *,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> Iterator[Portion]:
    """Put one portion after another into ``portion``.

    Raises:
        InputError: when the file breaks off.
    """
    select = _selected(columns)
    with open_bytes(path, form) as stream:
        for block in json_blocks(stream):
            yield lay_down(database, folder, block, select=select, reading=READING)


def _selected(columns: Sequence[str]) -> str:
    """SQL that takes the values of the keys out of ``text``; a pointer, so any key will do."""
    pointers = ["/" + name.replace("~", "~0").replace("/", "~1") for name in columns]
    listed = "[" + ", ".join(quoted_pointer(pointer) for pointer in pointers) + "]"
    # DuckDB may look at both sides of AND, and fails on text that is no JSON: hence CASE in CASE.
    json_text = "CASE WHEN json_valid(text) THEN text END"
    sound = f"CASE WHEN json_type({json_text}) = 'OBJECT' THEN text END"
    values = f"json_extract_string({sound}, {listed})"
    fault = (
        f"CASE WHEN {sound} IS NULL THEN 'bad-json' "
        # Types cost another parse, so they are asked for only where the text may be nested.
        f"WHEN regexp_matches(text, ':\\s*[\\[{{]') "
        f"AND list_has_any(json_type({sound}, {listed}), ['ARRAY', 'OBJECT']) THEN 'nested' "
        f"WHEN contains(text, '\\u0000') AND contains(array_to_string({values}, ''), chr(0)) "
        "THEN 'nul-byte' END AS fault"
    )
    taken = [f"nullif(({values})[{i + 1}], '') AS c{i}" for i in range(len(columns))]
    return ", ".join([fault, *taken])


def quoted_pointer(pointer: str) -> str:
    """A JSON pointer as an SQL literal."""
    return "'" + pointer.replace("'", "''") + "'"


def json_blocks(stream: BinaryIO) -> Iterator[Block]:
    """The lines of a stream in blocks; blank lines are no rows."""
    rest, line = b"", 1
    while True:
        read = stream.read(BLOCK)
        buffer = rest + read
        whole = buffer if not read else buffer[: buffer.rfind(b"\n") + 1]
        rest = buffer[len(whole) :]
        if len(rest) > LONGEST:
            # Of an endless line a bit more than is allowed is kept, so that it is refused at last.
            rest = rest[-(LONGEST + 1) :]
        if whole:
            yield _block(whole, line)
            line += whole.count(b"\n")
        if not read:
            return


def _block(whole: bytes, line: int) -> Block:
    if not whole.endswith(b"\n"):
        whole += b"\n"
    sound = b"\0" not in whole and b"\1" not in whole and is_text(whole)
    if sound and _is_plain(whole):
        return Block(whole, line + np.arange(whole.count(b"\n")))
    good: list[bytes] = []
    lines: list[int] = []
    refused: list[tuple[int, str]] = []
    for number, text in enumerate(whole.split(b"\n"), start=line):
        stripped = text.strip()
        reason = _fault(stripped)
        if reason is not None:
            refused.append((number, reason))
        elif stripped:
            good.append(stripped)
            lines.append(number)
    data = b"".join(text + b"\n" for text in good)
    return Block(data, np.array(lines, dtype=np.int64), refused=refused)


def _is_plain(whole: bytes) -> bool:
    """Whether every line begins an object and none is too long or ends in CR."""
    signs = np.frombuffer(whole, np.uint8)
    ends = np.flatnonzero(signs == LF)
    starts = np.concatenate([[0], ends[:-1] + 1])
    short = np.diff(ends, prepend=-1).max() <= LONGEST
    return bool((signs[starts] == BRACE).all() and short and b"\r" not in whole)


def _fault(text: bytes) -> str | None:
    if len(text) > LONGEST:
        return "too-long"
    if b"\0" in text:
        return "nul-byte"
    if not is_text(text):
        return "not-utf8"
    return "bad-json" if b"\1" in text else None
