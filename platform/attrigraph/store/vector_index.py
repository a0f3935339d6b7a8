"""The index of a collection: built while it is searched and written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg import sql

from attrigraph.errors import InputError
from attrigraph.store.collections import index_name, vector_sql
from attrigraph.store.ef_search import store_ef_search
from attrigraph.store.vector_engine import vector_connection

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attrigraph.similarity.metric import Metric
    from attrigraph.store.collections import CollectionInfo

OPERATOR_CLASSES: Final[dict[Metric, str]] = {
    "cosine": "halfvec_cosine_ops",
    "l2": "halfvec_l2_ops",
    "inner_product": "halfvec_ip_ops",
}
"""Metrics that HNSW is right for; hyperbolic distances are found by a scan."""

M: Final = 16
EF_CONSTRUCTION: Final = 64

MIN_ROWS: Final = 2_000
"""Below, a scan takes no longer than a search in an index."""

BUILD: Final = """
CREATE INDEX CONCURRENTLY {name} ON embedding USING hnsw (({vector}) {operators})
WITH (m = {m}, ef_construction = {ef}) WHERE collection = {collection}
"""


def build_index(engine: Engine, collection: CollectionInfo) -> bool:
    """Build the index of a collection if it has none that is whole; whether it was built.

    Others read and write meanwhile. One that was interrupted is built again. How many candidates
    its searches keep is measured when it is new or the collection has grown or shrunk much.

    Args:
        engine: of ``vector_engine``.
        collection: whose.

    Raises:
        InputError: there is no index for its metric.
    """
    operators = OPERATOR_CLASSES.get(collection.spec.metric)
    if operators is None:
        raise InputError(f"there is no index for the metric {collection.spec.metric}")
    name = sql.Identifier(index_name(collection.id))
    build = sql.SQL(BUILD).format(
        name=name,
        vector=vector_sql(collection.spec.dimension),
        operators=sql.SQL(operators),
        m=sql.Literal(M),
        ef=sql.Literal(EF_CONSTRUCTION),
        collection=sql.Literal(collection.id),
    )
    with vector_connection(engine) as connection:
        connection.execute("SELECT pg_advisory_lock(%(id)s, 0)", {"id": collection.id})
        try:
            missing = not has_index(engine, collection)
            if missing:
                connection.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(name))
                connection.execute(build)
                # without statistics the planner may not take the index
                connection.execute("ANALYZE embedding")
            store_ef_search(engine, collection)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%(id)s, 0)", {"id": collection.id})
    return missing


def has_index(engine: Engine, collection: CollectionInfo) -> bool:
    """Whether a collection has an index that is whole."""
    with vector_connection(engine) as connection:
        found = connection.execute(
            "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "WHERE relname = %(name)s AND relnamespace = 'public'::regnamespace",
            {"name": index_name(collection.id)},
        ).fetchone()
    return found is not None and bool(found[0])
