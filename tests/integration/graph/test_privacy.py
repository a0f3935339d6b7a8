"""The recipe of docs/privacy.md to erase one person, on the graph of ``small_graph.cypher``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString, cast

from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from neo4j import Driver

    from attrigraph.stores import Stores

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"


def test_the_recipe_erases_a_customer_with_all_events_and_no_other(small_graph: Stores) -> None:
    (statement,) = re.findall(r"```cypher\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    before = ids(small_graph.driver)
    small_graph.driver.execute_query(
        cast("LiteralString", statement), pseudonym="c1", database_=DATABASE
    )
    assert before - ids(small_graph.driver) == {
        *("c1", "t1", "t2", "t3", "t4", "v1", "v2", "d1:c1:0"),
    }


def ids(driver: Driver) -> set[str]:
    records, _, _ = driver.execute_query(
        "MATCH (node:Customer|Touchpoint|Conversion|Identity) RETURN node.id AS id",
        database_=DATABASE,
    )
    return {record["id"] for record in records}
