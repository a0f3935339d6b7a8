"""What has changed in a collection since it was last read, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from attrigraph.store.collections import CollectionInfo

SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

VERSION: Final = "SELECT version FROM collection WHERE id = %(collection)s"

MARKS: Final = """
SELECT key, xmin::text::bigint FROM embedding WHERE collection = %(collection)s
"""
"""xmin is the transaction that wrote a row: it differs after each write."""


@dataclass(frozen=True, slots=True)
class VectorMarks:
    """The rows of a collection at one version.

    Attributes:
        version: of the collection.
        marks: of each row by key; another one after each write of the row.
    """

    version: int
    marks: Mapping[str, int]


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
