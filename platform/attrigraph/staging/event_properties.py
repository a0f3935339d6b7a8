"""Properties of events that mappings name: texts of the files, of the types that they declare.

``event_property`` (code, p0, p1, ...) holds each combination of them by its number, the properties
in the order of their names. Numbers are given as rows are read, and again by content at the end, so
that they do not depend on the order of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError
from attrigraph.staging.customer_attributes import CASTS, as_time
from attrigraph.staging.customer_rows import READABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from attrigraph.domain.event_properties import PropertyType, PropertyValue
    from attrigraph.staging.bindings import Binding

    Types = Mapping[str, PropertyType]

RENUMBER: Final = """
CREATE TEMP TABLE property_number AS
SELECT code AS old, dense_rank() OVER (ORDER BY {0}) - 1 AS new FROM event_property;
UPDATE event_store SET property = new FROM property_number WHERE property = old;
CREATE OR REPLACE TABLE event_property AS
SELECT DISTINCT new::INTEGER AS code, {0} FROM event_property JOIN property_number ON code = old;
DROP TABLE property_number
"""


def types_of(bindings: Sequence[Binding]) -> dict[str, PropertyType]:
    """The properties that files of events may give, by name, with their types.

    Raises:
        InputError: files declare several types of one property.
    """
    types: dict[str, PropertyType] = {}
    for table in (binding.table for binding in bindings):
        for name in table.properties:
            kind: PropertyType = table.types.get(name, "text")
            if types.setdefault(name, kind) != kind:
                raise InputError(
                    f"the property {name} is {types[name]} in one table and {kind} in another; "
                    "state one type in both"
                )
    return dict(sorted(types.items()))


def columns(types: Types) -> list[str]:
    """Names of the columns of properties."""
    return [f"p{number}" for number in range(len(types))]


def create(database: duckdb.DuckDBPyConnection, types: Types) -> None:
    """Make ``event_property`` without rows."""
    texts = "".join(f", {name} VARCHAR" for name in columns(types))
    database.execute(
        f"CREATE TABLE event_property (code INTEGER{texts}); CREATE TEMP SEQUENCE property_code"
    )


def is_of_type(column: str, kind: PropertyType) -> str:
    """SQL of whether a text can be read as a type."""
    if kind == "text":
        return "true"
    finite = f" AND isfinite(TRY_CAST({column} AS DOUBLE))" if kind == "number" else ""
    return f"({READABLE[kind].replace('TEXT', column)}{finite})"


def renumber(database: duckdb.DuckDBPyConnection, types: Types) -> None:
    """Number the combinations by what they are; those with values come before those without."""
    if types:
        database.execute(RENUMBER.format(", ".join(columns(types))))


def read_properties(
    database: duckdb.DuckDBPyConnection, types: Types, codes: Sequence[int]
) -> Iterator[tuple[int, dict[str, PropertyValue]]]:
    """Some combinations of properties by their numbers."""
    values = [
        CASTS[kind].format(column)
        for column, kind in zip(columns(types), types.values(), strict=True)
    ]
    rows = database.execute(
        f"SELECT code, {', '.join(values)} FROM event_property "
        "WHERE code IN (SELECT unnest($codes::INTEGER[]))",
        {"codes": list(codes)},
    ).fetchall()
    for code, *found in rows:
        named = zip(types.items(), found, strict=True)
        yield code, {name: _value(kind, one) for (name, kind), one in named if one is not None}


def _value(kind: PropertyType, value: Any) -> PropertyValue:
    return as_time(value) if kind == "time" else value
