"""Whether metadata fulfil a condition."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from attrigraph.similarity.filters.conditions import (
    And,
    Compare,
    Condition,
    Exists,
    In,
    Not,
    Operator,
    Or,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Compared = Callable[[Any, Any], bool]

COMPARE: Final[dict[Operator, Compared]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(condition: Condition, metadata: Mapping[str, Value]) -> bool:
    """Whether it is known to be true of the metadata."""
    return _truth(condition, metadata) is True


def _truth(condition: Condition, metadata: Mapping[str, Value]) -> bool | None:
    """True, False, or None for unknown."""
    match condition:
        case Exists(field):
            return field in metadata
        case Compare(field, comparison, value):
            return _compared(metadata, field, value, COMPARE[comparison])
        case In(field, values):
            return _any(_compared(metadata, field, value, operator.eq) for value in values)
        case Not(inner):
            truth = _truth(inner, metadata)
            return None if truth is None else not truth
        case And(conditions):
            truths = [_truth(each, metadata) for each in conditions]
            return False if False in truths else None if None in truths else True
        case Or(conditions):
            return _any(_truth(each, metadata) for each in conditions)


def _compared(
    metadata: Mapping[str, Value], field: str, value: Value, compare: Compared
) -> bool | None:
    own = metadata.get(field)
    if own is None or type_of(own) != type_of(value):
        return None
    if isinstance(own, int | float) and not isinstance(own, bool):
        return compare(float(own), float(value))
    return compare(own, value)


def _any(truths: Iterable[bool | None]) -> bool | None:
    known = list(truths)
    return True if True in known else None if None in known else False
