"""Rows of a collection by key: vectors with their metadata."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.store.vector_engine import vector_connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.filters import Value
    from attrigraph.store.collections import CollectionInfo

AT_ONCE: Final = 10_000

ROWS: Final = """
SELECT key, vector, metadata FROM embedding
WHERE collection = %(collection)s AND key = ANY(%(keys)s)
"""


@dataclass(frozen=True, slots=True)
class VectorRows:
    """Rows of a collection.

    Attributes:
        keys: of them ``[n]``.
        vectors: float32 ``[n, d]``.
        metadata: by field ``[n]``.
    """

    keys: list[str]
    vectors: NDArray[np.float32]
    metadata: list[Mapping[str, Value]]


def read_rows(
    connection: psycopg.Connection[Any], collection: CollectionInfo, keys: Sequence[str]
) -> VectorRows:
    """Rows by key, in any order, of those keys that have one.

    Args:
        connection: a driver's own; in a transaction where other reads are to fit.
        collection: which.
        keys: of the rows.
    """
    found = VectorRows([], np.empty((len(keys), collection.spec.dimension), np.float32), [])
    for start in range(0, len(keys), AT_ONCE):
        parameters = {"collection": collection.id, "keys": list(keys[start : start + AT_ONCE])}
        for key, vector, facts in connection.execute(ROWS, parameters, binary=True):
            found.vectors[len(found.keys)] = vector.to_numpy()
            found.keys.append(key)
            found.metadata.append(facts)
    return replace(found, vectors=found.vectors[: len(found.keys)])


def read_vectors(engine: Engine, collection: CollectionInfo, keys: Sequence[str]) -> VectorRows:
    """The same by an engine of ``vector_engine``."""
    with vector_connection(engine) as connection:
        return read_rows(connection, collection, keys)
