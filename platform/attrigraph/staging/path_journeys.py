"""Journeys out of path counts: each journey along a path becomes a customer of its own.

Converting journeys of a path share its value equally. Touches have an order and no time. Ids come
from the path and a number, so that the same counts always give the same journeys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain import NO_TIME
from attrigraph.errors import InputError
from attrigraph.staging import touch_ids
from attrigraph.staging.kinds import CONVERSION
from attrigraph.staging.order import number_customers, number_keys
from attrigraph.staging.touch_rows import PROPERTIES

if TYPE_CHECKING:
    import duckdb

MAX_TOUCHES: Final = 500_000_000
"""More touches than these are not made of path counts."""

KIND: Final = "touch"


def check_size(database: duckdb.DuckDBPyConnection, separator: str) -> None:
    """Check that the paths do not represent too many touches.

    Raises:
        InputError: when journeys would have more than ``MAX_TOUCHES`` touches.
    """
    events = database.execute(
        "SELECT coalesce(sum((conversions::DOUBLE + nulls) * "
        "greatest(1, CASE WHEN path = '' THEN 0 ELSE len(string_split(path, $separator)) END)), 0) "
        "FROM path",
        {"separator": separator},
    ).fetchall()[0][0]
    if events > MAX_TOUCHES:
        raise InputError(
            f"the paths represent {events:,.0f} touches, more than the {MAX_TOUCHES:,} that can be "
            "loaded; use `attrigraph attribute --input`, which needs only the counts"
        )


ORIGINS: Final = """
SELECT requested.id, arg_min(file, (file, line)), arg_min(line, (file, line))
FROM (SELECT unnest($ids) AS id) AS requested
JOIN journey ON journey.customer = regexp_replace(requested.id, ':[^:]*$', '')
JOIN path_row ON path_row.path = journey.path AND path_row.reason IS NULL
GROUP BY requested.id
"""
"""SQL of the first row of the path of events that were made of it."""


def make_journeys(database: duckdb.DuckDBPyConnection, separator: str) -> None:
    """Make ``customer``, ``touch`` and ``conversion`` of ``path``.

    Raises:
        InputError: when the counts are too large.
    """
    check_size(database, separator)
    database.execute("""
        CREATE TABLE journey AS
        SELECT path, left(md5(path), 16) || '-c' || number AS customer, true AS converted,
            value / conversions AS value
        FROM (SELECT *, unnest(range(conversions)) AS number FROM path)
        UNION ALL
        SELECT path, left(md5(path), 16) || '-n' || number, false, NULL
        FROM (SELECT *, unnest(range(nulls)) AS number FROM path)""")
    number_customers(database, "SELECT customer AS raw_id, true AS active FROM journey", None)
    order_journeys(database, separator)
    touch_ids.create_view(database)


def order_journeys(database: duckdb.DuckDBPyConnection, separator: str) -> None:
    """Make ``touch`` and ``conversion`` of the journeys of ``journey``; they have no times."""
    tokens = "CASE WHEN path = '' THEN [] ELSE string_split(path, $separator) END"
    database.execute(
        f"""
        CREATE TABLE step AS
        SELECT path, unnest(range(len(steps)))::INTEGER AS position, unnest(steps) AS channel
        FROM (SELECT path, {tokens} AS steps FROM path WHERE conversions + nulls > 0)""",
        {"separator": separator},
    )
    number_keys(database, "kind", f"SELECT unnest(['{CONVERSION}', '{KIND}'])")
    number_keys(database, "channel", "SELECT channel FROM step")
    for name in ("campaign", "creative"):
        number_keys(database, name, "SELECT NULL::VARCHAR")
    none = ", ".join(f"NULL::VARCHAR AS {name}" for name in PROPERTIES)
    database.execute(f"""
        CREATE TABLE touch_name AS
        SELECT code, {_kind(KIND)} AS kind, code AS channel, -1 AS campaign, -1 AS creative, {none}
        FROM key_channel""")
    database.execute(f"""
        CREATE TABLE touch AS
        SELECT customer.code AS customer, bucket, '{NO_TIME}'::BIGINT AS time, 0 AS nanosecond,
            position,
            id || ':' || position AS id, key_channel.code AS name, 'nan'::DOUBLE AS cost,
            1::DOUBLE AS cost_share,
            NULL::INTEGER AS file, NULL::BIGINT AS line, NULL::INTEGER AS origin,
            NULL::INTEGER AS user_id, -1 AS property
        FROM journey
        JOIN customer ON customer.raw_id = journey.customer
        JOIN step ON step.path = journey.path
        JOIN key_channel ON key_channel.name = step.channel
        ORDER BY customer.code, position""")
    database.execute(f"""
        CREATE TABLE conversion AS
        SELECT customer.code AS customer, bucket, '{NO_TIME}'::BIGINT AS time, 0 AS nanosecond,
            coalesce(length, 0)::INTEGER AS position, id || ':conversion' AS id,
            {_kind(CONVERSION)} AS kind, value, NULL::INTEGER AS file, NULL::BIGINT AS line,
            NULL::INTEGER AS origin, NULL::INTEGER AS user_id, NULL::VARCHAR AS order_id,
            NULL::VARCHAR AS message_id, -1 AS property
        FROM journey
        JOIN customer ON customer.raw_id = journey.customer
        LEFT JOIN (SELECT path, count(*) AS length FROM step GROUP BY path) AS long
            ON long.path = journey.path
        WHERE converted ORDER BY customer.code""")


def _kind(name: str) -> str:
    return f"(SELECT code FROM key_kind WHERE name = '{name}')"
