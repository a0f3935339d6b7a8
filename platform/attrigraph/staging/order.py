"""The staged rows in their final order: customers by bucket and id, events by customer and time.

``customer`` (code, raw_id, id, bucket, active, hash) numbers customers in that order; ``hash`` is
that of ``raw_id``. ``known_id`` (raw_id, hash, code, bucket, own, origin) says whose the ids are
that events name: ``own`` is the pseudonym of an id, and ``origin`` its number if its customer has
another id. ``key_channel``, ``key_campaign``, ``key_creative`` and ``key_kind`` (code, name) number
texts; ``touch`` (see ``touch_rows``) and ``conversion`` hold codes, sorted by customer, time,
nanosecond and position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import buckets_of
from attrigraph.staging.buckets import with_buckets
from attrigraph.staging.event_ids import own_id, with_recorded, with_user
from attrigraph.staging.identities import STORED
from attrigraph.staging.pseudonyms import pseudonym_sql
from attrigraph.staging.touch_rows import order_touches

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

IDS_PER_CALL: Final = 250_000
"""Number of customers whose buckets are computed together."""

HASH: Final = "hash(raw_id)"
"""SQL of a number in which customers hardly ever agree."""

KEYS: Final = ("kind", "channel", "campaign", "creative")

ALL_CAMPAIGNS: Final = """
SELECT campaign FROM event_group UNION ALL SELECT campaign FROM creative_campaigns
"""

CUSTOMERS: Final = """
CREATE VIEW customer AS SELECT rowid::INTEGER AS code, * FROM customer_store;
DROP TABLE named; DROP TABLE IF EXISTS spread
"""

KNOWN_IDS: Final = """
CREATE TEMP TABLE joined_id AS
SELECT given.id AS raw_id, hash(given.id) AS hash, customer.code, bucket, recorded_id.hash AS own,
    given.code AS origin
FROM identity_owner AS given JOIN customer ON raw_id = owner
LEFT JOIN recorded_id ON recorded_id.code = given.code;
CREATE TEMP VIEW known_id AS
SELECT raw_id, hash, code, bucket, id AS own, NULL::INTEGER AS origin FROM customer
UNION ALL FROM joined_id
"""

LABEL_CODES: Final = """
CREATE TEMP TABLE label_code AS
SELECT label, conversion, conversion AND also_touch
        AND coalesce(event_label.channel, event_label.campaign, event_label.creative) IS NOT NULL
        AS brings_touch,
    own.code AS kind, CASE WHEN conversion THEN touch.code ELSE own.code END AS touch_kind,
    coalesce(key_channel.code, -1) AS channel, coalesce(key_campaign.code, -1) AS campaign,
    coalesce(key_creative.code, -1) AS creative, audience, utm_source, utm_medium, utm_term
FROM event_label
JOIN key_kind AS own ON own.name = event_label.kind
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
    rows = f"({raw_ids})"
    stored = bool(database.execute("SELECT 1 FROM identity_hash LIMIT 1").fetchall())
    if stored:
        pseudonym = (
            f"CASE WHEN starts_with(raw_id, {STORED}) THEN substr(raw_id, 2) "
            f"WHEN hash IS NOT NULL THEN hash ELSE {pseudonym} END"
        )
        rows += " LEFT JOIN identity_hash ON identity_hash.id = raw_id"
    named = f"(SELECT raw_id, active, {pseudonym} AS id FROM {rows})"
    # made before they are sorted, as both at once hold them in memory twice
    if key is None or stored:
        database.execute(f"CREATE TEMP TABLE named AS FROM {named}", parameters)
        named = _with_any_buckets(database)
    else:
        database.execute(f"CREATE TEMP TABLE named AS FROM {with_buckets(named)}", parameters)
        named = "named"
    database.execute(
        f"CREATE TABLE customer_store AS SELECT raw_id, id, bucket, active, {HASH} AS hash "
        f"FROM {named} ORDER BY bucket, id"
    )
    database.execute(CUSTOMERS)


def _with_any_buckets(database: duckdb.DuckDBPyConnection) -> str:
    """SQL of ``named`` with the buckets of its ids, which are texts of any form."""
    database.execute("CREATE TEMP TABLE spread (bucket SMALLINT)")
    count = database.execute("SELECT count(*) FROM named").fetchall()[0][0]
    for start in range(0, count, IDS_PER_CALL):
        ids = database.execute(
            "SELECT id FROM named WHERE rowid >= $start AND rowid < $start + $size",
            {"start": start, "size": IDS_PER_CALL},
        ).fetchnumpy()["id"]
        database.register("registered_buckets", {"bucket": buckets_of(np.asarray(ids).tolist())})
        database.execute("INSERT INTO spread SELECT bucket FROM registered_buckets")
        database.unregister("registered_buckets")
    return "(named POSITIONAL JOIN spread)"


def know_ids(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``known_id`` of ``customer`` and of what ``identity_owner`` joins with them."""
    database.execute(KNOWN_IDS)


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
    is_named = _id_condition(database)
    order_touches(database, is_named)
    _order_conversions(database, is_named)


def _id_condition(database: duckdb.DuckDBPyConnection) -> Callable[[str], str]:
    """SQL of whether a row of ``known_id`` is the id that a text names, given as SQL.

    Hashes are compared faster than texts, and will do where no two ids have the same.
    """
    hashes = np.sort(database.execute("SELECT hash FROM known_id").fetchnumpy()["hash"])
    if (hashes[1:] != hashes[:-1]).all():
        return lambda text: f"known_id.hash = hash({text})"
    return lambda text: f"known_id.raw_id = {text}"


def _order_conversions(database: duckdb.DuckDBPyConnection, is_named: Callable[[str], str]) -> None:
    database.execute(f"""
        CREATE TABLE conversion AS
        SELECT known_id.code AS customer, bucket, time, nanosecond, position,
            {own_id("event")} AS id, kind_code AS kind, value, file, line,
            coalesce(event.origin, known_id.origin) AS origin, user_id.code AS user_id, order_id,
            message_id, coalesce(property, -1) AS property
        FROM event
        JOIN (SELECT label AS own_label, kind AS kind_code FROM label_code) ON label = own_label
        JOIN known_id ON {is_named("event.customer")}
        {with_recorded("event")} {with_user("event")}
        WHERE reason IS NULL AND conversion
        ORDER BY known_id.code, time, nanosecond, position""")
