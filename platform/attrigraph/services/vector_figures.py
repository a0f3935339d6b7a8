"""What collections of vectors hold, and how long searches in Postgres and in memory take here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import MissingExtraError
from attrigraph.store.collections import count_bytes, count_vectors, list_collections
from attrigraph.store.hot_index import HotTier
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_index import has_index
from attrigraph.store.vector_rows import read_vectors
from attrigraph.store.vector_search import search_vectors
from attrigraph.store.vectors import content_hashes

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.store.collections import CollectionInfo
    from attrigraph.stores import Stores

QUERIES: Final = 50
"""Searches of each kind, by vectors of the collection itself."""


@dataclass(frozen=True, slots=True)
class MemoryFigures:
    """A collection in memory.

    Attributes:
        bytes: estimated; 0 where it is not held there.
        load_seconds: time to read it; None where it is not held there.
        warm_ms: median time of a search for 10; None without vectors.
        declined: why it is not held; None where it is.
    """

    bytes: int
    load_seconds: float | None
    warm_ms: float | None
    declined: str | None


@dataclass(frozen=True, slots=True)
class VectorFigures:
    """One collection.

    Attributes:
        name: of the collection.
        aliases: its other names.
        kind: of what has vectors.
        vectors: how many.
        dimension: of each.
        metric: the distance.
        embedder: that made them.
        version: counts the writes.
        index: whether it has an index.
        bytes: of vectors, metadata and index in Postgres.
        cold_ms: median time of a search for 10 in Postgres; None without vectors.
        memory: the same in memory.
    """

    name: str
    aliases: tuple[str, ...]
    kind: str
    vectors: int
    dimension: int
    metric: str
    embedder: str
    version: int
    index: bool
    bytes: int
    cold_ms: float | None
    memory: MemoryFigures

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph status --vectors --json`` prints."""
        return asdict(self)


def measure_vectors(stores: Stores) -> tuple[VectorFigures, ...]:
    """Every collection by name, each read into memory and searched."""
    with open_vectors(stores.engine) as engine:
        return tuple(_measured(engine, own) for own in list_collections(engine))


def _measured(engine: Engine, collection: CollectionInfo) -> VectorFigures:
    spec = collection.spec
    queries = _queries(engine, collection)
    samples = MetadataSamples()
    cold = _median_ms(
        queries, lambda query: search_vectors(engine, collection, query, samples=samples)
    )
    memory = _in_memory(engine, collection, queries)
    return VectorFigures(
        name=collection.name,
        aliases=collection.aliases,
        kind=spec.kind,
        vectors=count_vectors(engine, collection),
        dimension=spec.dimension,
        metric=spec.metric,
        embedder=spec.embedder,
        version=collection.version,
        index=has_index(engine, collection),
        bytes=count_bytes(engine, collection),
        memory=memory,
        cold_ms=cold,
    )


def _queries(engine: Engine, collection: CollectionInfo) -> NDArray[np.float32]:
    """Some vectors of a collection."""
    keys = sorted(content_hashes(engine, collection))[:QUERIES]
    rows = read_vectors(engine, collection, keys)
    return rows.vectors


def _in_memory(
    engine: Engine, collection: CollectionInfo, queries: NDArray[np.float32]
) -> MemoryFigures:
    with HotTier(engine) as tier:
        start = perf_counter()
        try:
            tier.load(collection)
        except MissingExtraError as error:
            return MemoryFigures(0, None, None, str(error))
        seconds = perf_counter() - start
        [held] = tier.figures()
        if held.declined is not None:
            return MemoryFigures(0, None, None, held.declined)
        warm = _median_ms(queries, lambda query: tier.search(collection, query))
        return MemoryFigures(held.nbytes, seconds, warm, None)


def _median_ms(
    queries: NDArray[np.float32], search: Callable[[NDArray[np.float32]], object]
) -> float | None:
    times = []
    for query in queries:
        start = perf_counter()
        search(query)
        times.append(1e3 * (perf_counter() - start))
    return median(times) if times else None
