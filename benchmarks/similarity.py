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
from functools import partial
from typing import TYPE_CHECKING, Final

import faiss
import numpy as np
from _figures import Figure, at_least, at_most, report
from _vector_data import (
    DIMENSION,
    NEIGHBOURS,
    RECALL,
    ROWS,
    SELECTIVITIES,
    Data,
    K,
    by_numpy,
    hnsw,
    narrowest,
    nearest_rows,
    seconds_of,
    simulate,
)

from attrigraph.similarity.filters import Compare
from attrigraph.similarity.hot import HotIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.similarity.filters import Value

    Floats = NDArray[np.float32]

SMALL: Final = ((1_000, 128), (5_000, 384), (20_000, 384))
"""Rows and dimensions of collections that are searched exactly."""


def hot_index(data: Data) -> HotIndex:
    keys = [f"{row:07d}" for row in range(len(data.vectors))]
    places = np.random.default_rng(1).permutation(len(keys)) / len(keys)
    facts: list[Mapping[str, Value]] = [{"place": float(place)} for place in places]
    return HotIndex.build(keys, data.vectors, facts)


def by_hot(index: HotIndex, query: Floats) -> list[int]:
    return [int(key) for key in index.search(query, K).keys]


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
