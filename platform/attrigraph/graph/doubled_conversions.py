"""Conversions that are in the graph twice: with their value, and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neo4j import RoutingControl

from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from neo4j import Driver


def count_doubled(driver: Driver, times: tuple[int, int]) -> int:
    """How many there are without a value; tools write some events into two tables.

    Args:
        driver: of the graph.
        times: of the first and the last conversion to look at, inclusive, in milliseconds since
            1970-01-01 UTC.
    """
    start, end = times
    record = driver.execute_query(
        query("ingest/count_doubled_conversions").text,
        {"start": start, "end": end},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    ).records[0]
    return int(record["conversions"])
