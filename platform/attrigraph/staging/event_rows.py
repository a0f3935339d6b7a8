"""Rows of events in the staging database, and the labels of what many of them have in common.

The names that an event has are few combinations: its kind, channel, campaign, creative and
audience. ``event_label`` holds each combination once, or a few times, by the number ``label``;
``event_store`` holds the rest of every row. The view ``event_row`` has all columns of it, and
``event`` those of the label too. What changes rows changes ``event_store``.

All are temporary: they hold every row of an event until all are resolved, with ``reason`` NULL if
the row may be taken. ``id`` of a row that brings none is NUL, the customer, NUL, and a hash of
the rest, so that it equals that of no other row; in the end the pseudonym replaces the customer.
Of most touches it is NULL and made later, where somebody needs it; see ``touch_ids``.
``customer`` is the id that a row names, except where a link with a time gives the row to the
customer of another id; ``origin`` is the number of the id that it names then. ``person`` is the
user that it names with that id; ``identities.give_to_users`` gives the row to the user in the
same way where the id is not the user's. Other ids that are joined are replaced when rows are
ordered. ``owned_event`` is ``event`` with ``owner``, the id of the customer in each case.
``cost_share`` is the share of the visits of a session whose costs ``cost`` sums up, NULL for all.
``order_id`` and ``message_id`` are those of a conversion with another id of its own. ``property``
is the number of its properties in ``event_property``, see ``event_properties``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

LABEL: Final = ("conversion", "kind", "channel", "campaign", "creative", "audience", "also_touch")
"""Columns of a label that rows of any form have."""

UTM: Final = ("utm_source", "utm_medium", "utm_term")
"""Columns of a label that touches keep and that decide on nothing further."""

NAMES_HASH: Final = "hash(conversion, kind, channel, campaign, creative, audience)"

FURTHER: Final = {
    "position": "INTEGER",
    "cost": "DOUBLE",
    "cost_share": "DOUBLE",
    "session": "VARCHAR",
    "person": "VARCHAR",
    "origin": "INTEGER",
    "account": "VARCHAR",
    "order_id": "VARCHAR",
    "message_id": "VARCHAR",
    "refunded": "DOUBLE",
    "cancelled": "BOOLEAN",
    "currency": "VARCHAR",
    "property": "INTEGER",
}
"""Columns of ``event_row`` that many files have no values for, and their types."""

ELSE: Final = {"position": "0"}
"""SQL of what such a column has without values; NULL for the others."""

CREATE: Final = """
CREATE TEMP SEQUENCE label_number;
CREATE TEMP TABLE event_label (
    label INTEGER, conversion BOOLEAN, kind VARCHAR, channel VARCHAR, campaign VARCHAR,
    creative VARCHAR, audience VARCHAR, also_touch BOOLEAN, channel_key INTEGER,
    names_hash UBIGINT, utm_source VARCHAR, utm_medium VARCHAR, utm_term VARCHAR);
CREATE TEMP TABLE event_store (
    file INTEGER, line BIGINT, label INTEGER, reason VARCHAR, id VARCHAR, customer VARCHAR,
    time BIGINT, nanosecond INTEGER, value DOUBLE, placeholder BOOLEAN{stored});
CREATE TEMP VIEW event_row AS SELECT rowid AS rowid, *{missing} FROM event_store;
CREATE TEMP VIEW event AS
SELECT event_row.*, event_label.* EXCLUDE (label)
FROM event_row JOIN event_label ON event_label.label = event_row.label;
CREATE TEMP VIEW owned_event AS
SELECT event.*, coalesce(named.owner, joined.owner, customer) AS owner
FROM event LEFT JOIN identity_owner AS joined ON joined.id = customer
LEFT JOIN identity_named AS named ON named.id = customer AND named.person = event.person
"""
"""``channel_key`` is the key in ``channel_source``, NULL unless rules gave the channel.

``names_hash`` is equal for labels of the same names. The UTM fields are NULL unless touches are to
keep them.
"""

DROP: Final = """
DROP VIEW owned_event; DROP VIEW event; DROP VIEW event_row;
DROP TABLE event_store; DROP TABLE event_label
"""


def create(database: duckdb.DuckDBPyConnection, further: Collection[str]) -> None:
    """Make the tables and views.

    Args:
        database: where.
        further: columns of ``FURTHER`` that rows may have; the others take no space.
    """
    kinds = FURTHER.items()
    stored = "".join(f", {name} {kind}{_default(name)}" for name, kind in kinds if name in further)
    rest = [name for name in FURTHER if name not in further]
    missing = "".join(f", {ELSE.get(name, 'NULL')}::{FURTHER[name]} AS {name}" for name in rest)
    database.execute(CREATE.format(stored=stored, missing=missing))


def _default(name: str) -> str:
    """SQL of what a stored column has in rows of files that do not give it."""
    return f" DEFAULT {ELSE[name]}" if name in ELSE else ""


def insert_events(
    database: duckdb.DuckDBPyConnection, rows: str, parameters: dict[str, Any]
) -> None:
    """Put rows, given as SQL, into ``event_store`` and ``event_label``.

    Args:
        database: where.
        rows: a SELECT of columns of both tables, those of ``LABEL`` among them.
        parameters: of that SQL.
    """
    names = ", ".join(LABEL)
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE label_row AS SELECT nextval('label_number') AS label, * "
        f"FROM (SELECT DISTINCT {names} FROM ({rows}))",
        parameters,
    )
    database.execute(
        f"INSERT INTO event_label (label, {names}, names_hash) "
        f"SELECT *, {NAMES_HASH} FROM label_row"
    )
    equal = " AND ".join(f"given.{name} IS NOT DISTINCT FROM own.{name}" for name in LABEL)
    database.execute(
        f"INSERT INTO event_store BY NAME SELECT given.* EXCLUDE ({names}), label "
        f"FROM ({rows}) AS given JOIN label_row AS own ON {equal}",
        parameters,
    )
