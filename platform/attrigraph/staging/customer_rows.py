"""Facts about customers: any columns beside the id, each of one type.

A column's type is what all its values can be read as, the first that fits of: whole number,
number, true or false, date, time with zone, text. Text columns of Parquet stay text, and a mapping
may declare the type; then values that are not of it are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.staging.columns import FieldSql, nameless
from attrigraph.staging.dates import date_of
from attrigraph.staging.repeats import settle_repeats
from attrigraph.staging.times import ZONED, in_calendar, zoned_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.mapping import FactType

RESERVED: Final = ("id", "bucket", "customerId")
"""Names that the graph itself gives to properties of a customer."""

WHOLE: Final = "-?(0|[1-9][0-9]{0,17})"
DECIMAL: Final = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
ODD: Final = "[+-]?([nN]a[nN]|[iI]nf(inity)?)"

READABLE: Final[dict[FactType, str]] = {
    "integer": f"regexp_full_match(TEXT, '{WHOLE}')",
    "number": f"regexp_full_match(TEXT, '{DECIMAL}|{ODD}')",
    "boolean": "lower(TEXT) IN ('true', 'false')",
    "date": f"({date_of('TEXT')}) IS NOT NULL",
    "time": f"(regexp_full_match(TEXT, '{ZONED}') AND {in_calendar(zoned_time('TEXT', None))})",
}
"""SQL of whether ``TEXT`` can be read as a type, by type, in the order of preference."""


def check_names(events: Sequence[str]) -> None:
    """Make sure that facts may bear their columns' names.

    Raises:
        InputError: when one is empty or reserved.
    """
    for name in events:
        if name in RESERVED or not name.strip():
            raise InputError(
                f"a column of customers is named {name!r}, which the graph cannot use; names must "
                f"be neither blank nor one of {', '.join(RESERVED)}"
            )


def create(database: duckdb.DuckDBPyConnection, events: Sequence[str]) -> None:
    """Make ``fact`` for facts of those names; column ``f0`` is the first."""
    columns = "".join(f", f{i} VARCHAR" for i in range(len(events)))
    database.execute(
        f"CREATE TABLE fact (file INTEGER, line BIGINT, reason VARCHAR, customer VARCHAR{columns})"
    )


def take(
    database: duckdb.DuckDBPyConnection, binding: Binding, file: int, events: Sequence[str]
) -> None:
    """Put ``chunk`` into ``fact``."""
    fields = FieldSql(binding)
    columns = {name: fields.column(name) for name in binding.events}
    values = "".join(f", {columns.get(name, 'NULL')}" for name in events)
    sql = f"""
        INSERT INTO fact
        SELECT {fields.given("file", file)}, line,
            coalesce(error, CASE WHEN {nameless("customer")} THEN 'missing-id' END),
            * EXCLUDE (line, error)
        FROM (
            SELECT line, error, {fields.text("customer_id")} AS customer{values} FROM chunk)"""
    database.execute(sql, fields.used(sql))


def settle(
    database: duckdb.DuckDBPyConnection, events: Sequence[str], declared: Mapping[str, FactType]
) -> dict[str, FactType]:
    """The type of each fact that anyone has; rows that cannot be taken get a reason."""
    types: dict[str, FactType] = {}
    for place, name in enumerate(events):
        known = declared.get(name)
        found = known or _type(database, f"f{place}")
        if found is None:
            continue
        types[name] = found
        _refuse(database, f"f{place}", found, declared=known is not None)
    settle_repeats(
        database, "fact", "customer", [f"f{i}" for i in range(len(events))] or ["customer"]
    )
    return types


def _type(database: duckdb.DuckDBPyConnection, column: str) -> FactType | None:
    """The first type that all values can be read as; None when there are none."""
    tests = ", ".join(f"bool_and({test.replace('TEXT', column)})" for test in READABLE.values())
    fits = database.execute(
        f"SELECT {tests} FROM fact WHERE reason IS NULL AND {column} IS NOT NULL"
    ).fetchall()[0]
    if fits[0] is None:
        return None
    kinds: list[FactType] = list(READABLE)
    return next((kind for kind, fit in zip(kinds, fits, strict=True) if fit), "text")


def _refuse(
    database: duckdb.DuckDBPyConnection, column: str, found: FactType, *, declared: bool
) -> None:
    if declared and found != "text":
        database.execute(
            f"UPDATE fact SET reason = 'bad-type' WHERE reason IS NULL AND {column} IS NOT NULL "
            f"AND NOT {READABLE[found].replace('TEXT', column)}"
        )
    if found == "number":
        database.execute(
            f"UPDATE fact SET reason = 'not-finite' WHERE reason IS NULL "
            f"AND NOT isfinite(TRY_CAST({column} AS DOUBLE))"
        )
