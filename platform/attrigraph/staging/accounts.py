"""ContactAccounts of customers: the companies that events and tables of customers name for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain.accounts import ContactAccounts
from attrigraph.staging.duplicates import DUPLICATE
from attrigraph.staging.pseudonyms import pseudonym_sql

if TYPE_CHECKING:
    import duckdb

NAMED: Final = f"""
SELECT DISTINCT customer, account FROM (
    SELECT customer, account, reason FROM event WHERE account IS NOT NULL
    UNION ALL SELECT customer, account, reason FROM customer_attribute WHERE account IS NOT NULL)
WHERE coalesce(reason, '{DUPLICATE}') = '{DUPLICATE}'
"""
"""SQL of customers with their accounts; equal rows may name different accounts."""


def number_accounts(database: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """Make ``customer_account`` (customer, account), both by pseudonyms.

    Args:
        database: where ``customer``, ``event`` and ``customer_attribute`` are.
        key: the key of the pseudonyms; None keeps the ids.
    """
    pseudonym: tuple[str, dict[str, Any]] = ("account", {})
    if key is not None:
        pseudonym = pseudonym_sql(key, "account")
    database.execute(
        f"""
        CREATE TABLE customer_account AS
        SELECT customer.id AS customer, name AS account FROM ({NAMED}) AS named
        JOIN customer ON customer.raw_id = named.customer
        JOIN (SELECT account, {pseudonym[0]} AS name
            FROM (SELECT DISTINCT account FROM ({NAMED}))) USING (account)""",
        pseudonym[1],
    )


def read_accounts(database: duckdb.DuckDBPyConnection) -> ContactAccounts:
    """All customers with accounts, in their order; a customer with several has several rows."""
    columns = database.execute(
        "SELECT customer, account FROM customer_account ORDER BY ALL"
    ).fetchnumpy()
    return ContactAccounts(np.asarray(columns["customer"]), np.asarray(columns["account"]))
