"""Which rows fulfil a condition on metadata, by arrays of the fields.

The logic is that of ``filters.evaluate``: each condition gives the rows of which it is true and
those of which it is false, and is unknown of the others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.similarity.filters import (
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
from attrigraph.similarity.filters.evaluate import COMPARE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.similarity.filters.conditions import Operator

    Mask = NDArray[np.bool_]

RANK_TESTS: Final[dict[Operator, Callable[[NDArray[np.float64], int, int], Mask]]] = {
    "=": lambda ranks, low, high: (ranks >= low) & (ranks < high),
    "!=": lambda ranks, low, high: (ranks < low) | (ranks >= high),
    "<": lambda ranks, low, _: ranks < low,
    "<=": lambda ranks, _, high: ranks < high,
    ">": lambda ranks, _, high: ranks >= high,
    ">=": lambda ranks, low, _: ranks >= low,
}
"""Of the ranks of texts, where ranks from low to below high are those of the value."""


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one type that a field has.

    Attributes:
        present: rows that have one ``[n]``.
        values: numbers, booleans as 0 and 1, ranks of texts among ``texts``; NaN where none.
        texts: the different texts, in order; empty for other types.
    """

    present: Mask
    values: NDArray[np.float64]
    texts: list[str]

    def compare(self, operator: Operator, value: Value) -> Mask:
        """Rows whose value compares so; the result means nothing where there is none."""
        if not isinstance(value, str):
            return np.asarray(COMPARE[operator](self.values, float(value)))
        low, high = bisect_left(self.texts, value), bisect_right(self.texts, value)
        return RANK_TESTS[operator](self.values, low, high)


@dataclass(frozen=True, slots=True)
class Truth:
    """Rows of which a condition is true, and of which it is false ``[n]``."""

    true: Mask
    false: Mask


@dataclass(frozen=True, eq=False)
class Columns:
    """Metadata of rows; a field becomes an array when it is first asked for.

    Attributes:
        metadata: by field, one for each row.
    """

    metadata: Sequence[Mapping[str, Value]]
    _columns: dict[tuple[str, FieldType], Column] = field(default_factory=dict)

    def mask(self, condition: Condition) -> Mask:
        """Rows of which the condition is known to be true ``[n]``; see ``filters.matches``."""
        return self._truth(condition).true

    def _truth(self, condition: Condition) -> Truth:
        match condition:
            case Exists(name):
                types: tuple[FieldType, ...] = ("text", "number", "boolean")
                present = np.logical_or.reduce([self._column(name, own).present for own in types])
                return Truth(present, ~present)
            case Compare(name, operator, value):
                column = self._column(name, type_of(value))
                holds = column.compare(operator, value)
                return Truth(column.present & holds, column.present & ~holds)
            case In(name, values):
                return self._any([Compare(name, "=", value) for value in values])
            case Not(inner):
                truth = self._truth(inner)
                return Truth(truth.false, truth.true)
            case Or(conditions):
                return self._any(conditions)
            case And(conditions):
                opposite = self._any([Not(each) for each in conditions])
                return Truth(opposite.false, opposite.true)

    def _any(self, conditions: Sequence[Condition]) -> Truth:
        true = np.zeros(len(self.metadata), bool)
        false = np.ones(len(self.metadata), bool)
        for each in conditions:
            truth = self._truth(each)
            true |= truth.true
            false &= truth.false
        return Truth(true, false)

    def _column(self, name: str, kind: FieldType) -> Column:
        found = self._columns.get((name, kind))
        if found is None:
            # two threads may both make it, which does no harm
            found = self._columns[name, kind] = _column(self.metadata, name, kind)
        return found


def _column(metadata: Sequence[Mapping[str, Value]], name: str, kind: FieldType) -> Column:
    held = {
        row: own[name]
        for row, own in enumerate(metadata)
        if name in own and type_of(own[name]) == kind
    }
    texts = sorted({value for value in held.values() if isinstance(value, str)})
    rank = {text: number for number, text in enumerate(texts)}
    values = np.full(len(metadata), np.nan)
    values[list(held)] = [
        rank[value] if isinstance(value, str) else float(value) for value in held.values()
    ]
    return Column(~np.isnan(values), values, texts)
