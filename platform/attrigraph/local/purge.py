"""Removes what the files of a home say of erased customers."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

LINES: Final = frozenset({".csv", ".tsv", ".txt", ".log", ".jsonl", ".ndjson"})
"""Endings of files of which single lines are removed; other files are removed whole."""

KEPT: Final = frozenset({"customer.key", "credentials.json", "stack.json"})
"""Files without which the home cannot be opened."""

BINARY: Final = frozenset({"data", "conf", "plugins", "lib"})
"""Folders of the stores that hold no text of customers: see docs/privacy.md for their logs."""

LONG: Final = 8
"""Characters from which on an id is found anywhere; shorter ones only as a whole text in quotes."""


def mentions(words: Collection[str]) -> re.Pattern[str]:
    """What finds any of some ids in a text, but not within a longer word."""
    forms = []
    for word in sorted(words, key=len, reverse=True):
        escaped = re.escape(word)
        quoted = rf"(?<=['\"]){escaped}(?=\\?['\"])"
        forms.append(rf"(?<![\w-]){escaped}(?![\w-])" if len(word) >= LONG else quoted)
    return re.compile("|".join(forms))


def purge_texts(
    folder: Path, pattern: re.Pattern[str]
) -> dict[Path, Literal["lines removed", "deleted"]]:
    """Remove lines and files that name any of some ids.

    Args:
        folder: of a home, with all folders in it but the data of the stores.
        pattern: finds the ids, see ``mentions``.

    Returns:
        What was done, by file.

    Raises:
        OSError: a file cannot be read or written.
    """
    done: dict[Path, Literal["lines removed", "deleted"]] = {}
    for file in _texts(folder):
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        if not pattern.search(text):
            continue
        if file.suffix in LINES:
            kept = [line for line in text.splitlines(keepends=True) if not pattern.search(line)]
            # in place: a server may have its log open
            with file.open("r+b") as out:
                out.write("".join(kept).encode("utf-8", "surrogateescape"))
                out.truncate()
            done[file] = "lines removed"
        else:
            file.unlink()
            done[file] = "deleted"
    return done


def _texts(folder: Path) -> Iterator[Path]:
    """Files of text below a folder; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders if name not in BINARY and not name.startswith("data.")
        ]
        for name in names:
            file = folder.__class__(parent) / name
            if name in KEPT or file.is_symlink() or not file.is_file():
                continue
            with file.open("rb") as opened:
                if b"\0" not in opened.read(1 << 16):
                    yield file
