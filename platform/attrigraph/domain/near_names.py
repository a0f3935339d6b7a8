"""Names close to a misspelt one, for messages."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAMES = 5


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about an unknown name; empty where no name is near it."""
    close = get_close_matches(name.casefold(), list(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def near_names(name: str, names: Iterable[str]) -> str:
    """A phrase with the names nearest to one, else with the first ones; never empty."""
    by_fold: dict[str, str] = {}
    for known in sorted(names):
        by_fold.setdefault(known.casefold(), known)
    close = get_close_matches(name.casefold(), by_fold, n=MAX_NAMES, cutoff=0.5)
    if close:
        return f"near names: {', '.join(by_fold[key] for key in close)}"
    listed = list(by_fold.values())
    more = ", ..." if len(listed) > MAX_NAMES else ""
    return f"the names are: {', '.join(listed[:MAX_NAMES]) or 'none'}{more}"
