"""Deletion of events that are older than they may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain import epoch_ms
from attrigraph.graph.catalogue import query
from attrigraph.graph.names import record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from datetime import datetime

    from neo4j import Driver

CUSTOMERS: Final = 500
"""Per transaction."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many nodes were deleted, by kind.

    Attributes:
        touches: nodes ``Touchpoint``.
        conversions: nodes ``Conversion``.
        cancelled: nodes ``CancelledConversion``.
        refunds: nodes ``Refund`` of these conversions.
        orders: nodes ``Order`` of these conversions alone.
        products: nodes ``Product`` of these orders alone.
        customers: nodes ``Customer`` that had no later events.
        identities: nodes ``Identity`` of these customers.
        accounts: nodes ``Account`` that nobody belongs to any more.
    """

    touches: int
    conversions: int
    cancelled: int
    refunds: int
    orders: int
    products: int
    customers: int
    identities: int
    accounts: int


def count_old_events(driver: Driver, before: datetime) -> dict[str, int]:
    """Touches and conversions before a time."""
    return record_of(driver, "customers/count_old_events", {"before": epoch_ms(before)})


def delete_old_events(driver: Driver, before: datetime, *, load: int | None = None) -> Deleted:
    """Delete the events before a time, and what is left of customers without later ones.

    Events without a time are kept. Safe to repeat: what a killed call left is deleted by the next.

    Args:
        driver: an open driver.
        before: the time.
        load: number of the change of facts; None for none.
    """
    with driver.session(database=DATABASE) as session:
        parameters = {"before": epoch_ms(before), "rows": CUSTOMERS, "load": load}
        events = session.run(query("customers/delete_old_events").text, parameters)
        counts = dict(events.single(strict=True))
        session.run(query("customers/delete_bare_days").text).consume()
        bare = session.run(query("customers/delete_bare_accounts").text)
        return Deleted(accounts=bare.single(strict=True)["accounts"], **counts)
