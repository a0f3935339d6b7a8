from __future__ import annotations

from sqlalchemy import text

from attrigraph.bootstrap import Stores


def test_the_graph_is_a_neo4j_5_26_with_our_constraints(graph: Stores) -> None:
    records = graph.driver.execute_query(
        "SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names", database_=graph.database
    ).records
    assert {"customer_id", "touchpoint_id", "run_id"} <= set(records[0]["names"])


def test_postgres_has_the_vector_extension(stores: Stores) -> None:
    with stores.engine.connect() as connection:
        found = connection.execute(
            text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        )
        assert found.scalar_one() >= "0.8"
