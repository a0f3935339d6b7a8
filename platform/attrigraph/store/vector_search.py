"""The nearest vectors of a collection, never fewer than there are.

Without a filter the index is searched. With one, how many vectors fulfil it is estimated on a
sample. Where these are few, all of them are compared, which is exact; where they are many, the
index is searched until enough fulfil it. An index may give up early, as at
``hnsw.max_scan_tuples``, or meet vectors that were deleted: then all are compared as well, so that
k vectors are found whenever k fulfil the filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pgvector import HalfVector
from psycopg import sql

from attrigraph.errors import InputError
from attrigraph.similarity.filters import Condition, check_fields, matches
from attrigraph.similarity.search_method import are_few
from attrigraph.store.collections import vector_sql
from attrigraph.store.metadata_sql import FilterSql, filter_sql
from attrigraph.store.vector_engine import EF_SEARCH, vector_connection
from attrigraph.store.vectors import check_vectors

if TYPE_CHECKING:
    import psycopg
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.filters import Value
    from attrigraph.similarity.metric import Metric
    from attrigraph.similarity.search_method import SearchMethod
    from attrigraph.store.collections import CollectionInfo
    from attrigraph.store.metadata_sample import MetadataSamples

DISTANCES: Final[dict[Metric, str]] = {
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

MAX_EF: Final = 1_000
"""Largest ``hnsw.ef_search`` of pgvector."""

SCAN: Final = """
WITH matching AS MATERIALIZED (
    SELECT key, vector, metadata FROM embedding WHERE collection = {collection} AND {condition})
SELECT key, {distance} AS distance, metadata FROM matching
ORDER BY distance, key LIMIT %(k)s
"""

SEARCH: Final = """
WITH nearest AS MATERIALIZED (
    SELECT key, {distance} AS distance, metadata FROM embedding
    WHERE collection = {collection} AND {condition}
    ORDER BY {distance} LIMIT %(k)s)
SELECT key, distance, metadata FROM nearest ORDER BY distance, key
"""
"""An index that is searched on gives vectors in almost the right order."""


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
    vector = HalfVector(check_vectors(np.asarray(query)[None], collection)[0])
    if where is not None:
        check_fields(where, collection.fields)
    sample = samples.of(engine, collection)
    share = 1.0 if where is None else sample.share(lambda facts: matches(where, facts))
    condition = FilterSql("true", {}) if where is None else filter_sql(where)
    with vector_connection(engine) as connection:
        search = _Search(connection, collection, vector, k, condition)
        indexed = collection.spec.metric != UNINDEXED and 2 * k <= MAX_EF
        if not indexed or are_few(share, sample.rows, k):
            return search.compare_all(), SearchPlan("scan", share, exact=True)
        hits = search.in_index(_candidates(share, k))
        if len(hits) >= k:
            return hits, SearchPlan("index", share, exact=False)
        return search.compare_all(), SearchPlan("scan after index", share, exact=True)


def _candidates(share: float, k: int) -> int:
    """Candidates that a search in the index keeps: as many that fulfil the filter as without one.

    The nearest that fulfil a filter lie further away, in other clusters, where few candidates miss
    some: of a tenth of 100,000 vectors a search with 64 finds .90 of the ten nearest.
    """
    return min(MAX_EF, max(ceil(EF_SEARCH / share), 2 * k))


@dataclass(frozen=True, slots=True)
class _Search:
    """One search on one connection."""

    connection: psycopg.Connection[Any]
    collection: CollectionInfo
    vector: HalfVector
    k: int
    condition: FilterSql

    def compare_all(self) -> list[Hit]:
        """The nearest of all vectors that fulfil the condition."""
        return self._run(SCAN)

    def in_index(self, candidates: int) -> list[Hit]:
        """The nearest that the index finds with so many candidates."""
        if candidates == EF_SEARCH:
            return self._run(SEARCH)
        self._set_candidates(candidates)
        try:
            return self._run(SEARCH)
        finally:
            self._set_candidates(EF_SEARCH)

    def _set_candidates(self, count: int) -> None:
        self.connection.execute(sql.SQL("SET hnsw.ef_search = {}").format(sql.Literal(count)))

    def _run(self, form: str) -> list[Hit]:
        distance = sql.SQL(DISTANCES[self.collection.spec.metric]).format(
            vector=vector_sql(self.collection), query=sql.SQL("%(query)s::halfvec")
        )
        statement = sql.SQL(form).format(
            collection=sql.Literal(self.collection.id),
            distance=distance,
            condition=sql.SQL(self.condition.text),
        )
        parameters = {"query": self.vector, "k": self.k, **self.condition.parameters}
        rows = self.connection.execute(statement, parameters, prepare=True, binary=True)
        return [Hit(key, float(distance), facts) for key, distance, facts in rows.fetchall()]
