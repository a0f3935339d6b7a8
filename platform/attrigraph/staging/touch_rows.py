"""Touches in their final order, with no more columns than they need.

``touch_store`` holds the columns in which touches differ, sorted by customer, time, nanosecond and
position. The view ``touch`` has all of them: customer, bucket, time, nanosecond, position, id,
name, cost, cost_share, file, line, origin, user_id and property. ``id`` is NULL where
``touch_ids`` makes it.
``touch_name`` (code, kind, channel, campaign, creative, and ``PROPERTIES``) holds each combination
of names once, by its number ``name``. Sorting is what reading events spends most time on, and it
takes as long as rows are wide. So ``instant``, nanoseconds since 1970, is stored in place of time
and nanosecond where it can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.event_ids import stored_id, with_recorded, with_user
from attrigraph.staging.event_rows import UTM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

PROPERTIES: Final = {"audience": "audienceId"} | dict(
    zip(UTM, ("utmSource", "utmMedium", "utmTerm"), strict=True)
)
"""Columns of names that no model reads, and the properties of touches that hold them."""

NAMES: Final = f"""
CREATE TABLE touch_name AS
SELECT (row_number() OVER () - 1)::INTEGER AS code, * FROM (
    SELECT DISTINCT touch_kind AS kind, channel, campaign, creative, {", ".join(PROPERTIES)}
    FROM label_code WHERE NOT conversion OR brings_touch ORDER BY ALL);
CREATE TEMP TABLE label_name AS
SELECT label, conversion, brings_touch, code AS name FROM label_code
JOIN touch_name ON touch_name.kind = touch_kind AND touch_name.channel = label_code.channel
    AND touch_name.campaign = label_code.campaign AND touch_name.creative = label_code.creative
    AND {" AND ".join(f"touch_name.{n} IS NOT DISTINCT FROM label_code.{n}" for n in PROPERTIES)}
"""

TOUCHED: Final = """
SELECT id, '' AS suffix, customer, time, nanosecond, position, name,
    coalesce(cost, 'nan'::DOUBLE) AS cost, coalesce(cost_share, 1) AS cost_share, file, line,
    origin, person, coalesce(property, -1) AS property
FROM event_row JOIN label_name USING (label) WHERE reason IS NULL AND NOT conversion
UNION ALL
SELECT id, ':touch', customer, CASE WHEN nanosecond = 0 THEN time - 1 ELSE time END,
    CASE WHEN nanosecond = 0 THEN 999999 ELSE nanosecond - 1 END, position, name,
    coalesce(cost, 'nan'::DOUBLE), coalesce(cost_share, 1), file, line, origin, person,
    coalesce(property, -1)
FROM event_row JOIN label_name USING (label) WHERE reason IS NULL AND brings_touch
"""
"""Touches, and those that conversions bring: these lie a nanosecond before the conversion."""

PER_MS: Final = 1_000_000
"""Nanoseconds per millisecond."""

FITS: Final = f"SELECT min(time) > 0 AND max(time) < {2**63 // PER_MS} FROM event_row"
"""SQL of whether all touches lie between 1970 and 2262, where one number holds an instant."""

INSTANT: Final = f"time * {PER_MS} + nanosecond AS instant"
UNPACKED: Final = f"instant // {PER_MS} AS time, (instant % {PER_MS})::INTEGER AS nanosecond"
"""SQL of the stored instant, and of the two columns that the view has in its place."""

NUMBERS: Final = {
    "line": ("SELECT max(line) FROM event_row", "UINTEGER", "BIGINT"),
    "name": ("SELECT max(code) FROM touch_name", "USMALLINT", "INTEGER"),
}
"""Columns of numbers from 0: SQL of the largest, a type if it is small, and one for all."""

LARGEST: Final = {"UINTEGER": 2**32 - 1, "USMALLINT": 2**16 - 1}

SAME: Final = {
    "nanosecond": "0",
    "position": "0",
    "file": "0",
    "id": "NULL::VARCHAR",
    "cost": "'nan'::DOUBLE",
    "cost_share": "1::DOUBLE",
    "origin": "NULL::INTEGER",
    "user_id": "NULL::INTEGER",
    "property": "-1::INTEGER",
}
"""Columns that are not stored where all touches have this value."""


JOINED: Final = """
(SELECT origin FROM known_id UNION ALL SELECT origin FROM event_row) WHERE origin IS NOT NULL
"""
"""SQL of ids that have the customer of another one, for some rows or for all."""


def order_touches(database: duckdb.DuckDBPyConnection, is_named: Callable[[str], str]) -> None:
    """Make ``touch_name``, ``touch_store`` and ``touch`` of the rows of ``event`` that are taken.

    Args:
        database: where ``event_row``, ``label_code``, ``known_id`` and ``identity_id`` are.
        is_named: SQL of whether a row of ``known_id`` is the id that a text names.
    """
    database.execute(NAMES)
    differing = _differing(database)
    times = _time_columns(database, differing)
    timed = {"time", "nanosecond"}  # an instant holds both
    further = [name for name in SAME if name in differing and name not in timed]
    columns = ["known_id.code AS customer", "bucket", *_numbers(database)]
    columns += map(_sql, (*times, *further))
    order = [*times, *(name for name in further if name == "position")]
    database.execute(f"""
        CREATE TABLE touch_store AS SELECT {", ".join(columns)} FROM ({TOUCHED}) AS touched
        JOIN known_id ON {is_named("touched.customer")}
        {with_recorded("touched") if "id" in differing else ""}
        {with_user("touched") if "user_id" in differing else ""}
        ORDER BY known_id.code, {", ".join(order)}""")
    database.execute("DROP TABLE label_name")
    same = [f"{value} AS {name}" for name, value in SAME.items() if name not in differing]
    stored = f"* EXCLUDE (instant), {UNPACKED}" if "instant" in times else "*"
    rest = ", ".join([stored, *same])
    database.execute(f"CREATE VIEW touch AS SELECT rowid AS rowid, {rest} FROM touch_store")


def stored_columns(database: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns of ``SAME`` in which touches may differ; the others are the same in all."""
    sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'touch_store'"
    stored = {row[0] for row in database.execute(sql).fetchall()}
    if "instant" in stored:
        stored.add("nanosecond")
    return set(SAME) & stored if stored else set(SAME)


def _time_columns(database: duckdb.DuckDBPyConnection, differing: set[str]) -> tuple[str, ...]:
    """The columns that hold the times of touches."""
    if "nanosecond" not in differing:
        return ("time",)
    return ("instant",) if database.execute(FITS).fetchall()[0][0] else ("time", "nanosecond")


def _differing(database: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns of ``SAME`` in which any touch has another value, or may have one."""
    relations = {
        name: f"({TOUCHED}) WHERE {name} IS DISTINCT FROM {value}"
        for name, value in SAME.items()
        if name != "user_id"
    }
    relations["origin"] = JOINED
    relations["user_id"] = f"({TOUCHED}) WHERE person IS NOT NULL"
    return {
        name
        for name, relation in relations.items()
        if database.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchall()
    }


def _numbers(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """SQL of the columns of ``NUMBERS``, each as narrow as it can be."""
    for name, (largest, narrow, wide) in NUMBERS.items():
        value = database.execute(largest).fetchall()[0][0] or 0
        yield f"{name}::{narrow if value <= LARGEST[narrow] else wide} AS {name}"


def _sql(name: str) -> str:
    """SQL of a column that is stored."""
    if name == "instant":
        return INSTANT
    if name == "origin":
        return "coalesce(touched.origin, known_id.origin) AS origin"
    if name == "user_id":
        return "user_id.code AS user_id"
    if name != "id":
        return name
    return f"CASE WHEN touched.id IS NOT NULL THEN {stored_id('touched')} || suffix END AS id"
