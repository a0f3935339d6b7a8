"""A small graph with known results, in addition to the fixtures of all tests on stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

SMALL_GRAPH = Path(__file__).with_name("small_graph.cypher")


@pytest.fixture
def small_graph(graph: Stores) -> Stores:
    """The stores with only the graph of ``small_graph.cypher``."""
    statement = SMALL_GRAPH.read_text(encoding="utf-8")
    graph.driver.execute_query(statement, database_=DATABASE)
    return graph
