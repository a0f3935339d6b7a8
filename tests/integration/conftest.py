"""Real stores for the tests: those of the environment, containers, or local processes.

They are taken in this order, once a session. Without any the tests are skipped by name, except
where ``CI=true``: there they fail.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from attrigraph import bootstrap
from attrigraph.errors import LocalStoreError, MissingExtraError
from attrigraph.local import by_docker, stack
from attrigraph.settings import DATABASE, Settings
from emptied_graph import empty_graph
from own_ports import record_own_ports
from quick_java import write_quick_java
from temporary_home import home_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from attrigraph.stores import Stores

MEMORY: dict[str, Any] = {"neo4j_heap": "1g", "neo4j_page_cache": "512m"}


@pytest.fixture(scope="session")
def new_home() -> Callable[[], AbstractContextManager[Path]]:
    """Makes a folder for a home of a test's own, removed at the end."""
    return home_folder


@pytest.fixture(scope="session")
def java_home(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A Java that starts servers quickly; None without the extra ``local``."""
    try:
        return write_quick_java(tmp_path_factory.mktemp("java"))
    except MissingExtraError:
        return None


@pytest.fixture(scope="session")
def settings(java_home: Path | None) -> Iterator[Settings]:
    """Settings that lead to running stores with up-to-date schemas."""
    with home_folder() as home, _stores_of(home, java_home) as chosen:
        bootstrap.migrate(chosen)
        yield chosen


@contextmanager
def _stores_of(home: Path, java_home: Path | None) -> Iterator[Settings]:
    given = Settings(home=home, java_home=java_home, docker=False, **MEMORY)
    if given.neo4j_uri is not None and given.postgres_url is not None:
        yield given
    elif by_docker.engine_answers():
        with _containers(home) as contained:
            yield contained
    else:
        _start(given)
        try:
            yield given
        finally:
            stack.down(given)


def _start(chosen: Settings) -> None:
    record_own_ports(chosen.home)
    try:
        stack.up(chosen)
    except (LocalStoreError, MissingExtraError) as error:
        stack.down(chosen)
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no stores: {error}")


@contextmanager
def _containers(home: Path) -> Iterator[Settings]:
    from testcontainers.community.neo4j import Neo4jContainer
    from testcontainers.community.postgres import PostgresContainer

    password = secrets.token_urlsafe(12)
    neo4j = Neo4jContainer("neo4j:5.26-community", password=password)
    neo4j.with_env("NEO4J_server_memory_heap_max__size", MEMORY["neo4j_heap"])
    neo4j.with_env("NEO4J_server_memory_pagecache_size", MEMORY["neo4j_page_cache"])
    postgres = PostgresContainer(
        "pgvector/pgvector:pg18", username="attrigraph", password=password, driver=None
    )
    home.mkdir()
    with neo4j, postgres:
        yield Settings(
            home=home,
            neo4j_uri=neo4j.get_connection_url(),
            neo4j_password=SecretStr(password),
            postgres_url=SecretStr(postgres.get_connection_url()),
        )


@pytest.fixture(scope="session")
def stores(settings: Settings) -> Iterator[Stores]:
    """Both stores, open: driver, engine, database and home."""
    with bootstrap.open_stores(settings) as opened:
        yield opened


@pytest.fixture
def graph(stores: Stores) -> Stores:
    """The stores with an empty graph; constraints, indexes and the history of migrations stay."""
    empty_graph(stores)
    return stores


@pytest.fixture(scope="session")
def snapshot(stores: Stores) -> Callable[[], set[tuple[Any, ...]]]:
    """A function that returns the whole graph as a set of tuples: no migrations, no loads."""

    def take() -> set[tuple[Any, ...]]:
        with stores.driver.session(database=DATABASE) as session:
            nodes = session.run(
                "MATCH (n) WHERE NOT n:__Neo4jMigration "
                "RETURN elementId(n), labels(n), properties(n)"
            ).values()
            links = session.run(
                "MATCH (a)-[r]->(b) WHERE NOT a:__Neo4jMigration "
                "RETURN elementId(a), type(r), properties(r), elementId(b)"
            ).values()
        node = {
            key: (*sorted(labels), _frozen(rest))
            for key, labels, rest in nodes
            if "Load" not in labels and rest.get("name") != "loads"
        }
        drawn = [(node[a], kind, _frozen(rest), node[b]) for a, kind, rest, b in links if b in node]
        assert len(set(node.values())) == len(node), "two nodes are alike"
        assert len(set(drawn)) == len(drawn), "two relationships are alike"
        return {*node.values(), *drawn}

    return take


def _frozen(properties: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset(
        (key, tuple(value) if isinstance(value, list) else value)
        for key, value in properties.items()
        if key not in ("load", "changedBy")
    )
