"""A filter on metadata as SQL, with every field and value as a parameter.

Postgres' NULL is what ``attrigraph.similarity.filters`` calls unknown. Equality that is not negated
is stated as containment, which the index on metadata answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from attrigraph.errors import InputError
from attrigraph.similarity.filters import (
    And,
    Compare,
    Condition,
    Exists,
    In,
    Not,
    Or,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

CASTS: Final = {
    "text": '(metadata ->> {0}) COLLATE "C"',
    "number": "(metadata ->> {0})::double precision",
    "boolean": "(metadata ->> {0})::boolean",
}
"""SQL of a field, by its type; "C" orders UTF-8 by code points."""

MAX_PARAMETERS: Final = 65_000
"""Postgres takes 65,535 parameters, some of which the search needs."""


@dataclass(frozen=True, slots=True)
class FilterSql:
    """SQL of a condition on ``metadata``, with its parameters by name."""

    text: str
    parameters: dict[str, Any]


@dataclass(slots=True)
class _Parameters:
    """Collects values under names of their own."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: object) -> str:
        name = f"filter_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"


def filter_sql(condition: Condition) -> FilterSql:
    """The SQL of a condition whose fields and types were checked.

    Raises:
        InputError: it has more fields and values than a statement takes.
    """
    parameters = _Parameters()
    text = _sql(condition, parameters, negated=False)
    if len(parameters.values) > MAX_PARAMETERS:
        raise InputError(
            f"the filter has {len(parameters.values):,} fields and values, and Postgres takes "
            f"{MAX_PARAMETERS:,}; shorten it"
        )
    return FilterSql(text, parameters.values)


def _sql(condition: Condition, parameters: _Parameters, *, negated: bool) -> str:
    match condition:
        case Exists(name):
            return f"metadata ? {parameters.add(name)}"
        case Compare(name, "=", value):
            return _equal(name, value, parameters, negated=negated)
        case Compare(name, comparison, value):
            # "!=" is what the grammar calls it; all operators are one of a fixed list
            return f"{_field(name, value, parameters)} {comparison} {parameters.add(value)}"
        case In(name, values):
            return _joined(
                "OR", (_equal(name, each, parameters, negated=negated) for each in values)
            )
        case Not(inner):
            return f"(NOT {_sql(inner, parameters, negated=True)})"
        case And(conditions):
            return _joined("AND", (_sql(each, parameters, negated=negated) for each in conditions))
        case Or(conditions):
            return _joined("OR", (_sql(each, parameters, negated=negated) for each in conditions))


def _equal(name: str, value: Value, parameters: _Parameters, *, negated: bool) -> str:
    if negated:
        return f"{_field(name, value, parameters)} = {parameters.add(value)}"
    return f"metadata @> {parameters.add(Jsonb({name: value}))}"


def _field(name: str, value: Value, parameters: _Parameters) -> str:
    return CASTS[type_of(value)].format(f"{parameters.add(name)}::text")


def _joined(word: str, parts: Iterable[str]) -> str:
    return f"({f' {word} '.join(parts)})"
