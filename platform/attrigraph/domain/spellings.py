"""Other ways in which files may write an id: tools make numbers, and then decimals, of ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

WHOLE: Final = re.compile(r"([+-]?[0-9]+)(?:\.0+)?")
"""A whole number, also as a decimal, as pandas writes a column of whole numbers with blanks."""


def other_spellings(name: str) -> tuple[str, ...]:
    """What another file may have for an id, without blanks around it and with or without ``.0``.

    >>> other_spellings("1001.0"), other_spellings(" a7")
    (('1001',), ('a7',))
    """
    stripped = name.strip()
    number = WHOLE.fullmatch(stripped)
    written: tuple[str, ...] = (stripped,)
    if number is not None:
        written = (number[1], f"{number[1]}.0")
    return tuple(one for one in written if one != name)


def spelled_otherwise(
    names: Iterable[str], known: Callable[[list[str]], Collection[str]]
) -> dict[str, str]:
    """Those ids that are unknown and known in another spelling, with that.

    Args:
        names: unknown ids.
        known: gives those of some ids that are known.
    """
    others = {name: other_spellings(name) for name in names}
    found = set(known(sorted({one for spellings in others.values() for one in spellings})))
    return {
        name: match[0]
        for name, spellings in others.items()
        if (match := [one for one in spellings if one in found])
    }
