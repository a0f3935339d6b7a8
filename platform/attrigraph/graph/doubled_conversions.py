"""Conversions that are in the graph twice: with their value, and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neo4j import RoutingControl

from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from neo4j import Driver


def count_doubled(driver: Driver) -> int:
    """How many there are without a value; tools write some events into two tables."""
    record = driver.execute_query(
        query("ingest/count_doubled_conversions").text,
        database_=DATABASE,
        routing_=RoutingControl.READ,
    ).records[0]
    return int(record["conversions"])
