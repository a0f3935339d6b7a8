"""Fields of a chunk as SQL: columns, constants, meanings of values, and numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrigraph.staging.chunks import INSTANT, NUMBERS
from attrigraph.staging.fields import FIELDS, property_field
from attrigraph.staging.number_notations import plain_number
from attrigraph.staging.time_formats import iso_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attrigraph.staging.bindings import Binding

Parameters = dict[str, object]

PART: Final = "\x1f"
"""What separates the name of a reason, a column, and the text in it."""

SHOWN: Final = 100
"""Characters of a text that are shown with the reason to reject it."""

MAX_NAME_BYTES: Final = 4000
"""Length of the longest id or name; the graph cannot index texts of twice this length."""


class FieldSql:
    """SQL of each field of a bound file, and the parameters that this SQL needs.

    Attributes:
        parameters: values by name; text of a mapping enters SQL in no other way.
    """

    def __init__(self, binding: Binding) -> None:
        self.parameters: Parameters = {}
        self._binding = binding
        self._columns = {column: f"c{i}" for i, column in enumerate(binding.read)}
        self._computed = {name: f"x{i}" for i, name in enumerate(binding.computed)}

    def text(self, name: str) -> str:
        """SQL of the field as text, NULL where it is missing; times and numbers in plain form."""
        return self._in_plain_form(name, self._meant(name, self._given(name)))

    def text_or(self, name: str, other: str) -> str:
        """SQL of a text field, or of other text where it is missing; meanings apply to both."""
        return self._meant(name, f"coalesce({self._given(name)}, {other})")

    def plain(self, name: str) -> str:
        """SQL of a time or number as the file has it, where that means the same as its text."""
        return self._typed(name) or self.text(name)

    def number(self, name: str, plain: str) -> str:
        """SQL of a field as a number, of SQL of what ``plain`` gave."""
        return number(plain) if self._typed(name) is None else f"{plain}::DOUBLE"

    def is_typed(self, name: str) -> bool:
        """Whether ``plain`` gives no text."""
        return self._typed(name) is not None

    def _typed(self, name: str) -> str | None:
        """SQL of the column of a time or number with its own type; None where it has text."""
        table = self._binding.table
        form = FIELDS[table.rows][name].form
        types = {"time": [] if table.times else [INSTANT], "number": NUMBERS}.get(form, [])
        if name in table.values or table.numbers != "1234.56" or name not in self._binding.columns:
            return None
        column = self._columns[self._binding.columns[name]].replace("c", "t", 1)
        return column if self._binding.typed.get(column) in types else None

    def _given(self, name: str) -> str:
        """SQL of what the file has for the field."""
        table = self._binding.table
        if name in table.constants:
            return self.parameter(f"constant_{name}", table.constants[name]) + "::VARCHAR"
        if name in self._computed:
            return self._computed[name]
        if name in self._binding.columns:
            return self._columns[self._binding.columns[name]]
        return "NULL::VARCHAR"

    def _meant(self, name: str, text: str) -> str:
        """SQL of what the mapping takes the words of the file for."""
        meanings = self._binding.table.values.get(name)
        if meanings is None or name in self._binding.table.constants:
            return text
        words = self.parameter(f"words_{name}", list(meanings))
        meant = self.parameter(f"meant_{name}", list(meanings.values()))
        place = f"list_position({words}::VARCHAR[], {text})"
        return f"CASE WHEN {place} > 0 THEN ({meant}::VARCHAR[])[{place}] ELSE {text} END"

    def _in_plain_form(self, name: str, text: str) -> str:
        table = self._binding.table
        match FIELDS[table.rows][name].form:
            # what an expression computes is plain already
            case "number" if name not in self._computed:
                return plain_number(text, table.numbers)
            case "time" | "date" if table.times:
                formats = enumerate(table.times)
                return iso_time(text, [(f, self.parameter(f"time_{i}", f)) for i, f in formats])
        return text

    def property(self, name: str) -> str:
        """SQL of a property of events as text, NULL where the file does not give it."""
        return self._computed.get(property_field(name), "NULL::VARCHAR")

    def column(self, column: str) -> str:
        """SQL of a column of the file as text."""
        return self._columns[column]

    def columns_of(self, names: Iterable[str]) -> list[str]:
        """The columns of rows that give fields, each once; constants have none."""
        given = (self._given(name) for name in dict.fromkeys(names) if self._binding.node(name))
        return list(dict.fromkeys(given))

    def has(self, name: str) -> bool:
        """Whether the field is a column, an expression or a constant here."""
        return self._binding.gives(name)

    def shown(self, name: str, text: str) -> str:
        """SQL that adds to the name of a reason the column of a field and the text in it."""
        label = self.parameter(f"label_{name}", self._label(name))
        return with_text(label, text)

    def name_error(self, names: Mapping[str, str]) -> str:
        """SQL of ``long-name`` where an id or name is too long for the graph, or NULL.

        Args:
            names: the field that gives each of them, by its SQL.
        """
        lengths = ", ".join(f"strlen({text})" for text in names)
        cases = " ".join(
            f"WHEN strlen({text}) > {MAX_NAME_BYTES} THEN 'long-name'{self.shown(name, text)}"
            for text, name in names.items()
        )
        return f"CASE WHEN greatest({lengths}) > {MAX_NAME_BYTES} THEN CASE {cases} END END"

    def first_given(self, *names: str) -> str:
        """The first of some fields that the file has, or of all."""
        return next(filter(self.has, names), names[0])

    def _label(self, name: str) -> str:
        return self._binding.columns.get(name, name)

    def used(self, sql: str) -> Parameters:
        """The parameters that a statement names; DuckDB takes no others."""
        names = set(re.findall(r"\$(\w+)", sql))
        return {name: value for name, value in self.parameters.items() if name in names}

    def parameter(self, name: str, value: object) -> str:
        """Make a value a parameter; returns the SQL that names it."""
        self.parameters[name] = value
        return f"${name}"


def nameless(text: str) -> str:
    """SQL of whether text that should be an id is missing or nothing but white space.

    Most texts begin with a letter or digit, which is quickly seen.
    """
    return f"{text} IS NULL OR NOT ({text} >= '!' OR regexp_matches({text}, '\\S'))"


def number(text: str) -> str:
    """SQL of text as a number; NULL where it is none. Digits may not be grouped."""
    return f"CASE WHEN contains({text}, '_') THEN NULL ELSE TRY_CAST({text} AS DOUBLE) END"


def whole(text: str) -> str:
    """SQL of text as a whole number >= 0 of at most 2^53; NULL where it is none."""
    value = number(text)
    return (
        f"CASE WHEN {value} BETWEEN 0 AND 9007199254740992 AND {value} = floor({value}) "
        f"THEN CAST({value} AS BIGINT) END"
    )


def with_text(label: str, text: str) -> str:
    """SQL that adds to the name of a reason what a column of that label holds."""
    part = f" || chr({ord(PART)}) || "
    return f"{part}{label}{part}left(coalesce({text}, ''), {SHOWN})"


def number_error(text: str, value: str, shown: str) -> str:
    """SQL of what is wrong with text that should be missing or a number >= 0, or NULL.

    ``value`` is SQL of the number that was made of it, ``shown`` as of ``FieldSql.shown``.
    """
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN {value} IS NULL THEN 'bad-number'{shown} "
        f"WHEN NOT isfinite({value}) THEN 'not-finite'{shown} "
        f"WHEN {value} < 0 THEN 'negative'{shown} END"
    )


def whole_error(text: str, shown: str) -> str:
    """SQL of what is wrong with text that should be a whole number >= 0, or NULL."""
    value = number(text)
    return (
        f"CASE WHEN {value} IS NULL THEN 'bad-count'{shown} "
        f"WHEN NOT isfinite({value}) THEN 'not-finite'{shown} "
        f"WHEN {value} < 0 THEN 'negative'{shown} "
        f"WHEN {whole(text)} IS NULL THEN 'bad-count'{shown} END"
    )


def flag(text: str) -> str:
    """SQL of 0 or 1 as a boolean, also written 0.0 or false; NULL where text is neither.

    pandas makes a column of 0 and 1 with blanks one of floating-point numbers.
    """
    return (
        f"CASE WHEN regexp_full_match(lower({text}), '1(\\.0+)?|true') THEN true "
        f"WHEN regexp_full_match(lower({text}), '0(\\.0+)?|false') THEN false END"
    )


def digest(*columns: str) -> str:
    """SQL of a hash of columns: 32 hexadecimal digits, different where any column differs."""
    parts = [
        f"coalesce(length({column}::VARCHAR) || ':' || {column}::VARCHAR, '-')"
        for column in columns
    ]
    return f"md5(concat({', '.join(parts)}))"
