"""Connections for vectors: types registered, each statement by itself, searches that go on.

pgvector's search in an index ends after ``ef_search`` candidates, whatever a filter leaves of them,
unless ``hnsw.iterative_scan`` is on; it is on in all of these connections.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from pgvector.psycopg import register_vector
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError

from attrigraph.store.engine import as_store_error, store_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

EF_SEARCH: Final = 64
"""Candidates that a search in an index keeps: recall of 10 is above .99 on clustered vectors."""

SETTINGS: Final = (
    "SET hnsw.iterative_scan = relaxed_order",
    f"SET hnsw.ef_search = {EF_SEARCH}",
)


def vector_engine(engine: Engine) -> Engine:
    """A further engine of the same server for vectors; its owner disposes of it."""
    own = create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_size=8, max_overflow=64)
    event.listen(own, "connect", _prepare)
    return own


def _prepare(connection: Any, _: object) -> None:
    """Make a new connection ready."""
    driver = cast("psycopg.Connection[Any]", connection)
    driver.autocommit = True
    register_vector(driver)
    for setting in SETTINGS:
        driver.execute(setting)


@contextmanager
def vector_connection(engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    """The driver's connection, without what SQLAlchemy adds to each statement.

    Args:
        engine: of ``vector_engine``.

    Raises:
        StoreError: Postgres cannot be used.
    """
    try:
        pooled = engine.raw_connection()
    except DBAPIError as error:
        raise as_store_error(error, engine.url) from error
    driver = cast("psycopg.Connection[Any]", pooled.driver_connection)
    try:
        yield driver
    except psycopg.Error as error:
        lost = driver.broken
        if lost:
            pooled.invalidate()
        raise store_error(str(error), engine.url, lost=lost) from error
    finally:
        pooled.close()
