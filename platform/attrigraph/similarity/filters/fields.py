"""Whether the fields of a filter are those of a collection, and of the types that it has."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.similarity.filters.conditions import (
    And,
    Compare,
    Condition,
    Exists,
    FieldType,
    In,
    Not,
    Or,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_fields(condition: Condition, types: Mapping[str, FieldType]) -> None:
    """Check a condition against the fields of a collection.

    Args:
        condition: the filter.
        types: the type of each field that any metadata of the collection has.

    Raises:
        InputError: a field is unknown, a value is of another type than the field, or booleans are
            compared by size.
    """
    for field, value, ordered in _used(condition):
        own = types.get(field)
        if own is None:
            raise InputError(_unknown(field, types))
        if value is None:
            continue
        given = type_of(value)
        if given != own:
            raise InputError(f"the field {field!r} holds {own}s, and the filter has {value!r}")
        if ordered and own == "boolean":
            raise InputError(f"the field {field!r} holds booleans, which have no order; use =")


def _unknown(field: str, types: Mapping[str, FieldType]) -> str:
    close = get_close_matches(field, types, n=1)
    known = ", ".join(sorted(types)) or "none"
    meant = f"; did you mean {close[0]!r}?" if close else ""
    return f"the collection has no field {field!r}{meant} (its fields: {known})"


def _used(condition: Condition) -> Iterator[tuple[str, Value | None, bool]]:
    """Each field that is used, with a value and whether by order; None where any will do."""
    match condition:
        case Exists(field):
            yield field, None, False
        case Compare(field, comparison, value):
            yield field, value, comparison not in ("=", "!=")
        case In(field, values):
            yield from ((field, value, False) for value in values)
        case Not(inner):
            yield from _used(inner)
        case And(conditions) | Or(conditions):
            for each in conditions:
                yield from _used(each)
