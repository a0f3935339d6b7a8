"""Small text files that users write by hand, such as mappings and lift tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_BYTES: Final = 16 << 20
"""Size of the largest file that is read; larger ones are a mistake."""


OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "pipes"}
"""Signs that separate columns in other files, and their names."""


def separator_advice(columns: Sequence[str]) -> str:
    """The end of a sentence about missing columns; empty unless all columns were read as one."""
    found = [sign for sign in OTHER_SEPARATORS if len(columns) == 1 and sign in columns[0]]
    if not found:
        return ""
    return f"; separate the columns by commas, not by {OTHER_SEPARATORS[found[0]]}"


def read_text(path: Path, what: str) -> str:
    """The text of a file, without a byte order mark.

    Args:
        path: the file, which may also be a pipe.
        what: what it holds, for messages: ``"mapping"``.

    Raises:
        InputError: the file cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read the {what} {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"the {what} {path} must have at most {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the {what} {path} must be UTF-8 text") from error
