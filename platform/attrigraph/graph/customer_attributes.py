"""Reads the attributes of customers from the graph, as a customers table provided them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j import RoutingControl

from attrigraph.domain import N_BUCKETS, CustomerAttributes
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Driver

_AT_ONCE: Final = 64
"""Buckets of customers per record."""


def read_customer_attributes(driver: Driver) -> CustomerAttributes | None:
    """The attributes of all customers as one table; None if no customer has any.

    A customer without some attribute has None in its column.
    """
    attributes = [row for rows in _rows(driver) for row in rows]
    names = sorted({name for row in attributes for name in row} - {"id", "bucket"})
    if not names:
        return None
    return CustomerAttributes(
        customers=_column([row["id"] for row in attributes]),
        bucket=np.array([row["bucket"] for row in attributes], dtype=np.int32),
        columns={name: _column([_plain(row.get(name)) for row in attributes]) for name in names},
    )


def _rows(driver: Driver) -> Iterator[list[dict[str, Any]]]:
    for low in range(0, N_BUCKETS, _AT_ONCE):
        records, _, _ = driver.execute_query(
            query("journeys/read_customers").text,
            {"lo": low, "hi": low + _AT_ONCE},
            database_=DATABASE,
            routing_=RoutingControl.READ,
        )
        yield records[0]["customers"]


def _plain(value: Any) -> Any:
    """Dates and times of the driver as types of the standard library."""
    return value.to_native() if hasattr(value, "to_native") else value


def _column(values: list[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
