"""Columns whose names hold a value, such as the currency in ``Amount spent (EUR)``.

In expressions, ``column("Amount spent (*)")`` is the column of which ``*`` is a part of the name,
and ``name_part("Amount spent (*)")`` is that part. Both are resolved once a file's header is known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.staging.mapping import Table

PATTERN: Final = re.compile(r'\b(column|name_part)\("([^"*]*)\*([^"*]*)"\)')


def with_columns_of(table: Table, header: Sequence[str]) -> Table:
    """The table with the columns of a header in the place of patterns; others stay.

    Raises:
        InputError: several columns fit a pattern.
    """

    def resolved(text: str) -> str:
        return PATTERN.sub(lambda match: _resolved(match, header), text)

    changed: dict[str, Any] = {
        name: resolved(text)
        for name in ("where", "group")
        if (text := getattr(table, name)) is not None
    }
    changed["expressions"] = {name: resolved(text) for name, text in table.expressions.items()}
    return table.model_copy(update=changed)


def _resolved(match: re.Match[str], header: Sequence[str]) -> str:
    function, before, after = match.groups()
    fitting = [name for name in header if _fits(name, before, after)]
    if len(fitting) > 1:
        raise InputError(
            f"several columns fit {before}*{after}: {', '.join(fitting)}; remove all but one"
        )
    if function == "column":
        return f"column({fitting[0]!r})" if fitting else match[0]
    return repr(fitting[0][len(before) : len(fitting[0]) - len(after)]) if fitting else "None"


def _fits(name: str, before: str, after: str) -> bool:
    longer = len(name) > len(before) + len(after)
    return longer and name.startswith(before) and name.endswith(after)
