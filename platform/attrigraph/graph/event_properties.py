"""The types of the properties that mappings name for events, the same in all loads of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import Driver

    from attrigraph.domain.event_properties import PropertyType


def mark_properties(driver: Driver, types: Mapping[str, PropertyType]) -> None:
    """Store the types of properties, or check that they are the stored ones.

    Raises:
        InputError: the graph has a property of another type.
    """
    if not types:
        return
    (record,) = driver.execute_query(
        query("ingest/mark_properties").text,
        rows=[[name, kind] for name, kind in sorted(types.items())],
        database_=DATABASE,
    ).records
    for name, stored in record["types"]:
        if stored != types[name]:
            raise InputError(
                f"the property {name} is {types[name]} in these files and {stored} in the graph; "
                f"declare it as {stored} (types of the mapping), or give it another name"
            )
