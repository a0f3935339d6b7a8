from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from neo4j.exceptions import DriverError
from sqlalchemy import text

from attrigraph import bootstrap
from attrigraph.errors import SchemaError, StoreError
from attrigraph.graph.migrations import read_migrations
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores


@pytest.fixture
def altered(graph: Stores) -> Iterator[Stores]:
    """A graph whose history a test may alter; it is what it was afterwards."""
    last = read_migrations()[-1].version
    yield graph
    graph.driver.execute_query(
        "MATCH (m:__Neo4jMigration) WHERE m.version > $last DETACH DELETE m",
        last=last,
        database_=DATABASE,
    )
    bootstrap.migrate_stores(graph)


def test_an_older_schema_asks_for_migrate(altered: Stores, settings: Settings) -> None:
    altered.driver.execute_query(
        "MATCH (m:__Neo4jMigration {version: $last}) DETACH DELETE m",
        last=read_migrations()[-1].version,
        database_=DATABASE,
    )
    with (
        pytest.raises(SchemaError, match=r"pending \(1 of the graph\); run `attrigraph migrate`"),
        bootstrap.open_stores(settings),
    ):
        pass
    neo4j, postgres = bootstrap.health(settings)
    assert (neo4j.error, len(neo4j.pending)) == (None, 1)
    assert (postgres.error, postgres.pending) == (None, ())


def test_a_newer_schema_asks_for_an_upgrade(altered: Stores, settings: Settings) -> None:
    altered.driver.execute_query(
        "MATCH (m:__Neo4jMigration {version: $last}) "
        "CREATE (m)-[:MIGRATED_TO]->(:__Neo4jMigration "
        "{version: '9999', description: 'from the future', checksum: '1'})",
        last=read_migrations()[-1].version,
        database_=DATABASE,
    )
    with (
        pytest.raises(SchemaError, match=r"9999 \(from the future\); upgrade attrigraph"),
        bootstrap.open_stores(settings),
    ):
        pass
    neo4j, _ = bootstrap.health(settings)
    assert neo4j.error is not None
    assert "upgrade attrigraph" in neo4j.error


def test_what_fails_in_the_block_is_a_sentence_too(settings: Settings) -> None:
    with pytest.raises(StoreError, match="Neo4j at"), bootstrap.open_stores(settings) as opened:
        opened.driver.execute_query("RETURN 1 +", database_=DATABASE)
    with (
        pytest.raises(StoreError, match=r"Postgres at .* cannot be used: .*nowhere"),
        bootstrap.open_stores(settings) as opened,
        opened.engine.connect() as connection,
    ):
        connection.execute(text("SELECT * FROM nowhere"))


def test_stores_are_closed_at_the_end(settings: Settings) -> None:
    with bootstrap.open_stores(settings) as opened:
        opened.driver.verify_connectivity()
    with pytest.raises(DriverError, match="closed"):
        opened.driver.verify_connectivity()
    assert opened.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
