"""pgvector beside a bare prepared statement, faiss HNSW flat and an exact scan by NumPy.

Starts a Postgres of its own and removes it at the end. Unit vectors of 384 dimensions, k = 10,
around centres whose clusters are of power-law size, and without clusters. The bare statement does
the same search on the same connection, and reads keys and distances alone; where all vectors are
compared, it searches the index with the most candidates. Growth is that of vectors of 64
dimensions, with 2 GB of memory for the build. One thread, besides those of Postgres.

    python benchmarks/vectors.py [--rows N] [--parts PART ...] [--growth N] [--json]
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np
from _figures import Figure, at_least, at_most, report
from _vector_data import (
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
from pgvector import HalfVector

from attrigraph.local.ports import LOOPBACK, choose
from attrigraph.local.postgres import PostgresServer
from attrigraph.local.record import POSTGRES_DATABASE
from attrigraph.similarity.filters import Compare
from attrigraph.store.collections import (
    CollectionInfo,
    CollectionSpec,
    create_collection,
    index_name,
    read_collection,
)
from attrigraph.store.engine import open_engine
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.migrations import migrate
from attrigraph.store.vector_engine import MAX_EF, vector_connection, vector_engine
from attrigraph.store.vector_index import build_index
from attrigraph.store.vector_search import search_vectors
from attrigraph.store.vectors import Vectors, upsert_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _vector_data import Floats, Search
    from numpy.typing import NDArray
    from sqlalchemy import Engine

AT_ONCE: Final = 10_000
"""Vectors of one write."""

FIRST: Final = 10_000
"""Rows from which growth is measured."""

GROWTH_DIMENSION: Final = 64
BARE: Final = """
SELECT key, vector::halfvec({dimension}) <=> %(query)s FROM embedding WHERE collection = {id}
ORDER BY vector::halfvec({dimension}) <=> %(query)s LIMIT {k}
"""


@contextmanager
def postgres() -> Iterator[Engine]:
    """A fresh server with the tables of attrigraph."""
    folder = Path(tempfile.mkdtemp(prefix="attrigraph-bench-"))
    folder.chmod(0o711)  # Postgres may run as another user
    [port] = choose([[]])
    server = PostgresServer(folder / "postgres", port)
    password = secrets.token_urlsafe(12)
    try:
        server.start(user="attrigraph", password=password)
        url = f"postgresql://attrigraph:{password}@{LOOPBACK}:{port}/{POSTGRES_DATABASE}"
        opened = open_engine(url)
        migrate(opened)
        opened.dispose()
        engine = vector_engine(opened)
        yield engine
        engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(server.folder.resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def places_of(count: int) -> NDArray[np.float64]:
    """A number per row, evenly spread over 0 to 1, for filters."""
    return np.random.default_rng(1).permutation(count) / count


def fill(engine: Engine, vectors: Floats) -> CollectionInfo:
    spec = CollectionSpec("campaign", vectors.shape[1])
    made = create_collection(engine, "benchmark", spec)
    places = places_of(len(vectors))
    for start in range(0, len(vectors), AT_ONCE):
        rows = range(start, min(start + AT_ONCE, len(vectors)))
        facts = [{"place": float(places[row])} for row in rows]
        own = Vectors([f"{row:07d}" for row in rows], vectors[rows.start : rows.stop], facts)
        upsert_vectors(engine, made, own)
    return made


def by_postgres(engine: Engine, collection: CollectionInfo, where: Compare | None = None) -> Search:
    samples = MetadataSamples()

    def search(query: Floats) -> list[int]:
        hits, _ = search_vectors(engine, collection, query, K, where=where, samples=samples)
        return [int(hit.key) for hit in hits]

    return search


def bare(engine: Engine, collection: CollectionInfo) -> Search:
    """The same search as a prepared statement, on the connection that the pool gives next."""
    own = BARE.format(dimension=collection.spec.dimension, id=collection.id, k=K).encode()
    with vector_connection(engine, ef_search=collection.ef_search or MAX_EF) as connection:
        pass

    def search(query: Floats) -> list[int]:
        parameters = {"query": HalfVector(query)}
        rows = connection.execute(own, parameters, prepare=True, binary=True).fetchall()
        return [int(key) for key, _ in rows]

    return search


def one(engine: Engine, statement: str, **parameters: Any) -> float:
    with vector_connection(engine) as connection:
        row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return float(row[0])


def sizes(engine: Engine, collection: CollectionInfo) -> tuple[float, float]:
    """Bytes of the table and of the collection's index."""
    return (
        one(engine, "SELECT pg_table_size('embedding')"),
        one(engine, "SELECT pg_relation_size(%(name)s)", name=index_name(collection.id)),
    )


def large(kind: str, rows: int) -> Iterator[Figure]:
    data = simulate(kind, rows)
    name = f"{rows:,} {kind}"
    with postgres() as engine:
        made, written = seconds_of(partial(fill, engine, data.vectors))
        yield Figure(f"{name}: write", rows / written, "rows/s")
        _, built = seconds_of(partial(build_index, engine, made))
        collection = read_collection(engine, "benchmark")
        searches = [by_postgres(engine, collection), bare(engine, collection)]
        own, other = data.measure_in_turns(searches)
        print(f"{name}: ef_search {collection.ef_search}, {own}, {other}", file=sys.stderr)
        is_clustered = kind != "isotropic"
        label = "bare" if is_clustered else f"index alone, recall {other.recall:.3f}"
        goal = at_most(1.2, of_reference=True) if is_clustered else None
        yield Figure(f"{name}: recall", own.recall, "", goal=at_least(0.99 if goal else 0.95))
        times = own.microseconds / 1e3, "ms", other.microseconds / 1e3
        yield Figure(f"{name}: time, reference {label}", *times, goal)
        scan = data.measure(partial(by_numpy, data.vectors)).microseconds / 1e3
        yield Figure(f"{name}: time, reference NumPy exact", times[0], "ms", scan)
        table, index = sizes(engine, collection)
        yield Figure(f"{name}: table", table / 1e6, "MB")
        yield Figure(f"{name}: index", index / 1e6, "MB")
        yield Figure(f"{name}: build", built, "s")
        if is_clustered:
            yield from filtered(engine, collection, data, name)
            yield from beside_hnsw(name, data, times[0], built)


def beside_hnsw(name: str, data: Data, milliseconds: float, built: float) -> Iterator[Figure]:
    """Times beside those of an index in the memory of this process."""
    graph, graph_built = seconds_of(partial(hnsw, data.vectors))
    width, found = narrowest(data, graph)
    label = f"HNSW flat, width {width}, recall {found.recall:.3f}"
    yield Figure(f"{name}: time, reference {label}", milliseconds, "ms", found.microseconds / 1e3)
    yield Figure(f"{name}: build, reference HNSW flat", built, "s", graph_built)


def filtered(engine: Engine, collection: CollectionInfo, data: Data, name: str) -> Iterator[Figure]:
    places = places_of(len(data.vectors))
    for share in SELECTIVITIES:
        search = by_postgres(engine, collection, Compare("place", "<", share))
        rows = np.flatnonzero(places < share)
        own = Data(data.vectors, data.queries, rows[nearest_rows(data.vectors[rows], data.queries)])
        found = own.measure(search)
        short = min(len(search(query)) for query in data.queries)
        label = f"{name}, filter of {100 * share:g} %"
        yield Figure(f"{label}: fewest results", short, "", goal=at_least(min(K, len(rows))))
        # the truth is ranked in 32 bits, vectors are stored in 16
        goal = at_least(0.995 if share < 0.005 else 0.95)
        yield Figure(f"{label}: recall", found.recall, "", goal=goal)
        yield Figure(f"{label}: time", found.microseconds / 1e3, "ms")


def growth(rows: int) -> Iterator[Figure]:
    """Ten times as many rows each time, up to so many."""
    before: dict[str, float] = {}
    count = FIRST
    while count <= rows:
        measured = grown(count)
        for what, (figure, unit) in measured.items():
            name = f"{count:,} x {GROWTH_DIMENSION}: {what}"
            yield Figure(name, figure, unit)
            if what in before:
                doubled = (figure / before[what]) ** (1 / log2(10))
                yield Figure(f"{name}, per doubling", doubled, "x")
            before[what] = figure
        count *= 10


def grown(rows: int) -> dict[str, tuple[float, str]]:
    data = simulate("power-law", rows, GROWTH_DIMENSION)
    with postgres() as engine:
        with vector_connection(engine) as connection:
            connection.execute("ALTER ROLE CURRENT_USER SET maintenance_work_mem = '2GB'")
        engine.dispose()  # connections of before do not have it
        made, written = seconds_of(partial(fill, engine, data.vectors))
        _, built = seconds_of(partial(build_index, engine, made))
        collection = read_collection(engine, "benchmark")
        found = data.measure(by_postgres(engine, collection))
        table, index = sizes(engine, collection)
    print(f"{rows:,}: ef_search {collection.ef_search}", file=sys.stderr)
    return {
        "time": (found.microseconds / 1e3, "ms"),
        "recall": (found.recall, ""),
        "write": (written, "s"),
        "build": (built, "s"),
        "table": (table / 1e6, "MB"),
        "index": (index / 1e6, "MB"),
    }


PARTS: Final[dict[str, Callable[[int], Iterator[Figure]]]] = {
    "power-law": partial(large, "power-law"),
    "isotropic": partial(large, "isotropic"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--growth", type=int, default=100_000, metavar="ROWS", help="0 for none")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    figures = [figure for part in options.parts for figure in PARTS[part](options.rows)]
    figures += growth(options.growth)
    return report("Similarity in Postgres", figures, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
