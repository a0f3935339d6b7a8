"""Purchases that several conversions describe: an order by itself, and events that name it.

A shop's table has the order under its own id. An event of the site, as in Segment's ``tracks``, has
an id of its own, names the order, and often has no value. Of one customer, kind and order such
conversions are one purchase: one without a value is that of another with one, and one of the value
of the order's own conversion is that. Others are lines of the order, which all stay.

``cypher/ingest/merge_purchases`` does the same where they come in several loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.duplicates import DUPLICATE

if TYPE_CHECKING:
    import duckdb

RESOLVE: Final = f"""
UPDATE event_store SET reason = '{DUPLICATE}' FROM (
    SELECT rowid AS row,
        value = 0 AND max(value) OVER purchase > 0
            OR order_id IS NOT NULL AND value = max(CASE WHEN order_id IS NULL THEN value END)
                OVER purchase AS repeated
    FROM owned_event
    WHERE conversion AND reason IS NULL AND coalesce(order_id, id) IS NOT NULL
    WINDOW purchase AS (PARTITION BY owner, kind, coalesce(order_id, id)))
WHERE event_store.rowid = row AND repeated
"""


def resolve_purchases(database: duckdb.DuckDBPyConnection) -> None:
    """Make conversions duplicates of others of the same purchase.

    Args:
        database: where; equal rows are resolved, and values are in one currency.
    """
    database.execute(RESOLVE)
