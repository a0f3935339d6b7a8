"""Connections for vectors: types registered, each statement by itself, searches that go on.

pgvector's search in an index ends after ``ef_search`` candidates, whatever a filter leaves of them,
unless ``hnsw.iterative_scan`` is on; it is on in all of these connections.
"""

from __future__ import annotations

from contextlib import contextmanager
from json import JSONDecoder
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from pgvector.psycopg import register_vector
from psycopg.types.json import set_json_loads
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError

from attrigraph.store.engine import as_store_error, store_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

EF_SEARCH: Final = 64
"""Least number of candidates that a search in an index keeps."""

MAX_EF: Final = 1_000
"""Largest ``hnsw.ef_search`` of pgvector."""

JSON: Final = JSONDecoder()

EF_SETTING: Final = "hnsw.ef_search"
"""Name of the setting; a pooled connection remembers its value by it."""


def vector_engine(engine: Engine) -> Engine:
    """A further engine of the same server for vectors; its owner disposes of it."""
    own = create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=8,
        max_overflow=64,
        pool_use_lifo=True,  # the connection that was last used has plans, and pages at hand
        pool_reset_on_return=None,  # nothing is open: all transactions are blocks
    )
    event.listen(own, "connect", _prepare)
    return own


@contextmanager
def open_vectors(engine: Engine) -> Iterator[Engine]:
    """An engine of ``vector_engine`` for a block."""
    own = vector_engine(engine)
    try:
        yield own
    finally:
        own.dispose()


def _prepare(connection: Any, _: object) -> None:
    """Make a new connection ready."""
    driver = cast("psycopg.Connection[Any]", connection)
    driver.autocommit = True
    register_vector(driver)
    set_json_loads(_read_json, driver)
    driver.execute("SET hnsw.iterative_scan = relaxed_order")


def _read_json(data: str | bytes) -> Any:
    """What a text in UTF-8 means: ``json.loads`` guesses its encoding first."""
    return JSON.decode(data if isinstance(data, str) else data.decode())


@contextmanager
def vector_connection(
    engine: Engine, *, ef_search: int | None = None
) -> Iterator[psycopg.Connection[Any]]:
    """The driver's connection, without what SQLAlchemy adds to each statement.

    Args:
        engine: of ``vector_engine``.
        ef_search: candidates that a search in an index keeps; None where none is searched. It
            takes a round trip only where the connection had another number.

    Raises:
        StoreError: Postgres cannot be used.
    """
    try:
        pooled = engine.raw_connection()
    except DBAPIError as error:
        raise as_store_error(error, engine.url) from error
    driver = cast("psycopg.Connection[Any]", pooled.driver_connection)
    try:
        if ef_search is not None and pooled.info.get(EF_SETTING) != ef_search:
            driver.execute("SELECT set_config(%s, %s, false)", (EF_SETTING, str(ef_search)))
            pooled.info[EF_SETTING] = ef_search
        yield driver
    except psycopg.Error as error:
        lost = driver.broken
        if lost:
            pooled.invalidate()
        raise store_error(str(error), engine.url, lost=lost) from error
    finally:
        pooled.close()
