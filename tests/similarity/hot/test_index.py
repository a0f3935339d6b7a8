"""The index in memory: against brute force, after changes, and with lists."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.errors import InputError, MissingExtraError
from attrigraph.similarity.filters import matches, parse_filter
from attrigraph.similarity.hot import HotIndex
from attrigraph.similarity.hyperbolic import distance as hyperbolic
from attrigraph.similarity.metric import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.similarity.filters import Value
    from attrigraph.similarity.metric import Metric

DIMENSION = 8


def distances(table: NDArray[Any], query: NDArray[Any], metric: Metric) -> NDArray[np.float64]:
    """By the definitions."""
    table, query = table.astype(np.float64), query.astype(np.float64)
    if metric == "cosine":
        lengths = np.linalg.norm(table, axis=1) * np.linalg.norm(query)
        return np.asarray(1 - table @ query / lengths)
    if metric == "l2":
        return np.asarray(np.linalg.norm(table - query, axis=1))
    if metric == "hyperbolic":
        return hyperbolic.distances(query, table)
    return np.asarray(-(table @ query))


def clustered(seed: int, n: int, clusters: int = 60) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(clusters, DIMENSION))
    noise = 0.3 * rng.normal(size=(n, DIMENSION))
    return np.asarray(centres[rng.integers(0, clusters, n)] + noise, np.float32)


def market(row: int) -> Mapping[str, Value]:
    return {"market": "de" if row % 2 else "fr", "row": float(row)}


def built(table: NDArray[np.floating[Any]], metric: Metric = "cosine", **more: Any) -> HotIndex:
    keys = [f"{row:05d}" for row in range(len(table))]
    return HotIndex.build(keys, table, [market(row) for row in range(len(table))], metric, **more)


@pytest.mark.parametrize("metric", METRICS)
def test_exact_search_is_brute_force(metric: Metric) -> None:
    table, queries = clustered(1, 500), clustered(2, 20)
    index = built(table, metric)
    for query in queries:
        found = index.search(query, 10)
        expected = distances(table, query, metric)
        order = np.argsort(expected, kind="stable")[:10]
        assert found.keys == [f"{row:05d}" for row in order]
        assert found.distances == pytest.approx(expected[order], abs=1e-6)
        assert found.metadata == [market(row) for row in order]
        assert (found.method, found.share) == ("scan", 1.0)


@pytest.mark.parametrize("metric", METRICS)
def test_ties_are_broken_by_key_and_k_may_exceed_the_rows(metric: Metric) -> None:
    table = np.tile(clustered(1, 1), (37, 1))
    keys = [f"{row:02d}" for row in reversed(range(37))]
    index = HotIndex.build(keys, table, [{}] * 37, metric)
    assert index.search(table[0], 5).keys == ["00", "01", "02", "03", "04"]
    assert index.search(table[0], 100).keys == sorted(keys)


def test_an_empty_index_finds_nothing() -> None:
    index = HotIndex.build([], np.empty((0, DIMENSION)), [])
    assert index.search(np.ones(DIMENSION)).keys == []
    assert index.search(np.ones(DIMENSION), where=parse_filter("a = 1")).keys == []


keys = st.sampled_from([f"k{number}" for number in range(12)])
vectors = st.lists(st.integers(-3, 3).map(float), min_size=DIMENSION, max_size=DIMENSION).filter(
    any
)
writes = st.dictionaries(keys, vectors, max_size=6)
changes = st.lists(st.tuples(writes, st.sets(keys, max_size=4)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(changes=changes, query=vectors, metric=st.sampled_from(METRICS), k=st.integers(1, 14))
def test_changes_give_what_a_fresh_index_gives(
    changes: list[tuple[dict[str, list[float]], set[str]]],
    query: list[float],
    metric: Metric,
    k: int,
) -> None:
    index = HotIndex.build([], np.empty((0, DIMENSION)), [], metric)
    rows: dict[str, list[float]] = {}
    for number, (written, deleted) in enumerate(changes):
        table = np.array([*written.values()]).reshape(-1, DIMENSION)
        index = index.changed(
            [*written], table, [{"change": float(number)}] * len(written), deleted
        )
        rows = {key: row for key, row in rows.items() if key not in deleted} | written
    table = np.array([*rows.values()]).reshape(-1, DIMENSION)
    fresh = HotIndex.build([*rows], table, [{}] * len(rows), metric)
    assert index.keys == fresh.keys
    assert (index.table.vectors == fresh.table.vectors).all()
    found, expected = (each.search(np.array(query), k) for each in (index, fresh))
    assert (found.keys, found.distances) == (expected.keys, expected.distances)


@pytest.fixture(scope="module")
def listed() -> tuple[HotIndex, NDArray[np.float32]]:
    table = clustered(5, 6_000)
    return built(table, max_exact_rows=1_000), table


@pytest.mark.parametrize("metric", ["cosine", "l2"])
@pytest.mark.parametrize("where", [None, "market = 'de'", "row < 3000"])
def test_lists_find_nearly_all(metric: Metric, where: str | None) -> None:
    table = clustered(5, 6_000)
    index = built(table, metric, max_exact_rows=1_000)
    condition = None if where is None else parse_filter(where)
    fulfils = [condition is None or matches(condition, market(row)) for row in range(len(table))]
    shares, methods = [], set()
    for query in clustered(6, 100):
        found = index.search(query, 10, condition)
        methods.add(found.method)
        expected = np.where(fulfils, distances(table, query, metric), np.inf)
        nearest = {f"{row:05d}" for row in np.argsort(expected)[:10]}
        assert len(found.keys) == 10
        assert found.distances == sorted(found.distances)
        shares.append(len(nearest & set(found.keys)) / 10)
    assert methods == {"index"}
    assert np.mean(shares) >= 0.95


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 290), k=st.sampled_from([1, 10, 100]))
def test_changed_lists_give_no_stale_missing_or_repeated_key(
    listed: tuple[HotIndex, NDArray[np.float32]], seed: int, n: int, k: int
) -> None:
    index, table = listed
    rng = np.random.default_rng(seed)
    moved = rng.choice(len(table), n, replace=False)
    deleted = [f"{row:05d}" for row in moved[: n // 3]]
    written = [f"{row:05d}" for row in moved[n // 3 :]] + ["new"]
    places = clustered(seed, len(written))
    changed = index.changed(written, places, [{"new": True}] * len(written), deleted)
    assert changed.coverage is not None
    assert index.coverage is not None
    assert changed.coverage.lists is index.coverage.lists
    again = changed.changed([], places[:0], [], ["new"])
    for query in (places[-1], table[moved[0]]):
        found = changed.search(query, k)
        assert found.method != "scan"
        assert len(found.keys) == len(set(found.keys)) == k
        assert not set(found.keys) & set(deleted)
        for key, distance, metadata in zip(
            found.keys, found.distances, found.metadata, strict=True
        ):
            place = places[written.index(key)] if key in written else table[int(key)]
            assert distance == pytest.approx(distances(place[None], query, "cosine")[0], abs=1e-6)
            assert ("new" in metadata) == (key in written)
        assert "new" not in again.search(query, k).keys
    assert changed.search(places[-1], 1).distances[0] == pytest.approx(0, abs=1e-6)


def test_lists_are_made_again_when_they_know_too_little(
    listed: tuple[HotIndex, NDArray[np.float32]],
) -> None:
    index, table = listed
    changed = index.changed([], table[:0], [], [f"{row:05d}" for row in range(301)])
    assert changed.coverage is not None
    assert (changed.coverage.row_of == np.arange(5_699)).all()
    small = index.changed([], table[:0], [], [f"{row:05d}" for row in range(5_500)])
    assert small.coverage is None
    assert len(small.search(table[0], 1_000).keys) == 500


def test_a_short_answer_of_the_lists_is_completed() -> None:
    """All rows that fulfil the filter are as far from the query as can be."""
    table = clustered(5, 6_000)
    table[:3_000, 0] += 30
    table[3_000:, 0] -= 30
    index = built(table, max_exact_rows=1_000)
    found = index.search(table[0], 10, parse_filter("row >= 3000"))
    assert found.method == "scan after index"
    expected = np.where(np.arange(6_000) < 3_000, np.inf, distances(table, table[0], "cosine"))
    assert found.keys == [f"{row:05d}" for row in np.argsort(expected)[:10]]


def test_vectors_without_clusters_are_compared() -> None:
    table = np.random.default_rng(0).normal(size=(3_000, 128))
    index = built(table, max_exact_rows=1_000)
    assert index.search(table[0], 10).method == "scan"


def test_what_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    table = clustered(1, 30)
    index = built(table)
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        index.search(table[0], 0)
    with pytest.raises(InputError, match="query must have 8 dimensions, got 7"):
        index.search(table[0, 1:])
    with pytest.raises(InputError, match="2 keys, 1 vectors and 2 metadata"):
        HotIndex.build(["a", "b"], table[:1], [{}, {}])
    with pytest.raises(InputError, match="the key 'a' is there twice"):
        HotIndex.build(["a", "a"], table[:2], [{}, {}])
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"needs the package faiss-cpu.*attrigraph\[hot\]"):
        built(table, max_exact_rows=20)
