from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from attrigraph.errors import SchemaError
from attrigraph.store import pgvector_version
from attrigraph.store.migrations import migrate, pending
from attrigraph.store.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from attrigraph.stores import Stores

REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007"]


@pytest.fixture
def empty(stores: Stores) -> Iterator[Engine]:
    """An empty database of its own on the same server."""
    server = stores.engine.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS attrigraph_empty WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE attrigraph_empty TEMPLATE template0"))
    engine = create_engine(stores.engine.url.set(database="attrigraph_empty"))
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE attrigraph_empty WITH (FORCE)"))


def test_migrations_build_exactly_the_models(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        checks = connection.execute(
            text(
                "SELECT conname FROM pg_constraint "
                "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        ).scalars()
        assert set(checks) == {
            str(check.name)
            for table in Base.metadata.tables.values()
            for check in table.constraints
            if str(check.name).startswith("ck_")
        }


def test_a_second_run_has_nothing_to_do(empty: Engine) -> None:
    done = migrate(empty)
    assert [name.split()[0] for name in done] == REVISIONS
    assert pending(empty) == ()
    assert migrate(empty) == ()


def test_many_at_once_run_each_revision_once(empty: Engine) -> None:
    done: list[tuple[str, ...]] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(revisions) for revisions in done) == [0, 0, 0, len(REVISIONS)]


def test_a_database_from_the_future_is_rejected(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for step in (pending, migrate):
        with pytest.raises(SchemaError, match=r"newer .* 9999; upgrade attrigraph"):
            step(empty)


def test_a_failing_revision_leaves_nothing_behind(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE job_run (other int)"))
    with pytest.raises(SchemaError, match="already exists"):
        migrate(empty)
    with empty.connect() as connection:
        extensions = connection.execute(text("SELECT extname FROM pg_extension")).scalars().all()
    assert "vector" not in extensions
    assert len(pending(empty)) == len(REVISIONS)


@pytest.mark.parametrize(
    ("minimum", "message"),
    [((99,), r"has pgvector [\d.]+, in which vacuum can corrupt an index; install pgvector 99 or")],
)
def test_a_pgvector_that_is_too_old_is_named(
    minimum: tuple[int, ...], message: str, empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_version, "MINIMUM", minimum)
    for step in (migrate, pending):
        with pytest.raises(SchemaError, match=message) as caught:
            step(empty)
        assert "ALTER EXTENSION" not in str(caught.value)
    monkeypatch.undo()
    migrate(empty)
    monkeypatch.setattr(pgvector_version, "MINIMUM", minimum)
    with pytest.raises(SchemaError, match="run ALTER EXTENSION vector UPDATE"):
        pending(empty)


@pytest.mark.parametrize(
    ("version", "numbers"), [("0.8.4", (0, 8, 4)), ("0.10.0", (0, 10, 0)), ("1.0", (1, 0))]
)
def test_versions_are_compared_by_number(version: str, numbers: tuple[int, ...]) -> None:
    assert pgvector_version._numbers(version) == numbers
