"""Names of parameters in NeoDash: selectors set ``$neodash_name``, and statements use ``$name``."""

from __future__ import annotations

import re
from typing import Final

from attrigraph.graph.catalogue import NOT_CODE

PREFIX: Final = "neodash_"
_PARAMETER: Final = re.compile(r"\$(\w+)")
_TEXT_OR_PARAMETER: Final = re.compile(
    rf"(?P<apart>{NOT_CODE.pattern}) | {_PARAMETER.pattern}", NOT_CODE.flags
)


def with_neodash_names(statement: str) -> str:
    """The statement with the names of NeoDash, also in its comments; texts stay as they are.

    >>> with_neodash_names("RETURN $id, 'costs $5'  // $id")
    "RETURN $neodash_id, 'costs $5'  // $neodash_id"
    """
    return _TEXT_OR_PARAMETER.sub(_renamed, statement)


def _renamed(match: re.Match[str]) -> str:
    apart = match["apart"]
    if apart and not apart.startswith(("//", "/*")):
        return apart
    return _PARAMETER.sub(rf"${PREFIX}\1", match[0])
