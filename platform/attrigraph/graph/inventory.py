"""How much of each kind the graph holds: what a restored copy is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.graph.names import record_of

if TYPE_CHECKING:
    from neo4j import Driver


def count_graph(driver: Driver) -> dict[str, dict[str, int]]:
    """Nodes by label and relationships by type."""
    record = record_of(driver, "inventory/count_all")
    return {kind: dict(record[kind]) for kind in ("nodes", "relationships")}
