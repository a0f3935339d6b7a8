"""Purchases of the graph that several conversions describe, as ``staging.purchases`` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.graph.catalogue import query
from attrigraph.graph.names import record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neo4j import Driver, ManagedTransaction

BATCH: Final = 2000
"""Orders per transaction."""


def merge_purchases(driver: Driver, orders: Sequence[str]) -> int:
    """Remove conversions that are the purchase of another one; safe to repeat.

    Args:
        driver: an open driver.
        orders: ids of orders, and of conversions that may be orders, sorted.

    Returns:
        How many were removed.
    """
    if not orders or not record_of(driver, "ingest/has_orders", {})["orders"]:
        return 0
    with driver.session(database=DATABASE) as session:
        return sum(
            session.execute_write(_merge, orders[start : start + BATCH])
            for start in range(0, len(orders), BATCH)
        )


def _merge(transaction: ManagedTransaction, orders: Sequence[str]) -> int:
    parameters = {"order": list(orders)}
    record = transaction.run(query("ingest/merge_purchases").text, parameters).single(True)
    return int(record["conversions"])
