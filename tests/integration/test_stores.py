from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores


def test_the_graph_is_a_neo4j_5_26_community(stores: Stores) -> None:
    (kernel,) = stores.driver.execute_query(
        "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' "
        "RETURN versions[0] AS version, edition",
        database_=DATABASE,
    ).records
    assert kernel["version"].startswith("5.26.")
    assert kernel["edition"] == "community"


def test_postgres_is_version_18_with_vectors(stores: Stores) -> None:
    with stores.engine.connect() as connection:
        server = connection.execute(text("SHOW server_version")).scalar_one()
        distance = connection.execute(
            text("SELECT CAST('[1,2]' AS halfvec(2)) <-> CAST('[4,6]' AS halfvec(2))")
        ).scalar_one()
    assert server.startswith("18")
    assert distance == 5.0
