"""The staged rows in their final order: customers by bucket and id, events by customer and time.

``customer`` (code, raw_id, id, bucket, active) numbers customers in that order; ``key_channel``,
``key_campaign``, ``key_creative`` and ``key_kind`` (code, name) number texts; ``touch`` and
``conversion`` hold codes, sorted by customer, time, nanosecond and position. The id of a touch is
NULL where ``touch_ids`` makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain import buckets_of
from attrigraph.staging.identities import STORED
from attrigraph.staging.pseudonyms import pseudonym_sql

if TYPE_CHECKING:
    import duckdb

IDS_PER_CALL: Final = 250_000
"""Number of customers whose buckets are computed together."""

KEYS: Final = ("kind", "channel", "campaign", "creative")

DIGEST_DIGITS: Final = 32
OWN_DIGITS: Final = 16
"""Digits of the content's hash that distinguish the events of one customer."""

ALL_CAMPAIGNS: Final = """
SELECT campaign FROM event_group UNION ALL SELECT campaign FROM creative_campaigns
"""

TOUCHED: Final = """
SELECT id, '' AS suffix, customer, time, nanosecond, position, kind, channel, campaign, creative,
    cost, file, line, origin
FROM event_row JOIN label_code USING (label) WHERE reason IS NULL AND NOT conversion
UNION ALL
SELECT id, ':touch', customer, CASE WHEN nanosecond = 0 THEN time - 1 ELSE time END,
    CASE WHEN nanosecond = 0 THEN 999999 ELSE nanosecond - 1 END, position, touch_kind, channel,
    campaign, creative, cost, file, line, origin
FROM event_row JOIN label_code USING (label) WHERE reason IS NULL AND brings_touch
"""
"""Touches, and those that conversions bring: these lie a nanosecond before the conversion."""


LABEL_CODES: Final = """
CREATE TEMP TABLE label_code AS
SELECT label, conversion, conversion AND also_touch
        AND coalesce(event_label.channel, event_label.campaign, event_label.creative) IS NOT NULL
        AS brings_touch,
    key_kind.code AS kind, touch.code AS touch_kind, coalesce(key_channel.code, -1) AS channel,
    coalesce(key_campaign.code, -1) AS campaign, coalesce(key_creative.code, -1) AS creative
FROM event_label
JOIN key_kind ON key_kind.name = event_label.kind
JOIN key_kind AS touch ON touch.name = 'touch'
LEFT JOIN key_channel ON key_channel.name = event_label.channel
LEFT JOIN creative_campaigns AS known ON known.creative = event_label.creative
LEFT JOIN key_campaign ON key_campaign.name = coalesce(event_label.campaign, known.campaign)
LEFT JOIN key_creative ON key_creative.name = event_label.creative
"""
"""Codes of the names of labels; a creative without a campaign gets that which is known."""


def number_customers(database: duckdb.DuckDBPyConnection, raw_ids: str, key: bytes | None) -> None:
    """Make ``customer``.

    Args:
        database: where.
        raw_ids: SQL of a relation (raw_id, active): ids as in the files, and whether they have
            events.
        key: the key of the pseudonyms; None keeps the ids.
    """
    pseudonym, parameters = ("raw_id", {}) if key is None else pseudonym_sql(key, "raw_id")
    database.execute(
        f"""
        CREATE TEMP TABLE named AS SELECT raw_id, active,
            CASE WHEN starts_with(raw_id, {STORED}) THEN substr(raw_id, 2)
                WHEN hash IS NOT NULL THEN hash ELSE {pseudonym} END AS id
        FROM ({raw_ids}) LEFT JOIN identity_hash ON identity_hash.id = raw_id""",
        parameters,
    )
    _spread(database)
    database.execute("""
        CREATE TABLE customer AS
        SELECT (row_number() OVER () - 1)::INTEGER AS code, * FROM (
            SELECT raw_id, id, bucket, active
            FROM named POSITIONAL JOIN spread ORDER BY bucket, id);
        DROP TABLE named; DROP TABLE spread""")


def _spread(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``spread``: the bucket of each row of ``named``, in its order."""
    database.execute("CREATE TEMP TABLE spread (bucket SMALLINT)")
    count = database.execute("SELECT count(*) FROM named").fetchall()[0][0]
    for start in range(0, count, IDS_PER_CALL):
        ids = database.execute(
            "SELECT id FROM named WHERE rowid >= $start AND rowid < $start + $size",
            {"start": start, "size": IDS_PER_CALL},
        ).fetchnumpy()["id"]
        database.register("registered_buckets", {"bucket": buckets_of(map(str, ids))})
        database.execute("INSERT INTO spread SELECT bucket FROM registered_buckets")
        database.unregister("registered_buckets")


def number_keys(database: duckdb.DuckDBPyConnection, name: str, texts: str) -> None:
    """Make ``key_<name>`` of a relation with one column of texts, given as SQL."""
    database.execute(
        f"CREATE TABLE key_{name} AS SELECT (row_number() OVER () - 1)::INTEGER AS code, name "
        f"FROM (SELECT DISTINCT name FROM ({texts}) AS texts(name) WHERE name IS NOT NULL "
        "ORDER BY name)"
    )


def order_events(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``touch`` and ``conversion`` of the rows of ``event`` that are taken.

    A touch that names a creative and no campaign gets that of ``creative_campaigns``.
    """
    for name, texts in (
        ("kind", "SELECT kind FROM event_group UNION ALL SELECT 'touch'"),
        ("channel", "SELECT channel FROM event_group"),
        ("campaign", ALL_CAMPAIGNS),
        ("creative", "SELECT creative FROM event_group"),
    ):
        number_keys(database, name, texts)
    database.execute(LABEL_CODES)
    _order_touches(database)
    _order_conversions(database)


def _order_touches(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(f"""
        CREATE TABLE touch AS
        SELECT customer.code AS customer, bucket, time, nanosecond, position,
            CASE WHEN touched.id IS NOT NULL THEN {own_id("touched")} || suffix END AS id,
            kind, channel, campaign, creative, coalesce(cost, 'nan'::DOUBLE) AS cost, file, line,
            origin
        FROM ({TOUCHED}) AS touched
        JOIN customer ON customer.raw_id = touched.customer
        ORDER BY customer.code, time, nanosecond, position""")


def _order_conversions(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(f"""
        CREATE TABLE conversion AS
        SELECT customer.code AS customer, bucket, time, nanosecond, position,
            {own_id("event_row")} AS id, kind, value, file, line, origin
        FROM event_row
        JOIN label_code USING (label)
        JOIN customer ON customer.raw_id = event_row.customer
        WHERE reason IS NULL AND conversion
        ORDER BY customer.code, time, nanosecond, position, 6""")


def own_id(relation: str) -> str:
    """SQL of an event's id; a derived one begins with the pseudonym of the id that a row names."""
    return (
        f"CASE WHEN starts_with({relation}.id, chr(0)) "
        f"THEN coalesce({relation}.origin, customer.id) || '-' || "
        f"left(right({relation}.id, {DIGEST_DIGITS}), {OWN_DIGITS}) "
        f"ELSE {relation}.id END"
    )
