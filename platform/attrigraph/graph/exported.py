"""Reads what exports hold, row by row: a result is never in memory as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrigraph.graph.catalogue import query
from attrigraph.graph.native_values import native
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neo4j import Driver


def read_table(
    driver: Driver, name: str, parameters: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The rows of one statement of ``cypher/export``; times as those of Python.

    Args:
        driver: an open driver.
        name: of the statement, which is that of its table.
        parameters: those of the statement, and possibly others.
    """
    statement = query(f"export/{name}")
    values = {one.name: parameters[one.name] for one in statement.parameters}
    with driver.session(database=DATABASE, default_access_mode="READ") as session:
        for record in session.run(statement.text, values):
            yield {key: native(value) for key, value in dict(record).items()}
