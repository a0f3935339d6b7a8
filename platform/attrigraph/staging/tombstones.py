"""Tombstones of erased customers: rows of them are left out, so that no load brings them back.

A tombstone is a keyed hash of a pseudonym. Its key differs from that of the pseudonyms, so that
neither the id nor the pseudonym of an erased customer is kept.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import NO_TIME
from attrigraph.staging.identities import STORED
from attrigraph.staging.pseudonyms import pseudonym, pseudonym_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

ERASED: Final = "erased"
"""Takes the place of a reason for a row of an erased customer."""

OWNERS: Final = """
SELECT owner AS id FROM owned_event WHERE reason IS NULL
UNION SELECT customer FROM customer_attribute WHERE reason IS NULL
UNION SELECT person FROM identity_link
"""
"""SQL of the ids of customers, and of persons that links name."""

NAME: Final = f"""
CREATE TEMP TABLE owner_pseudonym AS
SELECT id, CASE WHEN starts_with(id, {STORED}) THEN substr(id, 2) ELSE {{}} END AS pseudonym
FROM ({OWNERS})
"""

FIND: Final = f"""
CREATE TEMP TABLE erased_id AS
SELECT id, nullif(since, {NO_TIME}) AS since
FROM (SELECT id, {{}} AS hash FROM owner_pseudonym) JOIN registered_tombstones USING (hash)
"""

LEAVE_OUT: Final = f"""
UPDATE event_store SET reason = '{ERASED}' FROM (
    SELECT owned_event.rowid AS row FROM owned_event JOIN erased_id ON erased_id.id = owner
    WHERE reason IS NULL AND (since IS NULL OR time >= since)) AS erased
WHERE event_store.rowid = erased.row;
UPDATE customer_attribute SET reason = '{ERASED}'
WHERE reason IS NULL AND customer IN (SELECT id FROM erased_id WHERE since IS NULL);
UPDATE identity SET reason = '{ERASED}'
WHERE reason IS NULL AND person IN (SELECT id FROM erased_id WHERE since IS NULL);
DELETE FROM identity_link WHERE person IN (SELECT id FROM erased_id WHERE since IS NULL);
DROP TABLE erased_id; DROP TABLE owner_pseudonym
"""

OF_ORDERS: Final = f"""
UPDATE {{}} SET reason = '{ERASED}'
WHERE reason IS NULL AND {{}} IN (SELECT hash FROM registered_tombstones)
"""
"""SQL that leaves out rows of a table about orders."""


def tombstone(key: bytes | None, customer: str) -> str:
    """The tombstone of a customer.

    Args:
        key: of the pseudonyms; None where ids are kept.
        customer: id of the customer in the graph.
    """
    return pseudonym(_key(key), customer)


def order_tombstone(key: bytes | None, order: str) -> str:
    """The tombstone of an order, whose refunds and lines are left out.

    Args:
        key: of the pseudonyms; None where ids are kept.
        order: id of the order, or of its conversion.
    """
    return pseudonym(_key(key), f"order {order}")


def leave_out_erased(
    database: duckdb.DuckDBPyConnection, erased: Mapping[str, int], key: bytes | None
) -> None:
    """Mark rows of erased customers, once ids are joined; they are counted as ignored.

    Args:
        database: where ``event``, ``identity``, ``customer_attribute``, ``refund`` and
            ``order_line`` are.
        erased: epoch milliseconds from which on the events of an id were erased, ``NO_TIME`` for
            all of them and for orders, by tombstone.
        key: of the pseudonyms; None where ids are kept.
    """
    if not erased:
        return
    named, parameters = ("id", {}) if key is None else pseudonym_sql(key, "id")
    database.execute(NAME.format(named), parameters)
    hashed, parameters = pseudonym_sql(_key(key), "pseudonym")
    columns = {
        "hash": np.array(list(erased), object),
        "since": np.array(list(erased.values()), np.int64),
    }
    database.register("registered_tombstones", columns)
    database.execute(FIND.format(hashed), parameters)
    order, parameters = pseudonym_sql(_key(key), "'order ' || order_id")
    for table in ("refund", "order_line"):
        database.execute(OF_ORDERS.format(table, order), parameters)
    database.unregister("registered_tombstones")
    database.execute(LEAVE_OUT)


def _key(key: bytes | None) -> bytes:
    return hmac.digest(key or b"attrigraph", b"attrigraph: erased customer", "sha256")
