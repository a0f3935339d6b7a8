"""ContactAccounts of customers in the graph: nodes ``Account`` that customers belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from neo4j import RoutingControl

from attrigraph.domain import N_BUCKETS
from attrigraph.domain.accounts import ContactAccounts
from attrigraph.graph.catalogue import query
from attrigraph.graph.identities import chunks
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from neo4j import Driver

AT_ONCE: Final = 64
"""Buckets of customers per record."""


def write_accounts(driver: Driver, accounts: ContactAccounts) -> None:
    """Connect customers that exist with their accounts; safe to repeat."""
    columns = (accounts.customers, accounts.accounts, accounts.identities)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    statement = query("ingest/merge_accounts").text
    for chunk in chunks(sorted(rows)):
        driver.execute_query(statement, {"rows": chunk}, database_=DATABASE)


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
