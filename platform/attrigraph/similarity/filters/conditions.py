"""What a filter on metadata may say, as a tree.

Logic is three-valued, as in SQL (Kleene 1938): a comparison with a field that is missing is
unknown, and so is its negation; what is unknown does not match. ``Exists`` is true or false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from attrigraph.errors import InputError

Value = str | float | bool
"""Of a field: text, number or boolean; dates are texts in ISO 8601, whose order is that of time."""

FieldType = Literal["text", "number", "boolean"]

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL, and halves of characters."""

MAX_NUMBER: Final = 1.7976931348623157e308
"""Numbers are compared as 64-bit floats; NaN is not below this."""

OPERATORS: Final[tuple[Operator, ...]] = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Compare:
    """A field beside a value; texts in the order of their code points."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """A field that has one of some values, all of one type."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """A field that is there."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite, where the condition is known."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All of at least one condition."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of at least one condition."""

    conditions: tuple[Condition, ...]


Condition = Compare | In | Exists | Not | And | Or


def type_of(value: object) -> FieldType:
    """The type of a value of metadata.

    Raises:
        InputError: it is neither text nor a finite number nor a boolean, or Postgres cannot hold
            the text.
    """
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        if NO_TEXT.search(value):
            raise InputError(f"{value!r} has a character that Postgres cannot hold; remove it")
        return "text"
    if isinstance(value, int | float) and abs(value) <= MAX_NUMBER:
        return "number"
    raise InputError(
        f"a value of metadata must be text, a finite number or a boolean; got {value!r}"
    )
