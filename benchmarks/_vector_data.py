"""Vectors that are searched in benchmarks, how searches are measured, and other indexes of them.

Unit vectors around 2,000 centres with noise of .6 per coordinate, whose clusters are of power-law
size (1, 1/2, 1/3, ...) or equal; and without clusters. A time is the median over queries of the
fastest of three rounds.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Search = Callable[[Floats], list[int]]

ROWS: Final = 100_000
DIMENSION: Final = 384
CLUSTERS: Final = 2_000
NOISE: Final = 0.6
QUERIES: Final = 300
ROUNDS: Final = 3
K: Final = 10
NEIGHBOURS: Final = 16
"""Of HNSW."""

CONSTRUCTION: Final = 100
"""Width of the search by which HNSW is built; with faiss's 40 it finds less at the same width."""

RECALL: Final = 0.98
"""At which searches are compared."""

WIDTHS: Final = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
"""Of the search in HNSW (``efSearch``)."""

SELECTIVITIES: Final = (0.5, 0.1, 0.02, 0.001, 0.0001)


@dataclass(frozen=True, slots=True)
class Measured:
    """A search over all queries.

    Attributes:
        recall: share of the true ten nearest.
        microseconds: median over queries.
    """

    recall: float
    microseconds: float


@dataclass(frozen=True, eq=False)
class Data:
    """Vectors, queries of the same kind, and the nearest rows of each query ``[queries, K]``."""

    vectors: Floats
    queries: Floats
    nearest: NDArray[np.int64]

    def measure(self, search: Search) -> Measured:
        """What the search finds, and how long it takes."""
        [measured] = self.measure_in_turns([search])
        return measured

    def measure_in_turns(self, searches: Sequence[Search]) -> list[Measured]:
        """The same of some searches; each query goes to all, and each is first in turn."""
        times = np.full((len(searches), len(self.queries)), np.inf)
        recall = np.zeros(times.shape)
        near = [{*rows} for rows in self.nearest.tolist()]
        for turn in range(ROUNDS):
            for number, query in enumerate(self.queries):
                for place in np.roll(np.arange(len(searches)), turn + number).tolist():
                    start = time.perf_counter()
                    rows = searches[place](query)
                    taken = time.perf_counter() - start
                    times[place, number] = min(times[place, number], taken)
                    recall[place, number] = len({*rows} & near[number]) / len(near[number])
        pairs = zip(recall.mean(axis=1), np.median(times, axis=1), strict=True)
        return [Measured(float(share), 1e6 * float(seconds)) for share, seconds in pairs]


def simulate(kind: str, rows: int, dimension: int = DIMENSION) -> Data:
    """Vectors of a kind; ``isotropic`` has no clusters."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((rows + QUERIES, dimension), np.float32)
    if kind != "isotropic":
        clusters = max(1, CLUSTERS * rows // ROWS)
        weights = np.ones(clusters) if kind == "equal" else 1 / np.arange(1, clusters + 1)
        members = rng.choice(clusters, len(table), p=weights / weights.sum())
        centres = rng.standard_normal((clusters, dimension), np.float32)
        table = centres[members] + np.float32(NOISE) * table
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    vectors, queries = table[:rows], table[rows:]
    return Data(vectors, queries, nearest_rows(vectors, queries))


def nearest_rows(vectors: Floats, queries: Floats) -> NDArray[np.int64]:
    return np.array([by_numpy(vectors, query) for query in queries])


def by_numpy(vectors: Floats, query: Floats) -> list[int]:
    scores = vectors @ query
    rows = np.argpartition(scores, -min(K, len(scores)))[-K:]
    return [int(row) for row in rows[np.argsort(-scores[rows])]]


def by_faiss(index: Any, query: Floats) -> list[int]:
    _, [rows] = index.search(query[None], K)
    return [int(row) for row in rows]


def seconds_of(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    made = call()
    return made, time.perf_counter() - start


def hnsw(vectors: Floats) -> Any:
    index = faiss.IndexHNSWFlat(vectors.shape[1], NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = CONSTRUCTION
    index.add(vectors)
    return index


def narrowest(data: Data, index: Any) -> tuple[int, Measured]:
    """The smallest width with the recall aimed at; the largest of all where none has it."""
    width, measured = 0, Measured(0, 0)
    for width in WIDTHS:
        index.hnsw.efSearch = width
        measured = data.measure(partial(by_faiss, index))
        print(f"  HNSW, width {width}: {measured}", file=sys.stderr)
        if measured.recall >= RECALL:
            break
    return width, measured
