"""Nodes of expressions. Each has a kind of value: text, number or boolean."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.staging.expressions.functions import Function

Kind = Literal["text", "number", "boolean"]


class Each(Enum):
    """The step to every element of a list."""

    ELEMENT = "[:]"


Step = str | int | Each
"""A key of an object, a place in a list from 0, or every element of a list."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or what a path leads to in a column that holds JSON or structures.

    Attributes:
        name: of the column.
        path: the steps into it.
        optional: whether a file may lack the column; its values are missing then.
    """

    name: str
    path: tuple[Step, ...] = ()
    optional: bool = False
    kind: Kind = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, a number, true or false, or None for a missing value (a missing text)."""

    value: str | float | bool | None

    @property
    def kind(self) -> Kind:
        """What the value is."""
        if isinstance(self.value, bool):
            return "boolean"
        return "number" if isinstance(self.value, int | float) else "text"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts to compare with."""

    values: tuple[str, ...]
    kind: Kind = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator with its arguments, which are of the kinds that it takes."""

    function: Function
    arguments: tuple[Node, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of a key in a list of ``{key, value}``, as GA4 keeps the parameters of events."""

    column: Column
    key: str
    kind: Kind = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over the numbers that a path with ``[:]`` leads to; missing where there is none."""

    column: Column
    kind: Kind = field(default="number", init=False)


@dataclass(frozen=True, slots=True)
class ToNumber:
    """A text as a number; a row in which it is none is rejected."""

    text: Node
    kind: Kind = field(default="number", init=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a number over the lines that are one row; missing where none has it."""

    part: Node
    kind: Kind = field(default="number", init=False)


@dataclass(frozen=True, slots=True)
class IsConversion:
    """Whether a text is the name of an event that the table counts as a conversion."""

    name: Node
    kind: Kind = field(default="boolean", init=False)


Node = Column | Constant | Words | Call | Parameter | Total | ToNumber | Sum | IsConversion


def walk(node: Node) -> Iterator[Node]:
    """A node and all that it is made of."""
    yield node
    match node:
        case Call(_, arguments):
            for argument in arguments:
                yield from walk(argument)
        case ToNumber(part) | Sum(part) | IsConversion(part):
            yield from walk(part)
        case Parameter(column) | Total(column):
            yield column
        case Column() | Constant() | Words():
            return


def columns_of(node: Node) -> Iterator[Column]:
    """The columns that a value is made of, each as often as it occurs."""
    return (each for each in walk(node) if isinstance(each, Column))


def sums_of(node: Node) -> Iterator[Sum]:
    """The sums over lines that a value is made of."""
    return (each for each in walk(node) if isinstance(each, Sum))
