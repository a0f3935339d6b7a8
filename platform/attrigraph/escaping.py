r"""Escapes characters of untrusted text that control a terminal or reorder what it shows.

Names of channels, campaigns and files come from outside: anyone can set ``utm_campaign`` on the
web. Written raw, they can clear a screen, rename a window, or hide and forge lines of a table.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

CONTROL: Final = re.compile(
    "["
    "\x00-\x1f\x7f"  # C0, among them ESC, line ends and tab; DEL
    "\x80-\x9f"  # C1, among them CSI and OSC as one character, and NEL
    "\u061c\u200e\u200f"  # marks of direction
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\u2028\u2029"  # separators of lines and paragraphs
    "\ud800-\udfff"  # lone surrogates, which UTF-8 cannot write
    "]"
)

MAX_NAME: Final = 100
"""Longest name in a message, in characters."""

MAX_LISTED: Final = 200
"""Most names in a message."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can write a text: it holds no half of a surrogate pair."""
    return text.isascii() or SURROGATE.search(text) is None


def escape_control(text: str) -> str:
    r"""The text with control, bidirectional and line-separating characters escaped.

    Each becomes its Python escape, ``\x1b`` up to U+00FF and ``\u202e`` above. All other
    characters stay, a backslash too, so that escaping a text twice changes nothing further.

    >>> print(escape_control("a\x1b[2J \u202eb\n"))
    a\x1b[2J \u202eb\x0a
    """
    return CONTROL.sub(_escape, text)


def listed_names(names: Collection[str]) -> str:
    """Names from a file, as one line of a message; ``none`` without any.

    What is no name, such as a line of another kind of file, is cut, and so are long lists.
    """
    shown = [escape_control(_cut(name)) for name in islice(names, MAX_LISTED)]
    more = [f"and {len(names) - MAX_LISTED:,} more"] if len(names) > MAX_LISTED else []
    return ", ".join([*shown, *more]) or "none"


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
