"""How many candidates a search in an index keeps, measured on the collection itself.

Vectors in clusters need few. Those without clusters need so many that comparing all is quicker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.store.vector_engine import EF_SEARCH, EF_SETTING, MAX_EF, vector_connection
from attrigraph.store.vector_search import SCAN, SEARCH, Statement

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Engine

    from attrigraph.store.collections import CollectionInfo

RECALL: Final = 0.995
"""Share of the ten nearest that must be found of rows of the collection itself.

Other queries find a little less: .983 where .99 of rows are found, on 100,000 vectors in clusters
of power-law size.
"""

ENOUGH: Final = 0.99
"""Share that is enough where no number of candidates finds ``RECALL``.

A few of vectors in tight clusters are reached by none.
"""

NEAREST: Final = 10
MEASURED_ROWS: Final = 128

WIDTHS: Final = (EF_SEARCH, 96, 128, 192, 256, 384, 512, 768, MAX_EF)

COMPARED: Final = 30
"""Vectors that a scan compares in the time that a search in an index takes for a candidate."""

TOLERANCE: Final = 1e-6
"""Of distances: vectors that are as far as the last of the nearest are as good."""

STORE: Final = """
UPDATE collection SET ef_search = %(ef_search)s, ef_search_rows = %(rows)s
WHERE id = %(collection)s
"""

COUNTS: Final = """
SELECT (SELECT count(*) FROM embedding WHERE collection = %(collection)s), ef_search_rows
FROM collection WHERE id = %(collection)s
"""

SAMPLE: Final = """
SELECT vector FROM embedding WHERE collection = %(collection)s
ORDER BY hashtextextended(key, 1) LIMIT %(rows)s
"""


def store_ef_search(engine: Engine, collection: CollectionInfo) -> None:
    """Measure how many candidates a collection needs, and keep it with the collection.

    It is measured again when the collection has half or twice as many vectors as it had then.
    Nothing is measured where a scan is quicker in any case, or the collection was deleted.

    Args:
        engine: of ``vector_engine``.
        collection: with an index.
    """
    own = {"collection": collection.id}
    with vector_connection(engine) as connection:
        counts = connection.execute(COUNTS, own).fetchone()
        if counts is None or not _is_due(*counts):
            return
        rows, _ = counts
        ef_search = _measure(connection, collection, rows)
        connection.execute(STORE, {**own, "ef_search": ef_search, "rows": rows})


def _is_due(rows: int, measured_rows: int | None) -> bool:
    if rows < COMPARED * EF_SEARCH:
        return False
    return measured_rows is None or not measured_rows / 2 < rows < 2 * measured_rows


def _measure(connection: psycopg.Connection[Any], collection: CollectionInfo, rows: int) -> int:
    """The least that finds enough; 0 where comparing all vectors is quicker."""
    parameters = {"collection": collection.id, "rows": MEASURED_ROWS}
    vectors = connection.execute(SAMPLE, parameters, binary=True).fetchall()
    searches = [Statement(collection, vector, NEAREST + 1) for (vector,) in vectors]
    furthest = [search.run(connection, SCAN)[-1].distance for search in searches]
    enough = 0
    for width in WIDTHS:
        if width * COMPARED > rows:
            break
        recall = _recall(connection, searches, furthest, width)
        if recall >= RECALL:
            return width
        if recall >= ENOUGH and not enough:
            enough = width
    return enough


def _recall(
    connection: psycopg.Connection[Any],
    searches: list[Statement],
    furthest: list[float],
    width: int,
) -> float:
    """The share of the nearest that an index finds, the vectors themselves left out."""
    found = []
    with connection.transaction():  # the setting ends with it
        connection.execute("SELECT set_config(%s, %s, true)", (EF_SETTING, str(width)))
        for search, distance in zip(searches, furthest, strict=True):
            hits = search.run(connection, SEARCH)
            near = sum(hit.distance <= distance + TOLERANCE for hit in hits)
            found.append(max(near - 1, 0) / NEAREST)
    return float(np.mean(found))
