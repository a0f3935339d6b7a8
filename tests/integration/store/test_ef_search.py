"""How many candidates searches keep, measured on collections in a real Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.store.collections import (
    CollectionInfo,
    CollectionSpec,
    create_collection,
    delete_collection,
    read_collection,
)
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.vector_engine import EF_SEARCH, vector_connection, vector_engine
from attrigraph.store.vector_index import build_index
from attrigraph.store.vector_search import search_vectors
from attrigraph.store.vectors import Vectors, upsert_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.stores import Stores

DIMENSION = 256
ROWS = 5_000
FEW = 6


@pytest.fixture
def engine(stores: Stores) -> Iterator[Engine]:
    own = vector_engine(stores.engine)
    yield own
    delete_collection(own, "measured")
    own.dispose()


def simulate(rank: int) -> NDArray[np.float32]:
    """Vectors in a space of so many dimensions: an index finds the nearest if these are few."""
    rng = np.random.default_rng(1)
    return np.asarray(
        rng.normal(size=(ROWS, rank)) @ rng.normal(size=(rank, DIMENSION)), np.float32
    )


def collection_of(engine: Engine, table: NDArray[np.float32]) -> CollectionInfo:
    """A collection with an index; keys are row numbers."""
    made = create_collection(engine, "measured", CollectionSpec("campaign", DIMENSION))
    upsert_vectors(engine, made, Vectors([str(row) for row in range(len(table))], table))
    build_index(engine, made)
    return read_collection(engine, "measured")


def recall(engine: Engine, collection: CollectionInfo, table: NDArray[np.float32]) -> float:
    """Of queries that are not in the table."""
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    found = []
    for query in (table[:20] + table[20:40]) / 2:
        nearest = np.argsort(-(unit @ query))[:10]
        hits, _ = search_vectors(engine, collection, query, samples=MetadataSamples())
        found.append(len({int(hit.key) for hit in hits} & {*nearest.tolist()}) / 10)
    return float(np.mean(found))


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on more recall is wanted than any search has."""

    def want() -> None:
        for name in ("RECALL", "ENOUGH"):
            monkeypatch.setattr(f"attrigraph.store.ef_search.{name}", 1.1)

    return want


def test_all_are_compared_where_no_number_of_candidates_is_enough(
    engine: Engine, unreachable: Callable[[], None]
) -> None:
    unreachable()
    table = simulate(DIMENSION)
    collection = collection_of(engine, table)
    assert collection.ef_search == 0
    _, plan = search_vectors(engine, collection, table[0], samples=MetadataSamples())
    assert (plan.method, plan.exact) == ("scan", True)
    assert recall(engine, collection, table) >= 0.995  # 16 bits may swap the last of them


def test_vectors_of_few_dimensions_are_searched_in_the_index(engine: Engine) -> None:
    table = simulate(FEW)
    collection = collection_of(engine, table)
    assert collection.ef_search == EF_SEARCH
    _, plan = search_vectors(engine, collection, table[0], samples=MetadataSamples())
    assert plan.method == "index"
    assert recall(engine, collection, table) >= 0.95


def test_equal_vectors_are_as_near_as_each_other(engine: Engine) -> None:
    copies = np.repeat(simulate(FEW)[: ROWS // 8], 8, axis=0)
    assert collection_of(engine, copies).ef_search == EF_SEARCH


def test_it_is_measured_again_only_after_much_has_changed(
    engine: Engine, unreachable: Callable[[], None]
) -> None:
    table = simulate(FEW)
    collection = collection_of(engine, table)
    unreachable()
    other = simulate(DIMENSION)
    half = ROWS // 2
    upsert_vectors(engine, collection, Vectors([f"n{row}" for row in range(half)], other[:half]))
    build_index(engine, collection)
    assert read_collection(engine, "measured").ef_search == EF_SEARCH
    rest = Vectors([f"n{row}" for row in range(half, ROWS)], other[half:])
    upsert_vectors(engine, collection, rest)
    build_index(engine, collection)
    assert read_collection(engine, "measured").ef_search == 0


def test_a_connection_keeps_the_number_that_was_asked_for(engine: Engine) -> None:
    def kept(ef_search: int | None) -> str:
        with vector_connection(engine, ef_search=ef_search) as connection:
            row = connection.execute("SHOW hnsw.ef_search").fetchone()
        assert row is not None
        return str(row[0])

    collection_of(engine, simulate(FEW)[:10])
    engine.dispose()  # so that one connection serves all
    assert [kept(100), kept(None), kept(200), kept(200)] == ["100", "100", "200", "200"]
