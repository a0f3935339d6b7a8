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

    from neo4j import Driver, Record

OWN: Final = {"id", "bucket", "changedBy"}
"""Properties of customers that are no attributes."""

_AT_ONCE: Final = 64
"""Buckets of customers per record."""


def read_customer_attributes(driver: Driver) -> CustomerAttributes | None:
    """The attributes of all customers as one table; None if no customer has any.

    A customer without some attribute has None in its column.
    """
    (record,) = _read(driver, "journeys/has_attributes", {"own": sorted(OWN)})
    if not record["found"]:
        return None
    attributes = [row for rows in _rows(driver) for row in rows]
    names = sorted({name for row in attributes for name in row} - OWN)
    return CustomerAttributes(
        customers=_column([row["id"] for row in attributes]),
        bucket=np.array([row["bucket"] for row in attributes], dtype=np.int32),
        columns={name: _column([_plain(row.get(name)) for row in attributes]) for name in names},
    )


def read_facts(driver: Driver, customer: str, *, by_account: bool = False) -> dict[str, Any]:
    """The attributes of one customer, by name.

    Args:
        driver: an open driver.
        customer: id of the customer.
        by_account: whether they are those on which all contacts of the customer's account agree.
    """
    contacts = _contacts(driver, customer) if by_account else [customer]
    (record,) = _read(driver, "journeys/read_facts", {"customers": contacts})
    facts: dict[str, set[Any]] = {}
    for row in record["customers"]:
        for name, value in row.items():
            facts.setdefault(name, set()).add(_plain(value))
    agreed = {name: values.pop() for name, values in facts.items() if len(values) == 1}
    return {name: value for name, value in agreed.items() if name not in OWN}


def _contacts(driver: Driver, customer: str) -> list[str]:
    """The customers of the one account of a customer, or the customer alone."""
    records = _read(driver, "journeys/read_colleagues", {"customer": customer})
    return [name for record in records for name in record["customers"]] or [customer]


def _read(driver: Driver, name: str, parameters: dict[str, Any]) -> list[Record]:
    return driver.execute_query(
        query(name).text, parameters, database_=DATABASE, routing_=RoutingControl.READ
    ).records


def _rows(driver: Driver) -> Iterator[list[dict[str, Any]]]:
    for low in range(0, N_BUCKETS, _AT_ONCE):
        records = _read(driver, "journeys/read_customers", {"lo": low, "hi": low + _AT_ONCE})
        yield records[0]["customers"]


def _plain(value: Any) -> Any:
    """Dates and times of the driver as types of the standard library."""
    return value.to_native() if hasattr(value, "to_native") else value


def _column(values: list[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
