"""A graph without events, before a module's own are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores


def empty_graph(stores: Stores) -> None:
    """Delete all nodes; constraints, indexes and the history of migrations stay."""
    with stores.driver.session(database=DATABASE) as session:
        # touches first: they bear nearly all relationships, and a channel that still had its
        # hundreds of thousands would not fit into one transaction
        session.run(
            "MATCH (t:Touchpoint) CALL (t) { DETACH DELETE t } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()
        session.run(
            "MATCH (n) WHERE NOT n:__Neo4jMigration "
            "CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()
