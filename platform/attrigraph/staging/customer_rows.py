"""Attributes of customers: all columns but the id, each of one type.

A column's type is what all its values can be read as, the first that fits of: whole number,
number, true or false, date, time with zone, text. Text columns of Parquet stay text, and a mapping
may declare the type; then values that are not of it are rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.staging.columns import FieldSql, nameless, with_text
from attrigraph.staging.dates import date_of
from attrigraph.staging.duplicates import resolve_duplicates
from attrigraph.staging.times import ZONED, in_calendar, zoned_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.mapping import AttributeType

RESERVED: Final = ("id", "bucket", "changedBy", "customerId")
"""Names that the graph itself gives to properties of a customer."""

WHOLE: Final = "-?(0|[1-9][0-9]{0,17})"
DECIMAL: Final = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
ODD: Final = "[+-]?([nN]a[nN]|[iI]nf(inity)?)"

READABLE: Final[dict[AttributeType, str]] = {
    "integer": f"regexp_full_match(TEXT, '{WHOLE}')",
    "number": f"regexp_full_match(TEXT, '{DECIMAL}|{ODD}')",
    "boolean": "lower(TEXT) IN ('true', 'false')",
    "date": f"({date_of('TEXT')}) IS NOT NULL",
    "time": f"(regexp_full_match(TEXT, '{ZONED}') AND {in_calendar(zoned_time('TEXT', None))})",
}
"""SQL of whether ``TEXT`` can be read as a type, by type, in the order of preference."""


def check_names(attributes: Sequence[str]) -> None:
    """Check that attributes can have the names of their columns.

    Raises:
        InputError: when one is empty or reserved.
    """
    for name in attributes:
        if name in RESERVED or not name.strip():
            raise InputError(
                f"a column of customers is named {name!r}, which the graph cannot use; names must "
                f"be neither blank nor one of {', '.join(RESERVED)}"
            )


def create(database: duckdb.DuckDBPyConnection, attributes: Sequence[str]) -> None:
    """Make ``customer_attribute`` for attributes of those names; column ``f0`` is the first."""
    columns = "".join(f", f{i} VARCHAR" for i in range(len(attributes)))
    database.execute(
        "CREATE TABLE customer_attribute "
        f"(file INTEGER, line BIGINT, reason VARCHAR, customer VARCHAR, account VARCHAR{columns}, "
        "origin VARCHAR)"
    )


def write(
    database: duckdb.DuckDBPyConnection, binding: Binding, file: int, attributes: Sequence[str]
) -> None:
    """Put ``prepared`` into ``customer_attribute``."""
    fields = FieldSql(binding)
    columns = {name: fields.column(name) for name in binding.attributes}
    values = "".join(f", {columns.get(name, 'NULL')}" for name in attributes)
    sql = f"""
        INSERT INTO customer_attribute
        SELECT {fields.parameter("file", file)}, line,
            coalesce(error, CASE
                WHEN {nameless("customer")}
                    THEN 'missing-id'{fields.shown("customer_id", "customer")}
                ELSE {fields.name_error({"customer": "customer_id", "account": "account_id"})} END),
            * EXCLUDE (line, error)
        FROM (
            SELECT line, error, {fields.text("customer_id")} AS customer,
                {fields.text("account_id")} AS account{values},
                NULL::VARCHAR AS origin FROM prepared)"""
    database.execute(sql, fields.used(sql))


def resolve(
    database: duckdb.DuckDBPyConnection,
    attributes: Sequence[str],
    declared: Mapping[str, AttributeType],
) -> dict[str, AttributeType]:
    """The type of each attribute that any customer has; rows that cannot be taken get a reason."""
    types: dict[str, AttributeType] = {}
    for number, name in enumerate(attributes):
        column = f"f{number}"
        kind = declared.get(name) or _type(database, column)
        if kind is None:
            continue
        types[name] = kind
        _reject(database, (name, column), kind, declared=name in declared)
    resolve_duplicates(
        database,
        "customer_attribute",
        "customer",
        [f"f{i}" for i in range(len(attributes))] or ["customer"],
    )
    return types


def _type(database: duckdb.DuckDBPyConnection, column: str) -> AttributeType | None:
    """The first type that all values can be read as; None when there are none."""
    tests = ", ".join(f"bool_and({test.replace('TEXT', column)})" for test in READABLE.values())
    fits = database.execute(
        f"SELECT {tests} FROM customer_attribute WHERE reason IS NULL AND {column} IS NOT NULL"
    ).fetchall()[0]
    if fits[0] is None:
        return None
    kinds: list[AttributeType] = list(READABLE)
    return next((kind for kind, fit in zip(kinds, fits, strict=True) if fit), "text")


def _reject(
    database: duckdb.DuckDBPyConnection,
    attribute: tuple[str, str],
    kind: AttributeType,
    *,
    declared: bool,
) -> None:
    """Reject what is not of its type; an attribute is its name and its column in the table."""
    name, column = attribute
    shown = with_text("$name", column)
    if declared and kind != "text":
        database.execute(
            f"UPDATE customer_attribute SET reason = 'bad-type'{shown} WHERE reason IS NULL "
            f"AND {column} IS NOT NULL AND NOT {READABLE[kind].replace('TEXT', column)}",
            {"name": name},
        )
    if kind == "number":
        database.execute(
            f"UPDATE customer_attribute SET reason = 'not-finite'{shown} WHERE reason IS NULL "
            f"AND NOT isfinite(TRY_CAST({column} AS DOUBLE))",
            {"name": name},
        )
