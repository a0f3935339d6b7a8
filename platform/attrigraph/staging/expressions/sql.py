"""Nodes of expressions to SQL. Texts of a mapping become variables of the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging.columns import number, with_text
from attrigraph.staging.expressions.nodes import (
    Call,
    Column,
    Constant,
    Each,
    IsConversion,
    Parameter,
    Sum,
    ToNumber,
    Total,
    Words,
    columns_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from attrigraph.staging.expressions.nodes import Node


class SqlWriter:
    """Writes the SQL of expressions over one file.

    Views take no parameters in DuckDB, and the rows of a file pass through one; variables are the
    way of values into them.

    Attributes:
        checks: SQL of reasons to reject a row, each NULL where there is none.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        columns: Mapping[str, str],
        *,
        name: str,
        sums: Mapping[Sum, str],
        conversions: Sequence[str] = (),
        null: Sequence[str] = (),
        plain_number: Callable[[str], str],
    ) -> None:
        """Start without checks.

        Args:
            database: the connection that has the variables.
            columns: SQL of each column that is there.
            name: prefix of the variables, letters and digits.
            sums: SQL of each sum over lines, once lines are rows.
            conversions: names of the events that are conversions.
            null: words that are missing values where a path or key leads to them.
            plain_number: SQL of text in the notation of the file, as DuckDB reads numbers.
        """
        self.checks: list[str] = []
        self._database = database
        self._columns = columns
        self._name = name
        self._sums = sums
        self._conversions = list(conversions)
        self._null = tuple(null)
        self._plain_number = plain_number
        self._json: set[str] = set()
        self._count = 0

    def text(self, node: Node) -> str:
        """SQL of a value as text, NULL where it is missing."""
        sql = self.value(node)
        return f"CAST({sql} AS VARCHAR)" if node.kind == "number" else sql

    def value(self, node: Node) -> str:
        """SQL of a value of the node's kind."""
        match node:
            case Column():
                return self._reached(node)
            case Constant(value):
                return "NULL" if value is None else self.variable(value)
            case Words(values):
                return self.variable(list(values))
            case Call(function, arguments):
                return function.sql(*(self.value(argument) for argument in arguments))
            case Parameter(column, key):
                return self._parameter(column, key)
            case Total(column):
                return self._total(column)
            case Sum():
                return self._sums[node]
            case ToNumber(text):
                return self._number(text)
            case IsConversion(name):
                return f"list_contains({self.variable(self._conversions)}, {self.value(name)})"

    def variable(self, value: object) -> str:
        """SQL that names a value; the value itself is handed over."""
        name = f"{self._name}_{self._count}"
        self._count += 1
        self._database.execute(f"SET VARIABLE {name} = $value", {"value": value})
        return f"getvariable('{name}')"

    def _reached(self, column: Column) -> str:
        if column.name not in self._columns:
            return "NULL::VARCHAR"
        whole = self._columns[column.name]
        if not column.path:
            return whole
        self._check_json(column, whole)
        path = self.variable(_pointer(column))
        return self._stated(f"TRY(json_extract_string({whole}, {path}))")

    def _check_json(self, column: Column, text: str) -> None:
        """Reject rows that hold no JSON where an expression reads it.

        DuckDB fails on such text. A check before each reading would parse each text twice, so there
        is one check per column, and TRY where it is read.
        """
        if text in self._json:
            return
        self._json.add(text)
        self.checks.append(
            f"CASE WHEN NOT json_valid({text}) THEN 'not-json'{self._shown(column, text)} END"
        )

    def _stated(self, text: str) -> str:
        """SQL of a text, NULL where it is empty or a word for a missing value."""
        for word in self._null:
            text = f"nullif({text}, {self.variable(word)})"
        return f"nullif({text}, '')"

    def _parameter(self, column: Column, key: str) -> str:
        whole = self._reached(column)
        self._check_json(column, whole)
        entries = f"TRY(json_extract({whole}, '$[*]'))"
        own = (
            f"list_filter({entries}, "
            f"lambda entry: json_extract_string(entry, '/key') = {self.variable(key)})"
        )
        entry = f"list_extract({own}, 1)"
        typed = ", ".join(
            f"json_extract_string({entry}, '/value/{name}_value')"
            for name in ("string", "int", "double", "float")
        )
        plain = (
            f"CASE WHEN json_type({entry}, '/value') <> 'OBJECT' "
            f"THEN json_extract_string({entry}, '/value') END"
        )
        return self._stated(f"coalesce({typed}, {plain})")

    def _total(self, column: Column) -> str:
        if column.name not in self._columns:
            return "NULL::DOUBLE"
        whole = self._columns[column.name]
        self._check_json(column, whole)
        texts = f"TRY(json_extract_string({whole}, {self.variable(_wildcard(column))}))"
        numbers = f"list_transform({texts}, lambda text: {self._read_number('text')})"
        self.checks.append(
            f"CASE WHEN len(list_filter({texts}, lambda text: text IS NOT NULL)) > "
            f"len(list_filter({numbers}, lambda value: value IS NOT NULL)) "
            f"THEN 'bad-number'{self._shown(column, f'CAST({texts} AS VARCHAR)')} END"
        )
        return f"list_sum({numbers})"

    def _number(self, node: Node) -> str:
        text = self.value(node)
        value = self._read_number(text)
        self.checks.append(
            f"CASE WHEN {text} IS NOT NULL AND {value} IS NULL "
            f"THEN 'bad-number'{self._shown(node, text)} END"
        )
        return value

    def _shown(self, node: Node, text: str) -> str:
        names = dict.fromkeys(column.name for column in columns_of(node))
        return with_text(self.variable(", ".join(names) or "a constant"), text)

    def _read_number(self, text: str) -> str:
        return number(self._plain_number(text))


def _pointer(column: Column) -> str:
    """The path as a JSON pointer, which takes any key."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in column.path)
    return "".join(f"/{step}" for step in steps)


def _wildcard(column: Column) -> str:
    """The path as a JSON path, which can lead to several values."""
    return "$" + "".join(_json_step(step) for step in column.path)


def _json_step(step: str | int | Each) -> str:
    match step:
        case Each():
            return "[*]"
        case int():
            return f"[{step}]"
        case _:
            return f'."{step}"'
