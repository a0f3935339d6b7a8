from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest
from neo4j import NotificationDisabledClassification, NotificationMinimumSeverity

from attrigraph.bootstrap import resolve_addresses
from attrigraph.errors import SchemaError
from attrigraph.graph.connection import open_driver
from attrigraph.graph.migrations import Migration, migrate, pending, read_migrations
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores


@pytest.fixture
def blank(graph: Stores) -> Iterator[Stores]:
    """A graph without schema and history; the schema is restored afterwards."""
    _wipe(graph)
    yield graph
    _wipe(graph)
    migrate(graph.driver)


def _wipe(graph: Stores) -> None:
    with graph.driver.session(database=DATABASE) as session:
        for name in session.run("SHOW CONSTRAINTS YIELD name").value():
            session.run(f"DROP CONSTRAINT `{name}`").consume()
        for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'").value():
            session.run(f"DROP INDEX `{name}`").consume()
        session.run("MATCH (n) DETACH DELETE n").consume()


def _names(graph: Stores) -> set[str]:
    with graph.driver.session(database=DATABASE) as session:
        return set(session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'").value())


def _chain(graph: Stores) -> list[str]:
    (record,) = graph.driver.execute_query(
        "MATCH p = (:__Neo4jMigration {version: 'BASELINE'})-[:MIGRATED_TO*0..]->(last) "
        "WHERE NOT (last)-[:MIGRATED_TO]->() RETURN [n IN nodes(p) | n.version] AS versions",
        database_=DATABASE,
    ).records
    return list(record["versions"])


def test_every_key_has_its_constraint_and_history_is_one_chain(blank: Stores) -> None:
    done = migrate(blank.driver)
    assert [one.version for one in done] == [one.version for one in read_migrations()]
    assert _chain(blank) == ["BASELINE", *(one.version for one in done)]
    schema = [migration for migration in done if migration.changes_schema]
    assert _names(blank) >= {one.description.replace(" ", "_") for one in schema}
    with blank.driver.session(database=DATABASE) as session:
        keys = session.run(
            "SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type "
            "WHERE NOT labelsOrTypes[0] STARTS WITH '__' "
            "RETURN labelsOrTypes[0] + '.' + reduce(s = '', p IN properties | s + p + ',') AS key"
        ).value()
    assert set(keys) == {
        *("Customer.id,", "Touchpoint.id,", "Conversion.id,", "Channel.name,", "Campaign.id,"),
        *("Creative.id,", "Audience.id,", "Element.id,", "Run.id,", "Active.job,"),
        *("CreativeDay.creativeId,audienceId,date,", "DataSet.name,", "Experiment.id,"),
        *("Refund.id,", "CancelledConversion.id,", "Identity.id,", "Account.id,"),
        *("AdAccount.id,", "AdSet.id,", "Order.id,", "Product.id,"),
        "SpendDay.key,",
        "Claim.key,",
        "Plan.id,",
        *("Run.name,", "Tombstone.id,", "ChannelDay.channel,date,", "Load.id,", "Load.number,"),
    }


def test_a_second_run_has_nothing_to_do(graph: Stores) -> None:
    assert pending(graph.driver) == ()
    assert migrate(graph.driver) == ()


def test_history_survives_deleted_data(graph: Stores) -> None:
    versions = [one.version for one in read_migrations()]
    assert _chain(graph) == ["BASELINE", *versions]


def _migrate_in_a_process(settings: Settings) -> int:
    from attrigraph import bootstrap

    return len(bootstrap.migrate(settings).graph)


def test_several_processes_at_once_run_each_migration_once(
    blank: Stores, settings: Settings
) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        done = pool.map(_migrate_in_a_process, [settings] * 3)
    assert sorted(done) == [0, 0, len(read_migrations())]
    assert _chain(blank) == ["BASELINE", *(one.version for one in read_migrations())]


def test_a_changed_migration_is_rejected(graph: Stores) -> None:
    first, *others = read_migrations()
    changed = Migration(first.version, first.description, first.source, ("RETURN 1",))
    with pytest.raises(SchemaError, match=r"a different V0001__customer_id\.cypher"):
        pending(graph.driver, [changed, *others])


def test_a_newer_graph_is_rejected(graph: Stores) -> None:
    older = read_migrations()[:-1]
    for step in (pending, migrate):
        with pytest.raises(SchemaError, match=r"newer than this attrigraph.*upgrade attrigraph"):
            step(graph.driver, older)


def test_a_data_migration_and_its_record_are_one_transaction(graph: Stores) -> None:
    fine = Migration("9001", "seed", "V9001__seed.cypher", ("CREATE (:Probe {n: 1})",))
    torn = Migration(
        "9002", "torn", "V9002__torn.cypher", ("CREATE (:Probe {n: 2})", "RETURN 1 / 0")
    )
    migrations = [*read_migrations(), fine, torn]
    try:
        with pytest.raises(SchemaError, match=r"V9002__torn\.cypher failed: / by zero"):
            migrate(graph.driver, migrations)
        (record,) = graph.driver.execute_query(
            "MATCH (n:Probe) RETURN collect(n.n) AS seen", database_=DATABASE
        ).records
        assert record["seen"] == [1]
        assert [one.version for one in pending(graph.driver, migrations)] == ["9002"]
    finally:
        graph.driver.execute_query(
            "MATCH (n) WHERE n:Probe OR n.version STARTS WITH '900' DETACH DELETE n",
            database_=DATABASE,
        )


def test_a_run_killed_between_statement_and_record_is_repeated(blank: Stores) -> None:
    first, second, *_ = read_migrations()
    with blank.driver.session(database=DATABASE) as session:
        session.run(first.statements[0]).consume()
    done = migrate(blank.driver, [first, second])
    assert [one.version for one in done] == [first.version, second.version]


def test_a_lock_of_another_tool_is_reported(graph: Stores) -> None:
    graph.driver.execute_query(
        "CREATE (:__Neo4jMigrationsLock {id: 'x', name: 'John Doe'})", database_=DATABASE
    )
    with pytest.raises(SchemaError, match="another tool left its lock"):
        migrate(graph.driver)


def test_no_statement_is_deprecated(graph: Stores, settings: Settings) -> None:
    addresses = resolve_addresses(settings)
    strict = open_driver(
        addresses.neo4j_uri,
        addresses.neo4j_user,
        addresses.neo4j_password.get_secret_value(),
        warnings=NotificationMinimumSeverity.WARNING,
    )
    texts = [text for one in read_migrations() for text in one.statements]
    with strict as driver:  # the server's notifications are warnings, and warnings are errors
        assert pending(driver) == ()
        # an up-to-date graph does not have the names that migrations remove
        unrecognized = [NotificationDisabledClassification.UNRECOGNIZED]
        with driver.session(
            database=DATABASE, notifications_disabled_classifications=unrecognized
        ) as session:
            for text in texts:
                session.run(f"EXPLAIN {text}").consume()
