"""What has changed in a collection since it was last read, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from numpy.typing import NDArray

    from attrigraph.similarity.filters import Value
    from attrigraph.store.collections import CollectionInfo

AT_ONCE: Final = 10_000

SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

VERSION: Final = "SELECT version FROM collection WHERE id = %(collection)s"

MARKS: Final = """
SELECT key, xmin::text::bigint FROM embedding WHERE collection = %(collection)s
"""
"""xmin is the transaction that wrote a row: it differs after each write."""

ROWS: Final = """
SELECT key, vector, metadata FROM embedding
WHERE collection = %(collection)s AND key = ANY(%(keys)s)
"""


@dataclass(frozen=True, slots=True)
class VectorMarks:
    """The rows of a collection at one version.

    Attributes:
        version: of the collection.
        marks: of each row by key; another one after each write of the row.
    """

    version: int
    marks: Mapping[str, int]


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


def read_version(connection: psycopg.Connection[Any], collection: CollectionInfo) -> int | None:
    """The version that a collection has; None if it was deleted."""
    row = connection.execute(VERSION, {"collection": collection.id}).fetchone()
    return None if row is None else int(row[0])


def read_marks(
    connection: psycopg.Connection[Any], collection: CollectionInfo
) -> VectorMarks | None:
    """The marks of all rows; None if the collection was deleted.

    Args:
        connection: in a transaction that sees one moment (``SNAPSHOT``).
        collection: which.
    """
    version = read_version(connection, collection)
    if version is None:
        return None
    marks = connection.execute(MARKS, {"collection": collection.id}, binary=True).fetchall()
    return VectorMarks(version, dict(marks))


def read_rows(
    connection: psycopg.Connection[Any], collection: CollectionInfo, keys: Sequence[str]
) -> VectorRows:
    """Rows by key; see ``read_marks`` for the connection."""
    found = VectorRows([], np.empty((len(keys), collection.spec.dimension), np.float32), [])
    for start in range(0, len(keys), AT_ONCE):
        parameters = {"collection": collection.id, "keys": list(keys[start : start + AT_ONCE])}
        for key, vector, facts in connection.execute(ROWS, parameters, binary=True):
            found.vectors[len(found.keys)] = vector.to_numpy()
            found.keys.append(key)
            found.metadata.append(facts)
    return found
