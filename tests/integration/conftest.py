"""Real stores for the tests: those of the environment, containers, or local processes.

They are taken in this order, once a session. Without any the tests are skipped, except where
``CI=true``: there they fail.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph import bootstrap
from attrigraph.errors import LocalStackError, MissingExtraError
from attrigraph.local import stack
from attrigraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.bootstrap import Stores


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings that lead to running stores with an up-to-date schema, in a home of their own."""
    # not pytest's own temporary folder: only its owner may pass, and Postgres may run as another
    folder = Path(tempfile.mkdtemp(prefix="attrigraph-tests-"))
    folder.chmod(0o711)
    chosen = Settings(home=folder / "home", neo4j_heap="1g", neo4j_page_cache="512m", docker=False)
    try:
        if chosen.neo4j_uri is None or chosen.postgres_url is None:
            _start(chosen)
        bootstrap.migrate(chosen)
        yield chosen
    finally:
        stack.down(chosen)
        _remove(folder)


def _start(chosen: Settings) -> None:
    try:
        stack.up(chosen)
    except (LocalStackError, MissingExtraError) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no stores: {error}")


def _remove(folder: Path) -> None:
    postgres = folder / "home" / "postgres"
    if postgres.is_symlink():
        shutil.rmtree(postgres.resolve())
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def stores(settings: Settings) -> Iterator[Stores]:
    """Both stores, open: driver, engine, database and home."""
    with bootstrap.open_stores(settings) as opened:
        yield opened


@pytest.fixture
def graph(stores: Stores) -> Stores:
    """The stores with an empty graph; constraints, indexes and the history of migrations stay."""
    with stores.driver.session(database=stores.database) as session:
        session.run(
            "MATCH (n) WHERE NOT n:__Neo4jMigration "
            "CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()
    return stores


@pytest.fixture(scope="session")
def snapshot(stores: Stores) -> Callable[[], set[tuple[Any, ...]]]:
    """A function that returns the whole graph, history of migrations apart, as a set of tuples."""

    def take() -> set[tuple[Any, ...]]:
        with stores.driver.session(database=stores.database) as session:
            nodes = session.run(
                "MATCH (n) WHERE NOT n:__Neo4jMigration "
                "RETURN elementId(n), labels(n), properties(n)"
            ).values()
            links = session.run(
                "MATCH (a)-[r]->(b) WHERE NOT a:__Neo4jMigration "
                "RETURN elementId(a), type(r), properties(r), elementId(b)"
            ).values()
        node = {key: (*sorted(labels), _frozen(rest)) for key, labels, rest in nodes}
        drawn = [(node[a], kind, _frozen(rest), node[b]) for a, kind, rest, b in links]
        assert len(set(node.values())) == len(node), "two nodes are alike"
        assert len(set(drawn)) == len(drawn), "two relationships are alike"
        return {*node.values(), *drawn}

    return take


def _frozen(properties: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset(
        (key, tuple(value) if isinstance(value, list) else value)
        for key, value in properties.items()
    )
