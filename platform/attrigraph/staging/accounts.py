"""ContactAccounts of customers: the companies that events and tables of customers name for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain.accounts import ContactAccounts
from attrigraph.staging.duplicates import DUPLICATE
from attrigraph.staging.event_ids import with_recorded, with_user
from attrigraph.staging.pseudonyms import pseudonym_sql
from attrigraph.staging.sessions import MERGED

if TYPE_CHECKING:
    import duckdb

NAMED: Final = f"""
SELECT DISTINCT coalesce(named.origin, known_id.own) AS identity, account FROM (
    SELECT customer, coalesce(user_id.hash, recorded.hash) AS origin, account, reason
    FROM event_row {with_recorded("event_row")} {with_user("event_row")}
    UNION ALL SELECT customer, origin, account, reason FROM customer_attribute) AS named
JOIN known_id ON known_id.raw_id = named.customer
WHERE account IS NOT NULL AND coalesce(reason, '{DUPLICATE}') IN ('{DUPLICATE}', '{MERGED}')
"""
"""SQL of ids with their accounts; equal rows, and visits of a session, may name different ones.

The account in a row that names a user is the user's, not the device's.
"""


def number_accounts(database: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """Make ``customer_account`` (customer, account, identity), all by pseudonyms.

    Args:
        database: where ``known_id``, ``event_row``, ``customer_attribute``, ``identity_id`` and
            ``identity_owner`` are.
        key: the key of the pseudonyms; None keeps the ids.
    """
    pseudonym: tuple[str, dict[str, Any]] = ("account", {})
    if key is not None:
        pseudonym = pseudonym_sql(key, "account")
    database.execute(
        f"""
        CREATE TABLE customer_account AS
        SELECT coalesce(owner.hash, identity) AS customer, name AS account, identity
        FROM ({NAMED}) LEFT JOIN identity_id AS own ON own.hash = identity
        LEFT JOIN identity_owner ON identity_owner.code = own.code
        LEFT JOIN identity_id AS owner ON owner.code = owner_code
        JOIN (SELECT account, {pseudonym[0]} AS name
            FROM (SELECT DISTINCT account FROM ({NAMED}))) USING (account)""",
        pseudonym[1],
    )


def read_accounts(database: duckdb.DuckDBPyConnection) -> ContactAccounts:
    """All customers with accounts, in their order; a customer with several has several rows."""
    columns = database.execute("SELECT * FROM customer_account ORDER BY ALL").fetchnumpy()
    names = ("customer", "account", "identity")
    return ContactAccounts(*(np.asarray(columns[name]) for name in names))
