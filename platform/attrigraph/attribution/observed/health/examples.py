"""Names as examples in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAMED: Final = 5
"""Examples that a line names."""


def examples(names: Iterable[str]) -> str:
    """The first names in quotes, sorted, with dots if there are more."""
    ordered = sorted(names)
    listed = ", ".join(map(repr, ordered[:MAX_NAMED]))
    return listed + (", ..." if len(ordered) > MAX_NAMED else "")
