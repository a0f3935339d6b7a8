"""Purchases of the graph that several conversions describe, as ``staging.purchases`` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.graph.catalogue import query
from attrigraph.graph.loads import mark_changed
from attrigraph.graph.names import record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from neo4j import Driver, ManagedTransaction

BATCH: Final = 2000
"""Orders per transaction."""


def merge_purchases(
    driver: Driver,
    orders: Callable[[], Sequence[str]],
    messages: Callable[[], Sequence[str]],
    n_loaded: int,
    *,
    load: int | None = None,
) -> int:
    """Remove conversions that are the purchase of another one; safe to repeat.

    Args:
        driver: an open driver.
        orders: gives the ids of the orders of a load's conversions, or their own; sorted.
        messages: gives the ids of their messages, and their own; sorted.
        n_loaded: how many of its conversions the graph has. Those of one load are no purchase of
            each other, so that nothing is looked up while the graph has no others.
        load: number of the load; None for none.

    Returns:
        How many were removed.
    """
    known = record_of(driver, "ingest/count_purchases")
    if known["conversions"] <= n_loaded:
        return 0
    removed = 0
    with driver.session(database=DATABASE) as session:
        for batch in _batches(messages() if known["messages"] else ()):
            removed += session.execute_write(_merge_messages, batch, load)
        for batch in _batches(orders() if known["orders"] else ()):
            shared = session.execute_read(_shared, batch)
            removed += session.execute_write(_merge, shared, load) if shared else 0
    return removed


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), BATCH):
        yield names[start : start + BATCH]


def _merge_messages(
    transaction: ManagedTransaction, messages: Sequence[str], load: int | None
) -> int:
    return _removed(transaction, "merge_messages", {"message": list(messages)}, load)


def _shared(transaction: ManagedTransaction, orders: Sequence[str]) -> list[str]:
    """Those of the orders that several conversions have."""
    found = transaction.run(query("ingest/shared_orders").text, {"order": list(orders)})
    return list(found.single(strict=True)["order"])


def _merge(transaction: ManagedTransaction, orders: Sequence[str], load: int | None) -> int:
    return _removed(transaction, "merge_purchases", {"order": list(orders)}, load)


def _removed(
    transaction: ManagedTransaction,
    name: str,
    parameters: dict[str, list[str]],
    load: int | None,
) -> int:
    """Remove conversions by a statement, and link those of their customers again; how many."""
    record = transaction.run(query(f"ingest/{name}").text, parameters).single(strict=True)
    customers = {"customer": sorted(record["customers"])}
    transaction.run(query("ingest/link_repeats").text, customers).consume()
    mark_changed(transaction, customers["customer"], load)
    return int(record["conversions"])
