"""Binds the fields of a table to the columns of a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.staging.chunks import typed_columns
from attrigraph.staging.expressions import columns_of, parse
from attrigraph.staging.expressions.nodes import Column, Parameter, Total, walk
from attrigraph.staging.fields import FIELDS, property_field
from attrigraph.staging.text_encoding import other_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from attrigraph.staging.expressions import Node
    from attrigraph.staging.mapping import Source, Table
    from attrigraph.staging.readers import Reader


class NoTableFitsError(InputError):
    """A file lacks columns that any of its possible tables needs."""


DAYS: Final = ("date", "start")
"""Fields of the day of daily figures, one of which is necessary."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A file's table and the columns of it that are read.

    Attributes:
        table: what the rows are.
        columns: field -> name of the column.
        computed: field -> the expression that gives its value; those of properties of events are
            there as ``property_field`` names them.
        further: columns that are read for expressions.
        attributes: further columns, which are attributes of customers.
        unused: columns that nothing is read from.
        types: column -> DuckDB's type, where the file declares types.
    """

    table: Table
    columns: dict[str, str]
    computed: dict[str, Node] = field(default_factory=dict)
    further: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    unused: tuple[str, ...] = field(default=())
    types: dict[str, str] = field(default_factory=dict)

    @property
    def read(self) -> tuple[str, ...]:
        """Names of the columns that are read, each once."""
        return tuple(dict.fromkeys([*self.columns.values(), *self.further, *self.attributes]))

    @property
    def nested(self) -> frozenset[str]:
        """Columns in which expressions reach lists and structures."""
        nodes = (node for each in _expressions(self.table) for node in walk(each))
        return frozenset(name for node in nodes if (name := _nested_column(node)) is not None)

    @property
    def typed(self) -> dict[str, str]:
        """Types of the columns whose values are used as they are, by their names in ``prepared``.

        Words for missing values and the lines of one row are texts, so that all are texts there.
        """
        if self.table.null or self.table.group is not None:
            return {}
        return typed_columns(self.read, self.types)

    def gives(self, name: str) -> bool:
        """Whether a column, an expression or a constant gives the field."""
        return name in self.columns or name in self.computed or name in self.table.constants

    def node(self, name: str) -> Node | None:
        """A field as an expression; None if neither a column nor an expression gives it."""
        if name in self.columns:
            return Column(self.columns[name])
        return self.computed.get(name)


@dataclass(frozen=True, slots=True)
class Opening:
    """One way to read a file.

    Attributes:
        reading: how its lines are read.
        header: the columns that it has then.
        tables: what its rows may be.
    """

    reading: Reader
    header: list[str]
    tables: list[Table]


def bind(path: Path, openings: Sequence[Opening]) -> tuple[Reader, Binding]:
    """The one table that fits the file, and how the file is read then.

    The columns decide: all necessary fields must be there, and of several tables the one that
    reads most columns is taken.

    Raises:
        NoTableFitsError: no table fits; the message names what is missing.
        InputError: several fit.
    """
    fitting = [
        (opening, _binding(table, opening.header))
        for opening in openings
        for table in opening.tables
        if not missing_fields(table, opening.header)
    ]
    if not fitting:
        _check_utf8(openings[0].reading)
        raise NoTableFitsError(_nothing_fits(path, openings))
    most = max(_n_fields(binding) for _, binding in fitting)
    best = [each for each in fitting if _n_fields(each[1]) == most]
    opening, binding = best[0]
    others = [other for _, other in best[1:] if not _same(binding, other)]
    if others:
        tables = [each.table for each in (binding, *others)]
        forms = " and ".join(dict.fromkeys(_form(table) for table in tables))
        raise InputError(f"{path} may hold {forms}, its columns fit both; name one preset for it")
    _check_repeated(path, opening.header, binding)
    # keys of JSON may come up later
    json = opening.reading.form.name == "json"
    return opening.reading, _opened(binding) if json else binding


def _check_utf8(reading: Reader) -> None:
    """Raise an InputError if a text file is not UTF-8, of which no column can be found."""
    if not reading.is_utf8():
        raise InputError(f"{reading.path} {other_encoding(reading.form)}")


def _form(table: Table) -> str:
    """What messages call a table."""
    own = table.name not in (None, f"preset {table.rows}")
    return f"{table.rows} ({table.name})" if own else table.rows


def _same(one: Binding, other: Binding) -> bool:
    """Whether two tables read the same fields from the same columns and mean the same by them."""
    first, second = one.table, other.table
    meanings = ("rows", "constants", "values", "kinds", "ignore", "numbers", "group")
    return all(getattr(first, name) == getattr(second, name) for name in meanings) and all(
        one.node(name) == other.node(name) for name in FIELDS[first.rows]
    )


def _n_fields(binding: Binding) -> int:
    """Number of columns that are read and are no attributes of customers."""
    return len(binding.read) - len(binding.attributes)


def _check_repeated(path: Path, header: Sequence[str], binding: Binding) -> None:
    for name in sorted({name for name in header if header.count(name) > 1}):
        if name in binding.read:
            raise InputError(
                f"{path} has several columns named {name!r}, which is read; rename all but one"
            )


def tables_for(path: Path, source: Source) -> list[Table]:
    """The tables that a file may hold, by its name: those that name it, else those that name none.

    Raises:
        InputError: when there is no such table.
    """
    named = [table for table in source.tables if table.files and fnmatch(path.name, table.files)]
    tables = named or [table for table in source.tables if table.files is None]
    if not tables:
        raise InputError(
            f"{path}: no table of the mapping is for a file of that name; change `files` in one"
        )
    return tables


def _opened(binding: Binding) -> Binding:
    """The binding with the columns that may come up later."""
    table = binding.table
    later = {
        name: table.columns.get(name, name)
        for name in FIELDS[table.rows]
        if name not in table.constants
        and name not in table.expressions
        and name not in binding.columns
    }
    further = dict.fromkeys(column.name for column in _columns_of_expressions(table))
    return replace(binding, columns={**binding.columns, **later}, further=tuple(further))


def _binding(table: Table, header: Sequence[str]) -> Binding:
    columns = {
        name: column
        for name in FIELDS[table.rows]
        if name not in table.constants
        and name not in table.expressions
        and (column := _column(table, name, header)) is not None
    }
    computed = {name: parse(text) for name, text in table.expressions.items()}
    computed |= {property_field(name): parse(text) for name, text in table.properties.items()}
    used = [each.name for each in _columns_of_expressions(table) if each.name in header]
    binding = Binding(table, columns, computed, tuple(dict.fromkeys(used)))
    others = tuple(name for name in header if name not in binding.read)
    if table.rows == "customers":
        return replace(binding, attributes=others)
    return replace(binding, unused=others)


def _expressions(table: Table) -> Iterator[Node]:
    """Everything that the table computes."""
    yield from (parse(text) for text in table.expressions.values())
    yield from (parse(text) for text in table.properties.values())
    if table.where is not None:
        yield parse(table.where, kind="boolean")
    if table.group is not None:
        yield parse(table.group)


def _columns_of_expressions(table: Table) -> Iterator[Column]:
    return (column for node in _expressions(table) for column in columns_of(node))


def _nested_column(node: Node) -> str | None:
    match node:
        case Parameter(column) | Total(column):
            return column.name
        case Column(name, path) if path:
            return name
    return None


def _column(table: Table, name: str, header: Sequence[str]) -> str | None:
    if name in table.columns:
        return table.columns[name] if table.columns[name] in header else None
    for column in (name, *FIELDS[table.rows][name].other_names):
        if column in header:
            return column
    return None


def missing_fields(table: Table, header: Sequence[str]) -> list[str]:
    """Columns that the table needs or names and that the header lacks."""
    fields = [
        table.columns.get(name, name)
        for name, field_ in FIELDS[table.rows].items()
        if name not in table.constants
        and name not in table.expressions
        and (field_.necessary or name in table.columns)
        and _column(table, name, header) is None
    ]
    columns = _columns_of_expressions(table)
    needed = [each.name for each in columns if not each.optional and each.name not in header]
    without = [*_without_columns(table, header), *_without_days(table, header)]
    return list(dict.fromkeys([*fields, *needed, *without]))


def _without_columns(table: Table, header: Sequence[str]) -> Iterator[str]:
    """The columns of necessary fields that are optional, where the header has none of them."""
    for name, text in table.expressions.items():
        names = dict.fromkeys(column.name for column in columns_of(parse(text)))
        if FIELDS[table.rows][name].necessary and names and not names.keys() & set(header):
            yield " or ".join(names)


def _without_days(table: Table, header: Sequence[str]) -> Iterator[str]:
    """The columns of the day of daily figures, where the header has none of them."""
    if table.rows not in ("spend", "claims") or table.constants.keys() & set(DAYS):
        return
    stated = [name for name in DAYS if name in table.columns or name in table.expressions]
    columns = [column for name in DAYS for column in _columns_of_field(table, name)]
    if columns and not set(columns) & set(header):
        named = [column for name in stated or DAYS for column in _columns_of_field(table, name)]
        yield " or ".join(dict.fromkeys(named))


def _columns_of_field(table: Table, name: str) -> list[str]:
    """Columns that may give a field."""
    if name in table.expressions:
        return [column.name for column in columns_of(parse(table.expressions[name]))]
    if name in table.columns:
        return [table.columns[name]]
    return [name, *FIELDS[table.rows][name].other_names]


def _nothing_fits(path: Path, openings: Sequence[Opening]) -> str:
    header, table = min(
        ((opening.header, table) for opening in openings for table in opening.tables),
        key=lambda pair: _distance(pair[1], pair[0]),
    )
    missing = missing_fields(table, header)
    columns = listed_names(header)
    return (
        f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} "
        f"that rows of {_form(table)} need; its columns are {columns}{_hint(header)}"
    )


def _distance(table: Table, header: Sequence[str]) -> tuple[int, int]:
    """How far a header is from what a table needs: less what it has than what it lacks."""
    missing = len(missing_fields(table, header))
    binding = _binding(table, header)
    return missing - len(set(binding.read) & set(header)) + len(binding.attributes), missing


def _hint(header: Sequence[str]) -> str:
    """A hint at the delimiter, where a header is one long name, or at data in its place."""
    other = next((mark for mark in ";\t|" if mark in header[0]), None) if header else None
    if len(header) == 1 and other is not None:
        return f"; if {other!r} separates them, state it as the delimiter in a mapping (--mapping)"
    if any(not name or name.isdigit() for name in header):
        return "; if its first line is no header, name the file that holds it with --header"
    return ""


def with_types(binding: Binding, types: dict[str, str]) -> Binding:
    """The binding with the types that the file declares, its texts also those of attributes."""
    texts = {name: "text" for name in binding.attributes if types.get(name) == "VARCHAR"}
    table = binding.table.model_copy(update={"types": {**texts, **binding.table.types}})
    return replace(binding, table=table, types=types)
