"""Lines on which the settings of a TOML file are, which its parser does not report."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[str | int, ...]
"""Keys and numbers of items, from 0, that lead to a setting."""

KEY: Final = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
KEYS: Final = re.compile(KEY)
DOTTED: Final = rf"\s*({KEY}(?:\s*\.\s*{KEY})*)\s*"
ITEM: Final = re.compile(rf"\s*\[\[{DOTTED}\]\]")
TABLE: Final = re.compile(rf"\s*\[{DOTTED}\]")
SETTING: Final = re.compile(rf"{DOTTED}=")
QUOTES: Final = re.compile("\"\"\"|'''")


def lines_of(text: str) -> dict[Place, int]:
    """Line, from 1, of each table and setting that begins a line of its own."""
    lines: dict[Place, int] = {}
    items: Counter[Place] = Counter()
    table: Place = ()
    for number, line in _outside_texts(text):
        if found := ITEM.match(line):
            table = _path(found[1], items)
            lines.setdefault(table, number)
            items[table] += 1
            table = (*table, items[table] - 1)
            lines[table] = number
        elif found := TABLE.match(line):
            table = _path(found[1], items)
            lines.setdefault(table, number)
        elif found := SETTING.match(line):
            lines.setdefault((*table, *_keys(found[1])), number)
    return lines


def _outside_texts(text: str) -> Iterator[tuple[int, str]]:
    """Number and content of the lines that do not continue a text of several lines."""
    within = False
    for number, line in enumerate(text.split("\n"), 1):
        if not within:
            yield number, line
        within ^= len(QUOTES.findall(line)) % 2 == 1


def line_of(place: Place, lines: dict[Place, int]) -> int | None:
    """Line of a setting or of the nearest one that contains it; None if there is none."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _keys(dotted: str) -> Place:
    return tuple(key.strip("\"'") for key in KEYS.findall(dotted))


def _path(dotted: str, items: Counter[Place]) -> Place:
    """The place of a table, within the last item of each list of tables on the way."""
    *outer, last = _keys(dotted)
    path: Place = ()
    for key in outer:
        path = (*path, key)
        if items[path]:
            path = (*path, items[path] - 1)
    return (*path, last)
