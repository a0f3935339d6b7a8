"""ContactAccounts of customers in the graph: nodes ``Account`` that customers belong to.

An account may be named for an id that has no customer: events that name a user stay with their
device where the user's ids are taken apart, and links with times give events away. It keeps such
ids as ``waiting``, until a load brings their customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from neo4j import RoutingControl

from attrigraph.domain import N_BUCKETS
from attrigraph.domain.accounts import ContactAccounts
from attrigraph.graph.catalogue import query
from attrigraph.graph.identities import chunks
from attrigraph.graph.rejoin import customers_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neo4j import Driver, ManagedTransaction

    Row = tuple[str, str, str]

AT_ONCE: Final = 64
"""Buckets of customers per record."""


def write_accounts(driver: Driver, accounts: ContactAccounts) -> None:
    """Connect customers with their accounts, which wait for those that do not exist.

    Safe to repeat.
    """
    columns = (accounts.customers, accounts.accounts, accounts.identities)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    with driver.session(database=DATABASE) as session:
        for chunk in chunks(sorted(rows)):
            session.execute_write(_merge, chunk)


def settle_accounts(driver: Driver, max_ids: int) -> None:
    """Connect customers that exist by now with the accounts that wait for them; safe to repeat.

    Args:
        driver: an open driver.
        max_ids: number of ids that one customer may have.
    """
    with driver.session(database=DATABASE) as session:
        session.execute_write(_settle, driver, max_ids)


def _settle(transaction: ManagedTransaction, driver: Driver, max_ids: int) -> None:
    waiting = transaction.run(query("ingest/take_waiting_accounts").text).single(strict=True)[0]
    if waiting:
        customer = customers_of(driver, {identity for _, identity in waiting}, max_ids)
        rows = [(customer[identity], account, identity) for account, identity in waiting]
        _merge(transaction, sorted(rows))


def _merge(transaction: ManagedTransaction, rows: Sequence[Row]) -> None:
    parameters = {"rows": list(map(list, rows))}
    found = transaction.run(query("ingest/merge_accounts").text, parameters).single(strict=True)
    transaction.run(query("ingest/wait_accounts").text, {"rows": found["waiting"]}).consume()


def read_accounts(driver: Driver) -> ContactAccounts:
    """All customers with accounts, in their order; none gives a table of length 0."""
    rows: list[tuple[str, str, str]] = []
    for low in range(0, N_BUCKETS, AT_ONCE):
        record = driver.execute_query(
            query("journeys/read_accounts").text,
            {"lo": low, "hi": low + AT_ONCE},
            database_=DATABASE,
            routing_=RoutingControl.READ,
        ).records[0]
        rows += zip(record["customer"], record["account"], record["identity"], strict=True)
    columns = np.array(sorted(rows), dtype=object).reshape(-1, 3)
    return ContactAccounts(columns[:, 0], columns[:, 1], columns[:, 2])
