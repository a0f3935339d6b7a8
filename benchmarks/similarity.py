"""The hot tier beside faiss HNSW flat and an exact scan by NumPy, on the same vectors and queries.

Unit vectors of 384 dimensions, k = 10: around 2,000 centres with noise of .6 per coordinate, whose
clusters are of power-law size (1, 1/2, 1/3, ...) or equal; and without clusters. The time of HNSW
is that of the smallest search width with a recall of .98, or of the largest width tried; the name
states both. A time is the median over queries of the fastest of three rounds. One thread.

    python benchmarks/similarity.py [--rows N] [--parts PART ...] [--json]
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np
from _figures import Figure, at_least, at_most, report

from attrigraph.similarity.filters import Compare
from attrigraph.similarity.hot import HotIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.similarity.filters import Value

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
"""At which searches are compared; that of the hot tier is at least this."""

WIDTHS: Final = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
"""Of the search in HNSW (``efSearch``)."""

SELECTIVITIES: Final = (0.5, 0.1, 0.02, 0.001, 0.0001)
SMALL: Final = ((1_000, 128), (5_000, 384), (20_000, 384))
"""Rows and dimensions of collections that are searched exactly."""


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
        times = np.full(len(self.queries), np.inf)
        found: list[list[int]] = []
        for _ in range(ROUNDS):
            found = []
            for number, query in enumerate(self.queries):
                start = time.perf_counter()
                rows = search(query)
                times[number] = min(times[number], time.perf_counter() - start)
                found.append(rows)
        pairs = zip(found, self.nearest.tolist(), strict=True)
        recall = np.mean([len({*rows} & {*near}) / len(near) for rows, near in pairs])
        return Measured(float(recall), 1e6 * float(np.median(times)))


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
    return np.argsort(-(queries @ vectors.T), axis=1)[:, :K]


def hot_index(data: Data) -> HotIndex:
    keys = [f"{row:07d}" for row in range(len(data.vectors))]
    places = np.random.default_rng(1).permutation(len(keys)) / len(keys)
    facts: list[Mapping[str, Value]] = [{"place": float(place)} for place in places]
    return HotIndex.build(keys, data.vectors, facts)


def by_hot(index: HotIndex, query: Floats) -> list[int]:
    return [int(key) for key in index.search(query, K).keys]


def by_numpy(vectors: Floats, query: Floats) -> list[int]:
    scores = vectors @ query
    rows = np.argpartition(scores, -K)[-K:]
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


def large(kind: str, rows: int) -> Iterator[Figure]:
    data = simulate(kind, rows)
    index, built = seconds_of(partial(hot_index, data))
    graph, graph_built = seconds_of(partial(hnsw, data.vectors))
    hot = data.measure(partial(by_hot, index))
    scan = data.measure(partial(by_numpy, data.vectors))
    print(f"{kind}: hot {hot}, NumPy {scan}", file=sys.stderr)
    width, other = narrowest(data, graph)
    name = f"{rows:,} {kind}"
    reference = f"HNSW flat, width {width}, recall {other.recall:.3f}"
    aim = {"power-law": at_least(RECALL), "isotropic": at_least(0.95)}.get(kind)
    yield Figure(f"{name}: recall", hot.recall, "", goal=aim)
    yield Figure(
        f"{name}: time, reference {reference}",
        hot.microseconds,
        "us",
        other.microseconds,
        at_most(0.8, of_reference=True) if kind == "power-law" else None,
    )
    yield Figure(f"{name}: time, reference NumPy exact", hot.microseconds, "us", scan.microseconds)
    yield Figure(f"{name}: build, reference HNSW flat", built, "s", graph_built)
    # faiss does not say how large an HNSW is: vectors, and two edges of 4 bytes per neighbour
    edges = rows * (4 * DIMENSION + 8 * NEIGHBOURS) / 1e6
    yield Figure(f"{name}: vectors and lists, reference HNSW flat", index.nbytes / 1e6, "MB", edges)
    if kind == "power-law":
        yield from filtered(data, index, name)


def filtered(data: Data, index: HotIndex, name: str) -> Iterator[Figure]:
    places = np.array([row["place"] for row in index.metadata])
    for share in SELECTIVITIES:
        where = Compare("place", "<", share)
        rows = np.flatnonzero(places < share)
        own = Data(data.vectors, data.queries, rows[nearest_rows(data.vectors[rows], data.queries)])

        def search(query: Floats, where: Compare = where) -> list[int]:
            return [int(key) for key in index.search(query, K, where).keys]

        found = own.measure(search)
        short = min(len(search(query)) for query in data.queries)
        label = f"{name}, filter of {100 * share:g} %"
        yield Figure(f"{label}: fewest results", short, "", goal=at_least(min(K, len(rows))))
        goal = at_least(0.999 if share < 0.005 else 0.95)
        yield Figure(f"{label}: recall", found.recall, "", goal=goal)
        yield Figure(f"{label}: time", found.microseconds, "us")


def small(rows: int, dimension: int) -> Iterator[Figure]:
    data = simulate("equal", rows, dimension)
    hot = data.measure(partial(by_hot, hot_index(data)))
    scan = data.measure(partial(by_numpy, data.vectors))
    name = f"{rows:,} x {dimension}"
    # the truth is ranked in 32 bits, which may swap the last of the nearest with the next
    yield Figure(f"{name}: recall", hot.recall, "", goal=at_least(0.999))
    yield Figure(
        f"{name}: time, reference NumPy exact",
        hot.microseconds,
        "us",
        scan.microseconds,
        at_most(61) if dimension == 128 else None,
    )


def small_figures(_: int) -> Iterator[Figure]:
    for rows, dimension in SMALL:
        yield from small(rows, dimension)


PARTS: Final[dict[str, Callable[[int], Iterator[Figure]]]] = {
    "small": small_figures,
    "power-law": partial(large, "power-law"),
    "equal": partial(large, "equal"),
    "isotropic": partial(large, "isotropic"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="of the large collections")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    figures = [figure for part in options.parts for figure in PARTS[part](options.rows)]
    return report("Similarity in memory", figures, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
