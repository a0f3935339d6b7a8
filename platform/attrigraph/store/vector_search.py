"""The nearest vectors of a collection, never fewer than there are.

Without a filter the index is searched. With one, how many vectors fulfil it is estimated on a
sample. Where these are few, all of them are compared, which is exact; where they are many, the
index is searched until enough fulfil it. An index may give up early, as at
``hnsw.max_scan_tuples``, or meet vectors that were deleted: then all are compared as well, so that
k vectors are found whenever k fulfil the filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any, Final, LiteralString

from pgvector import HalfVector
from psycopg import sql

from attrigraph.errors import InputError
from attrigraph.similarity.filters import Condition, check_fields, matches
from attrigraph.similarity.search_method import are_few
from attrigraph.store.collections import vector_sql
from attrigraph.store.metadata_sql import FilterSql, filter_sql
from attrigraph.store.vector_engine import EF_SEARCH, MAX_EF, vector_connection
from attrigraph.store.vectors import check_query

if TYPE_CHECKING:
    import numpy as np
    import psycopg
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.filters import Value
    from attrigraph.similarity.metric import Metric
    from attrigraph.similarity.search_method import SearchMethod
    from attrigraph.store.collections import CollectionInfo
    from attrigraph.store.metadata_sample import MetadataSamples

DISTANCES: Final[dict[Metric, LiteralString]] = {
    "cosine": "{vector} <=> {query}",
    "l2": "{vector} <-> {query}",
    "inner_product": "{vector} <#> {query}",
    "hyperbolic": """
CASE WHEN l2_norm({vector}) * l2_norm({query}) = 0
    THEN abs(l2_norm({vector}) - l2_norm({query}))
    ELSE acosh(greatest(1, cosh(l2_norm({vector}) - l2_norm({query}))
        + sinh(l2_norm({vector})) * sinh(l2_norm({query})) * ({vector} <=> {query}))) END
""",
}
"""Of tangents at the origin of hyperbolic space: by the law of cosines, from radii and angle."""

UNINDEXED: Final[Metric] = "hyperbolic"
"""The metric that pgvector has no index for."""

SCAN: Final = """
SELECT key, ({distance}) + 0 AS distance, metadata FROM embedding
WHERE collection = {collection} AND {condition}
ORDER BY distance, key LIMIT {k}
"""
"""A sum is nothing that an index is ordered by."""

SEARCH: Final = """
WITH nearest AS MATERIALIZED (
    SELECT key, {distance} AS distance, metadata FROM embedding
    WHERE collection = {collection} AND {condition}
    ORDER BY {distance} LIMIT {k})
SELECT key, distance, metadata FROM nearest ORDER BY distance, key
"""
"""An index that is searched on gives vectors in almost the right order."""


MAX_LIMIT: Final = 2**63 - 1
"""Largest limit of Postgres."""

NO_CONDITION: Final = FilterSql("true", {})


@dataclass(frozen=True, slots=True)
class Hit:
    """A vector that was found.

    Attributes:
        key: its key.
        distance: from the query by the metric; of inner products, the negative product.
        metadata: by field.
    """

    key: str
    distance: float
    metadata: dict[str, Value]


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """How vectors were found.

    Attributes:
        method: all that fulfil the filter were compared (``scan``), the index was searched
            (``index``), or it gave too few and all were compared (``scan after index``).
        share: estimated share of vectors that fulfil the filter; 1 without one.
        exact: whether the result is exactly the nearest.
        in_memory: whether the hot tier answered, and not Postgres.
    """

    method: SearchMethod
    share: float
    exact: bool
    in_memory: bool = False


def search_vectors(
    engine: Engine,
    collection: CollectionInfo,
    query: NDArray[np.floating[Any]],
    k: int = 10,
    *,
    where: Condition | None = None,
    samples: MetadataSamples,
) -> tuple[list[Hit], SearchPlan]:
    """The k nearest vectors, nearest first, ties by key.

    Args:
        engine: of ``vector_engine``.
        collection: where, as it was read lately.
        query: ``[dimension]``.
        k: how many; all are returned if fewer fulfil the filter.
        where: a condition on metadata; None for none.
        samples: of metadata, for estimates.

    Raises:
        InputError: k is below 1, the query does not fit the collection, or the filter has an
            unknown field or a value of another type.
    """
    if k < 1:
        raise InputError(f"k must be at least 1, got {k}")
    vector = HalfVector(check_query(query, collection))
    if where is not None:
        check_fields(where, collection.fields)
    sample = samples.of(engine, collection)
    share = 1.0 if where is None else sample.share(lambda facts: matches(where, facts))
    condition = NO_CONDITION if where is None else filter_sql(where)
    statement = Statement(collection, vector, k, condition)
    least = EF_SEARCH if collection.ef_search is None else collection.ef_search
    is_indexed = collection.spec.metric != UNINDEXED and least > 0 and 2 * k <= MAX_EF
    if not is_indexed or are_few(share, sample.rows, k):
        with vector_connection(engine) as connection:
            return statement.run(connection, SCAN), SearchPlan("scan", share, exact=True)
    with vector_connection(engine, ef_search=_candidates(least, share, k)) as connection:
        hits = statement.run(connection, SEARCH)
        if len(hits) >= k:
            return hits, SearchPlan("index", share, exact=False)
        plan = SearchPlan("scan after index", share, exact=True)
        return statement.run(connection, SCAN), plan


def _candidates(least: int, share: float, k: int) -> int:
    """Candidates that a search in the index keeps: as many that fulfil the filter as without one.

    The nearest that fulfil a filter lie further away, in other clusters, where few candidates miss
    some: of a tenth of 100,000 vectors a search with 64 finds .90 of the ten nearest.
    """
    return min(MAX_EF, max(ceil(least / share), 2 * k))


@dataclass(frozen=True, slots=True)
class Statement:
    """One search as a statement of Postgres.

    Attributes:
        collection: where.
        vector: whose nearest are found.
        k: how many.
        condition: that they fulfil.
    """

    collection: CollectionInfo
    vector: HalfVector
    k: int
    condition: FilterSql = NO_CONDITION

    def run(self, connection: psycopg.Connection[Any], form: LiteralString) -> list[Hit]:
        """What is found in the form ``SCAN`` or ``SEARCH``, nearest first, ties by key."""
        spec = self.collection.spec
        text = _text(
            form, self.collection.id, spec.dimension, spec.metric, self.k, self.condition.text
        )
        parameters = {"query": self.vector, **self.condition.parameters}
        rows = connection.execute(text, parameters, prepare=True, binary=True).fetchall()
        return [Hit(key, distance, facts) for key, distance, facts in rows]


@lru_cache(maxsize=100)
def _text(
    form: LiteralString,
    collection: int,
    dimension: int,
    metric: Metric,
    k: int,
    condition: LiteralString,
) -> bytes:
    """The text of a statement: to compose it takes a tenth of the time of a search.

    Postgres keeps the plan of a statement only if it sees k.
    """
    distance = sql.SQL(DISTANCES[metric]).format(
        vector=vector_sql(dimension), query=sql.SQL("%(query)s::halfvec")
    )
    composed = sql.SQL(form).format(
        collection=sql.Literal(collection),
        distance=distance,
        k=sql.Literal(min(k, MAX_LIMIT)),
        condition=sql.SQL(condition),
    )
    return composed.as_bytes(None)
