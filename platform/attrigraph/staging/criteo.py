"""Touchpoints and journeys in two files: checked against each other, then made events.

A journey's customer is its user. Times are seconds from a start that the caller states. A journey
that converted does so one second after its last touch, since the files do not hold its own time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain import epoch_ms, nanosecond_of
from attrigraph.errors import InputError
from attrigraph.staging.columns import (
    FieldSql,
    flag,
    nameless,
    number,
    whole,
    whole_error,
)
from attrigraph.staging.duplicates import resolve_duplicates
from attrigraph.staging.event_rows import insert_events
from attrigraph.staging.kinds import CONVERSION
from attrigraph.staging.times import millisecond, nanosecond

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from attrigraph.staging.bindings import Binding

CREATE: Final = """
CREATE TEMP TABLE journey_touch (
    file INTEGER, line BIGINT, reason VARCHAR, journey VARCHAR, position BIGINT,
    campaign VARCHAR, seconds DOUBLE, channel VARCHAR);
CREATE TEMP TABLE journey_row (
    file INTEGER, line BIGINT, reason VARCHAR, journey VARCHAR, customer VARCHAR,
    converted BOOLEAN, touches BIGINT)
"""
TOUCH_NAMES: Final = {"journey": "journey_id", "campaign": "campaign", "channel": "channel"}
"""Columns of touchpoints whose texts the graph indexes, and the fields that give them."""

KIND: Final = "impression"
LATEST: Final = 1e11
"""Seconds from the start that are no mistake: some three thousand years."""


def start_micros(start: datetime | None) -> int:
    """The start as epoch microseconds.

    Raises:
        InputError: when there is none.
    """
    if start is None:
        raise InputError(
            "the times of criteo-journeys are seconds from a start that the files do not hold; "
            "state it with --start, for instance --start 2016-01-01T00:00:00Z"
        )
    return epoch_ms(start) * 1000 + nanosecond_of(start) // 1000


def write_touchpoints(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``prepared`` into ``journey_touch``."""
    fields = FieldSql(binding)
    number_of_file = fields.parameter("file", file)
    time = fields.shown("timestamp_s", "raw_seconds")
    position = fields.shown("position", "raw_position")
    sql = f"""
        INSERT INTO journey_touch
        SELECT {number_of_file}, line, coalesce(error, CASE
            WHEN journey IS NULL THEN 'missing-id'{fields.shown("journey_id", "journey")}
            WHEN campaign IS NULL THEN 'missing-id'{fields.shown("campaign", "campaign")}
            WHEN raw_seconds IS NULL THEN 'missing-time'{time}
            WHEN seconds IS NULL OR NOT abs(seconds) < {LATEST} THEN 'bad-time'{time}
            ELSE coalesce({fields.name_error(TOUCH_NAMES)},
                {whole_error("raw_position", position)},
                CASE WHEN position > 2147483646 THEN 'bad-count'{position} END) END),
            journey, position, campaign, seconds, channel
        FROM (
            SELECT line, error, {fields.text("journey_id")} AS journey,
                {fields.text("position")} AS raw_position, {whole("raw_position")} AS position,
                {fields.text("campaign")} AS campaign,
                {fields.text("timestamp_s")} AS raw_seconds,
                {number("raw_seconds")} AS seconds, {fields.text("channel")} AS channel
            FROM prepared)"""
    database.execute(sql, fields.used(sql))


def write_journeys(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``prepared`` into ``journey_row``."""
    fields = FieldSql(binding)
    number_of_file = fields.parameter("file", file)
    shown_flag = fields.shown("converted", "flag")
    sql = f"""
        INSERT INTO journey_row
        SELECT {number_of_file}, line, coalesce(error, CASE
            WHEN journey IS NULL THEN 'missing-id'{fields.shown("journey_id", "journey")}
            WHEN {nameless("customer")} THEN 'missing-id'{fields.shown("user_id", "customer")}
            WHEN {flag("flag")} IS NULL THEN 'flag-mismatch'{shown_flag}
            ELSE coalesce({fields.name_error({"journey": "journey_id", "customer": "user_id"})},
                {whole_error("raw_touches", fields.shown("touches", "raw_touches"))}) END),
            journey, customer, {flag("flag")}, touches
        FROM (
            SELECT line, error, {fields.text("journey_id")} AS journey,
                {fields.text("user_id")} AS customer, {fields.text("converted")} AS flag,
                {fields.text("touches")} AS raw_touches, {whole("raw_touches")} AS touches
            FROM prepared)"""
    database.execute(sql, fields.used(sql))


def resolve(database: duckdb.DuckDBPyConnection) -> None:
    """Check touchpoints and journeys against each other."""
    resolve_duplicates(database, "journey_row", "journey", ["customer", "converted", "touches"])
    resolve_duplicates(
        database,
        "journey_touch",
        "position || ':' || journey",
        ["seconds", "campaign", "channel"],
    )
    database.execute("""
        UPDATE journey_row SET reason = CASE
            WHEN touches <> held THEN 'other-touches'
            WHEN converted AND touches = 0 THEN 'no-touches' END
        FROM (
            SELECT j.journey AS name, count(t.journey) AS held
            FROM journey_row AS j LEFT JOIN journey_touch AS t
                ON j.journey = t.journey AND t.reason IS NULL
            WHERE j.reason IS NULL GROUP BY j.journey) AS holding
        WHERE journey = name AND reason IS NULL
            AND (touches <> held OR converted AND touches = 0)""")
    database.execute("""
        UPDATE journey_touch SET reason = 'orphan'
        WHERE reason IS NULL
            AND journey NOT IN (SELECT journey FROM journey_row WHERE reason IS NULL)""")


def make_events(database: duckdb.DuckDBPyConnection, start: int) -> None:
    """Put touches and conversions into ``event``; ``start`` is in epoch microseconds."""
    insert_events(
        database,
        f"""
        SELECT t.file, t.line, t.journey || ':' || position AS id, customer,
            {_instant("seconds")}, position, false AS conversion, '{KIND}' AS kind, channel,
            campaign, NULL::VARCHAR AS creative, NULL::VARCHAR AS audience, false AS also_touch
        FROM journey_touch AS t JOIN journey_row AS j ON t.journey = j.journey
        WHERE t.reason IS NULL AND j.reason IS NULL""",
        {"start": start},
    )
    insert_events(
        database,
        f"""
        SELECT j.file, j.line, j.journey || ':conversion' AS id, j.customer,
            {_instant("last + 1")}, final + 1 AS position, true AS conversion,
            '{CONVERSION}' AS kind, NULL::VARCHAR AS channel, NULL::VARCHAR AS campaign,
            NULL::VARCHAR AS creative, NULL::VARCHAR AS audience, false AS also_touch, 0 AS value
        FROM journey_row AS j JOIN (
            SELECT journey, max(seconds) AS last, max(position) AS final
            FROM journey_touch WHERE reason IS NULL GROUP BY journey) AS t ON t.journey = j.journey
        WHERE j.reason IS NULL AND converted""",
        {"start": start},
    )


def _instant(seconds: str) -> str:
    """SQL of time and nanosecond of seconds from the start; digits finer than microseconds go."""
    micros = f"($start + round(({seconds}) * 1000000)::BIGINT)"
    return f"{millisecond(micros)} AS time, {nanosecond(micros, 'time', '0')} AS nanosecond"
