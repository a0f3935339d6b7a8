"""Collections of vectors on a real server: against brute force, while others write."""

from __future__ import annotations

import threading
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.similarity.filters import (
    And,
    Compare,
    Condition,
    Exists,
    In,
    Not,
    Or,
    matches,
    parse_filter,
)
from attrigraph.similarity.hyperbolic.distance import distances
from attrigraph.store.collections import (
    CollectionInfo,
    CollectionSpec,
    count_vectors,
    create_collection,
    delete_collection,
    list_collections,
    read_collection,
    set_alias,
)
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.vector_changes import read_marks
from attrigraph.store.vector_engine import vector_connection, vector_engine
from attrigraph.store.vector_index import build_index, has_index
from attrigraph.store.vector_rows import read_rows
from attrigraph.store.vector_search import Hit, SearchPlan, search_vectors
from attrigraph.store.vectors import (
    Vectors,
    content_hashes,
    delete_vectors,
    read_vector,
    upsert_vectors,
)
from long_forms import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.filters import Value
    from attrigraph.stores import Stores

    Floats = NDArray[np.float32]

DIMENSION = 16
NUMBERS = count()
MARKETS = ("de", "fr", "it", "es")


@pytest.fixture(scope="module")
def engine(stores: Stores) -> Iterator[Engine]:
    own = vector_engine(stores.engine)
    yield own
    own.dispose()


@pytest.fixture
def collection(engine: Engine) -> Iterator[CollectionInfo]:
    name = f"test-{next(NUMBERS)}"
    yield create_collection(engine, name, CollectionSpec("campaign", DIMENSION))
    delete_collection(engine, name)


def clustered(rng: np.random.Generator, n: int, clusters: int = 40) -> Floats:
    """Unit vectors about centres that are the same each time."""
    centres = np.random.default_rng(99).normal(size=(clusters, DIMENSION))
    table = centres[rng.integers(0, clusters, n)] + 0.4 * rng.normal(size=(n, DIMENSION))
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True), np.float32)


def facts_of(rng: np.random.Generator) -> dict[str, Value]:
    """Metadata in which any field may be missing."""
    facts: dict[str, Value] = {
        "market": MARKETS[rng.choice(4, p=(0.7, 0.2, 0.09, 0.01))],
        "budget": float(rng.integers(0, 1000)),
        "active": bool(rng.random() < 0.5),
    }
    return {name: value for name, value in facts.items() if rng.random() < 0.9}


def brute_force(
    table: Floats, facts: list[dict[str, Value]], query: Floats, k: int, where: Condition | None
) -> dict[str, float]:
    """Keys and cosine distances of the nearest, of the 16-bit floats that are stored."""
    rows = [row for row, own in enumerate(facts) if where is None or matches(where, own)]
    stored = table.astype(np.float16).astype(np.float64)
    asked = query.astype(np.float16).astype(np.float64)
    norms = np.linalg.norm(stored, axis=1) * np.linalg.norm(asked)
    distance = 1 - stored @ asked / norms
    return {str(row): distance[row] for row in sorted(rows, key=lambda row: distance[row])[:k]}


def search(
    engine: Engine,
    collection: CollectionInfo,
    query: Floats,
    k: int = 10,
    where: Condition | None = None,
) -> tuple[list[Hit], SearchPlan]:
    fresh = read_collection(engine, collection.name)
    return search_vectors(engine, fresh, query, k, where=where, samples=MetadataSamples())


def test_names_aliases_and_deletion(engine: Engine) -> None:
    spec = CollectionSpec("campaign", 3, "l2", "hashing", "1")
    first, second = (create_collection(engine, name, spec) for name in ("first-one", "second-one"))
    assert (first.spec, first.version, first.fields) == (spec, 0, {})
    set_alias(engine, "current", "first-one")
    assert read_collection(engine, "current").id == first.id
    set_alias(engine, "current", "second-one")
    assert read_collection(engine, "current").id == second.id
    assert [each.aliases for each in list_collections(engine) if each.id == second.id] == [
        ("current",)
    ]
    with pytest.raises(InputError, match="no collection 'curren'; did you mean 'current'"):
        read_collection(engine, "curren")
    with pytest.raises(InputError, match="is the name of a collection"):
        set_alias(engine, "first-one", "second-one")
    with pytest.raises(InputError, match="there is a collection 'current' already"):
        create_collection(engine, "current", spec)
    delete_collection(engine, "current")
    with pytest.raises(InputError, match="no collection 'first-on'; did you mean 'first-one'"):
        read_collection(engine, "first-on")
    with pytest.raises(InputError, match="no collection 'current'"):
        read_collection(engine, "current")
    delete_collection(engine, "first-one")


def test_what_is_written_is_read(engine: Engine, collection: CollectionInfo) -> None:
    rng = np.random.default_rng(1)
    table = clustered(rng, 5)
    keys = ["a", "b", "c", "ä'\"\\ \t", "e"]
    facts: list[dict[str, Value]] = [{"market": "de"}, {}, {"budget": 1.5}, {"active": True}, {}]
    upsert_vectors(engine, collection, Vectors(keys, table, facts, list("12345")))
    version = upsert_vectors(engine, collection, Vectors(["b"], table[:1], [{"market": "fr"}]))
    assert version == 2
    with vector_connection(engine) as connection:
        stored = read_marks(connection, collection)
        assert stored is not None
        rows = read_rows(connection, collection, [*stored.marks])
    found = {
        key: (vector, own)
        for key, vector, own in zip(rows.keys, rows.vectors, rows.metadata, strict=True)
    }
    assert found.keys() == set(keys)
    assert found["b"][1] == {"market": "fr"}
    assert (found["b"][0] == table[0].astype(np.float16)).all()
    assert content_hashes(engine, collection)["b"] is None
    vector = read_vector(engine, collection, "c")
    assert vector is not None
    assert (vector == table[2].astype(np.float16)).all()
    assert read_vector(engine, collection, "none") is None
    assert delete_vectors(engine, collection, ["a", "b", "none"]) == 2
    assert count_vectors(engine, collection) == 3
    fresh = read_collection(engine, collection.name)
    assert (fresh.version, fresh.fields) == (
        3,
        {"market": "text", "budget": "number", "active": "boolean"},
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Vectors(["a"], np.ones((1, 3))), "vectors of 16 dimensions, got a table of 1 x 3"),
        (Vectors(["a"], np.full((1, DIMENSION), np.nan)), "vector 0 has a number that is not fin"),
        (Vectors(["a"], np.full((1, DIMENSION), 7e4)), "vector 0 has a number .* above 65,504"),
        (Vectors(["a"], np.zeros((1, DIMENSION))), "vector 0 is zero, which has no cosine"),
        (Vectors(["a"], np.full((1, DIMENSION), 1e-9)), "vector 0 is zero"),
        (Vectors(["a", "a"], np.ones((2, DIMENSION))), "the key 'a' is there twice"),
        (Vectors([""], np.ones((1, DIMENSION))), "a key must have 1 to 512 characters"),
        (Vectors(["a\0"], np.ones((1, DIMENSION))), "a character that Postgres cannot hold"),
        (Vectors(["a", "b"], np.ones((1, DIMENSION))), "2 keys for 1 vectors"),
        (Vectors(["a"], np.ones((1, DIMENSION)), [{"x": None}]), "must be text, a finite number"),  # type: ignore[dict-item]
        (
            Vectors(["a"], np.ones((1, DIMENSION)), [{"budget": "x"}]),
            "'budget' is of the type number",
        ),
        (
            Vectors(["a", "b"], np.ones((2, DIMENSION)), [{"y": 1.0}, {"y": "x"}]),
            "'y' is of the type number in the collection, and text for 'b'",
        ),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(
    given: Vectors, message: str, engine: Engine, collection: CollectionInfo
) -> None:
    first = Vectors(["kept"], np.ones((1, DIMENSION)), [{"budget": 1.0}])
    upsert_vectors(engine, collection, first)
    with pytest.raises(InputError, match=message):
        upsert_vectors(engine, collection, given)
    assert content_hashes(engine, collection).keys() == {"kept"}
    assert read_collection(engine, collection.name).version == 1


def test_a_query_that_does_not_fit_is_named(engine: Engine, collection: CollectionInfo) -> None:
    query = np.ones(DIMENSION, np.float32)
    assert search(engine, collection, query)[0] == []
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        search(engine, collection, query, 0)
    with pytest.raises(InputError, match="and the query has 2"):
        search(engine, collection, query[:2])
    with pytest.raises(InputError, match="no field 'market'"):
        search(engine, collection, query, where=parse_filter("market = 'de'"))
    delete_collection(engine, collection.name)
    with pytest.raises(InputError, match="was deleted meanwhile"):
        upsert_vectors(engine, collection, Vectors(["a"], query[None]))
    create_collection(engine, collection.name, collection.spec)


def test_hyperbolic_distances_are_compared_with_all(engine: Engine) -> None:
    curved = create_collection(engine, "curved", CollectionSpec("campaign", 5, "hyperbolic"))
    try:
        rng = np.random.default_rng(3)
        tangents = rng.normal(size=(4_000, 5)) * rng.uniform(0, 3, size=(4_000, 1))
        tangents[17] = 0
        markets: list[dict[str, Value]] = [{"market": MARKETS[row % 4]} for row in range(4_000)]
        keys = [f"{row:04}" for row in range(4_000)]
        upsert_vectors(engine, curved, Vectors(keys, tangents, markets))
        stored = tangents.astype(np.float16).astype(np.float64)
        for query in (stored[5], np.zeros(5)):
            exact = distances(query, stored)
            hits, plan = search(engine, curved, query.astype(np.float32))
            assert [int(hit.key) for hit in hits] == np.argsort(exact)[:10].tolist()
            assert [hit.distance for hit in hits] == pytest.approx(np.sort(exact)[:10], abs=1e-3)
            assert plan.exact
        found, _ = search(engine, curved, stored[5], where=parse_filter("market = 'it'"))
        assert len(found) == 10
        assert {hit.metadata["market"] for hit in found} == {"it"}
        with pytest.raises(InputError, match="radii of positions must be at most 15, got 20"):
            upsert_vectors(engine, curved, Vectors(["far"], np.full((1, 5), 20 / 5**0.5)))
    finally:
        delete_collection(engine, "curved")


@pytest.fixture(scope="module")
def many(engine: Engine) -> Iterator[tuple[CollectionInfo, Floats, list[dict[str, Value]]]]:
    rng = np.random.default_rng(7)
    made = create_collection(engine, "many", CollectionSpec("campaign", DIMENSION))
    table = clustered(rng, 6_000)
    facts = [facts_of(rng) for _ in table]
    upsert_vectors(engine, made, Vectors([str(row) for row in range(len(table))], table, facts))
    assert build_index(engine, made)
    assert not build_index(engine, made)
    assert has_index(engine, made)
    yield made, table, facts
    delete_collection(engine, "many")


def conditions() -> st.SearchStrategy[Condition]:
    market = st.sampled_from([*MARKETS, "xx"])
    leaves = st.one_of(
        st.builds(Compare, st.just("market"), st.sampled_from(["=", "!=", "<", ">="]), market),
        st.builds(
            Compare,
            st.just("budget"),
            st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
            st.integers(-1, 1001).map(float),
        ),
        st.builds(Compare, st.just("active"), st.sampled_from(["=", "!="]), st.booleans()),
        st.builds(In, st.just("market"), st.lists(market, min_size=1, max_size=3).map(tuple)),
        st.builds(Exists, st.sampled_from(["market", "budget", "active"])),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


@settings(max_examples=examples(20, long=60), deadline=None)
@given(where=conditions(), seed=st.integers(0, 1_000), k=st.sampled_from([1, 10, 50]))
def test_a_filter_gives_as_many_as_brute_force(
    many: tuple[CollectionInfo, Floats, list[dict[str, Value]]],
    engine: Engine,
    where: Condition,
    seed: int,
    k: int,
) -> None:
    made, table, facts = many
    query = clustered(np.random.default_rng(seed), 1)[0]
    hits, plan = search(engine, made, query, k, where)
    expected = brute_force(table, facts, query, k, where)
    assert len(hits) == len(expected)
    assert all(matches(where, facts[int(hit.key)]) for hit in hits)
    assert [hit.distance for hit in hits] == sorted(hit.distance for hit in hits)
    assert len({hit.key for hit in hits}) == len(hits)
    if plan.exact:  # but for the order of distances that are equal in 32 bits
        distances = np.array([hit.distance for hit in hits])
        assert np.allclose(distances, [*expected.values()], atol=1e-5)


@pytest.mark.parametrize("where", [None, "active = true", "market in ('de', 'fr')"])
def test_an_index_finds_nearly_all(
    where: str | None,
    many: tuple[CollectionInfo, Floats, list[dict[str, Value]]],
    engine: Engine,
) -> None:
    made, table, facts = many
    condition = None if where is None else parse_filter(where)
    found, methods = 0, set()
    queries = clustered(np.random.default_rng(3), 40)
    for query in queries:
        hits, plan = search(engine, made, query, 10, condition)
        methods.add(plan.method)
        expected = brute_force(table, facts, query, 10, condition)
        found += len({hit.key for hit in hits} & expected.keys())
    assert methods == {"index"}
    assert found >= 0.95 * 10 * len(queries)


def test_vectors_that_were_deleted_are_replaced_by_the_next(engine: Engine) -> None:
    rng = np.random.default_rng(11)
    made = create_collection(engine, "holes", CollectionSpec("campaign", DIMENSION))
    try:
        table = clustered(rng, 4_000, clusters=1)
        keys = [str(row) for row in range(len(table))]
        upsert_vectors(engine, made, Vectors(keys, table))
        build_index(engine, made)
        near = [hit.key for hit in search(engine, made, table[0], 200)[0]]
        delete_vectors(engine, made, near)
        hits, _ = search(engine, made, table[0], 10)
        assert len(hits) == 10
        assert not {hit.key for hit in hits} & set(near)
    finally:
        delete_collection(engine, "holes")


def test_searchers_see_whole_writes(engine: Engine, collection: CollectionInfo) -> None:
    """A writer moves all vectors at once from one place to another; nobody sees a part of it."""
    rng = np.random.default_rng(5)
    keys = [str(row) for row in range(30)]
    query = np.ones(DIMENSION, np.float32)
    near = query + 0.01 * rng.normal(size=(30, DIMENSION))
    upsert_vectors(engine, collection, Vectors(keys, near, [{"round": 0.0}] * 30))
    fresh, samples = read_collection(engine, collection.name), MetadataSamples()
    failures: list[Any] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            hits, _ = search_vectors(engine, fresh, query, 30, samples=samples)
            rounds = {hit.metadata["round"] for hit in hits}
            if len(hits) != 30 or len({hit.key for hit in hits}) != 30 or len(rounds) != 1:
                failures.append((len(hits), rounds))

    searchers = [threading.Thread(target=look) for _ in range(50)]
    for searcher in searchers:
        searcher.start()
    for number in range(1, 21):
        moved = query + 0.01 * rng.normal(size=(30, DIMENSION))
        upsert_vectors(engine, fresh, Vectors(keys, moved, [{"round": float(number)}] * 30))
        if number % 5 == 0:
            with vector_connection(engine) as connection:
                connection.execute("VACUUM embedding")
    done.set()
    for searcher in searchers:
        searcher.join()
    assert failures == []
