"""Collections in memory on a real server: against Postgres, and while others write."""

from __future__ import annotations

import sys
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.filters import parse_filter
from attrigraph.store import hot_index, own_writes
from attrigraph.store.collections import (
    CollectionInfo,
    CollectionSpec,
    create_collection,
    delete_collection,
    read_collection,
)
from attrigraph.store.hot_index import HotTier
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.vector_engine import vector_connection, vector_engine
from attrigraph.store.vector_search import search_vectors
from attrigraph.store.vectors import Vectors, delete_vectors, upsert_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.stores import Stores

DIMENSION = 16
NUMBERS = count()


@pytest.fixture(scope="module")
def engine(stores: Stores) -> Iterator[Engine]:
    own = vector_engine(stores.engine)
    yield own
    own.dispose()


@pytest.fixture
def collection(engine: Engine) -> Iterator[CollectionInfo]:
    name = f"hot-{next(NUMBERS)}"
    made = create_collection(engine, name, CollectionSpec("campaign", DIMENSION))
    rng = np.random.default_rng(3)
    keys = [f"{row:04d}" for row in range(500)]
    facts = [{"row": float(row)} for row in range(500)]
    upsert_vectors(engine, made, Vectors(keys, rng.normal(size=(500, DIMENSION)), facts))
    yield read_collection(engine, name)
    delete_collection(engine, name)


@pytest.fixture
def tier(engine: Engine) -> Iterator[HotTier]:
    with HotTier(engine) as own:
        yield own


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes are as those of another process: this one knows nothing of them."""
    monkeypatch.setattr("attrigraph.store.vectors.record_write", lambda *_: None)
    monkeypatch.setattr("attrigraph.store.collections.record_write", lambda *_: None)


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def one(*components: float) -> NDArray[np.float32]:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(components)] = components
    return vector


@pytest.mark.parametrize("where", [None, "row < 100", "row between 7 and 9"])
def test_memory_gives_what_postgres_gives(
    where: str | None, engine: Engine, collection: CollectionInfo, tier: HotTier
) -> None:
    condition = None if where is None else parse_filter(where)
    query = np.random.default_rng(4).normal(size=DIMENSION)
    tier.load(collection)
    hits, plan = tier.search(collection, query, 10, where=condition)
    expected, _ = search_vectors(
        engine, collection, query, 10, where=condition, samples=MetadataSamples()
    )
    assert (plan.in_memory, plan.exact) == (True, True)
    assert [hit.key for hit in hits] == [hit.key for hit in expected]
    assert [hit.metadata for hit in hits] == [hit.metadata for hit in expected]
    assert [hit.distance for hit in hits] == pytest.approx(
        [hit.distance for hit in expected],
        abs=1e-3,  # the query is in 16 bits there
    )


def test_the_first_search_loads(collection: CollectionInfo, tier: HotTier) -> None:
    hits, plan = tier.search(collection, one(1), 3)
    assert (len(hits), plan.in_memory) == (3, False)
    eventually(lambda: tier.search(collection, one(1), 3)[1].in_memory)
    [figures] = tier.figures()
    assert (figures.collection, figures.version, figures.rows) == (collection.name, 1, 500)
    assert figures.nbytes == 500 * (1_000 + 5 * DIMENSION)
    assert figures.warm == 1
    assert figures.cold >= 1
    assert figures.declined is None


def test_own_writes_are_seen_at_once(
    engine: Engine, collection: CollectionInfo, tier: HotTier
) -> None:
    tier.load(collection)
    for number in range(20):
        upsert_vectors(engine, collection, Vectors(["new"], one(1, number)[None]))
        [hit], _ = tier.search(collection, one(1, number), 1)
        assert hit.key == "new"
        assert hit.distance == pytest.approx(0, abs=1e-5)
    delete_vectors(engine, collection, ["new"])
    assert "new" not in [hit.key for hit in tier.search(collection, one(1, 19), 600)[0]]
    eventually(lambda: tier.search(collection, one(1), 1)[1].in_memory)
    hits, _ = tier.search(collection, one(1, 19), 600)
    assert sorted(hit.key for hit in hits) == [f"{row:04d}" for row in range(500)]


@pytest.mark.usefixtures("elsewhere")
def test_writes_of_others_arrive(engine: Engine, collection: CollectionInfo, tier: HotTier) -> None:
    tier.load(collection)
    upsert_vectors(engine, collection, Vectors(["new"], one(1)[None], [{"row": -1.0}]))
    [hit], _ = tier.search(collection, one(1), 1, consistent=True)
    assert (hit.key, hit.metadata) == ("new", {"row": -1.0})

    def found() -> bool:
        hits, plan = tier.search(collection, one(1), 1)
        return plan.in_memory and hits[0].key == "new"

    eventually(found)
    delete_vectors(engine, collection, ["new", "0007"])
    eventually(lambda: tier.figures()[0].rows == 499)
    assert not {"new", "0007"} & {hit.key for hit in tier.search(collection, one(1), 600)[0]}


@pytest.mark.usefixtures("elsewhere")
def test_without_messages_versions_are_looked_at(
    engine: Engine,
    collection: CollectionInfo,
    tier: HotTier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection of the thread is ended, and messages are lost."""
    tier.load(collection)
    with vector_connection(engine) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
    monkeypatch.setattr("attrigraph.store.vectors.CHANNEL", "nobody_listens")
    upsert_vectors(engine, collection, Vectors(["new"], one(1)[None]))
    eventually(lambda: tier.figures()[0].version == 2)
    assert tier.search(collection, one(1), 1)[0][0].key == "new"


@pytest.mark.usefixtures("elsewhere")
def test_an_index_that_nobody_confirms_is_checked(
    engine: Engine,
    collection: CollectionInfo,
    tier: HotTier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tier.load(collection)
    monkeypatch.setattr(tier, "_look", lambda *_: None)
    monkeypatch.setattr(hot_index, "MAX_LAG_SECONDS", 0.0)
    assert tier.search(collection, one(1), 1)[1].in_memory
    upsert_vectors(engine, collection, Vectors(["new"], one(1)[None]))
    hits, plan = tier.search(collection, one(1), 1)
    assert (hits[0].key, plan.in_memory) == ("new", False)


def test_what_does_not_fit_is_searched_in_postgres(
    engine: Engine, collection: CollectionInfo
) -> None:
    with HotTier(engine, max_bytes=100_000) as tier:
        tier.load(collection)
        hits, plan = tier.search(collection, one(1), 10)
        assert (len(hits), plan.in_memory) == (10, False)
        [figures] = tier.figures()
        assert figures.rows == 0
        assert figures.declined == "500 vectors need 1 MB, and 0 of 0 MB are taken"
        delete_vectors(engine, collection, [f"{row:04d}" for row in range(450)])
        eventually(lambda: tier.search(collection, one(1), 1)[1].in_memory)
        assert tier.figures()[0].declined is None


def test_a_deleted_collection_is_given_up(engine: Engine, tier: HotTier) -> None:
    made = create_collection(engine, "hot-gone", CollectionSpec("campaign", DIMENSION))
    upsert_vectors(engine, made, Vectors(["a"], one(1)[None]))
    tier.load(made)
    assert len(tier.search(made, one(1))[0]) == 1
    delete_collection(engine, "hot-gone")
    assert own_writes.written_version(engine, made.id) == sys.maxsize
    assert tier.search(made, one(1))[0] == []
    eventually(lambda: tier.figures() == ())


def test_a_query_that_does_not_fit_is_named(collection: CollectionInfo, tier: HotTier) -> None:
    tier.load(collection)
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        tier.search(collection, one(1), 0)
    with pytest.raises(InputError, match="and the query has 3"):
        tier.search(collection, one(1)[:3])
    with pytest.raises(InputError, match="is zero, which has no cosine"):
        tier.search(collection, one(0))
    with pytest.raises(InputError, match="no field 'raw'; did you mean 'row'"):
        tier.search(collection, one(1), where=parse_filter("raw = 1"))


def test_50_searchers_see_whole_writes(
    engine: Engine, collection: CollectionInfo, tier: HotTier
) -> None:
    """A writer moves 30 vectors at once; each search sees all of them in one newest place."""
    rng = np.random.default_rng(5)
    keys = [f"moved {row}" for row in range(30)]
    failures: list[Any] = []
    warm: list[bool] = []
    written = [0]
    done = threading.Event()

    def write(number: int) -> None:
        places = one(10) + 0.01 * rng.normal(size=(30, DIMENSION))
        upsert_vectors(engine, collection, Vectors(keys, places, [{"row": float(number)}] * 30))
        written[0] = number

    def look() -> None:
        while not done.is_set():
            before = written[0]
            hits, plan = tier.search(collection, one(1), 30)
            warm.append(plan.in_memory)
            rounds = {float(hit.metadata["row"]) for hit in hits}
            if {hit.key for hit in hits} != {*keys} or len(rounds) > 1 or min(rounds) < before:
                failures.append((before, rounds, sorted(hit.key for hit in hits)))

    write(0)
    tier.load(collection)
    searchers = [threading.Thread(target=look) for _ in range(50)]
    for searcher in searchers:
        searcher.start()
    for number in range(1, 11):
        write(number)
        time.sleep(0.2)
    done.set()
    for searcher in searchers:
        searcher.join()
    assert failures == []
    assert any(warm)
