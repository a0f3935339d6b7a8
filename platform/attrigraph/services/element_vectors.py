"""Vectors of elements by id, held in memory as long as their collection does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.closing import Closing
from attrigraph.errors import InputError
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.similarity.near_pairs import unit_vectors
from attrigraph.store.collections import read_collection
from attrigraph.store.vector_engine import vector_connection, vector_engine
from attrigraph.store.vector_rows import read_vectors

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.store.collections import CollectionInfo

    Vectors = Mapping[str, NDArray[np.float32]]


NAME: Final = "elements"

VERSION: Final = """
SELECT id, version FROM collection
WHERE name = %(name)s OR id IN (SELECT collection FROM collection_alias WHERE name = %(name)s)
"""
"""Of the collection of a name or alias; its version differs after each write."""


class ElementVectors(Closing):
    """Reads the collection ``elements``; what was read once is not read again.

    A context manager; ``close`` ends its connections.
    """

    def __init__(self, engine: Engine) -> None:
        """Open nothing yet.

        Args:
            engine: of Postgres.
        """
        self._engine = vector_engine(engine)
        self._collection: CollectionInfo | None = None
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def close(self) -> None:
        """End the connections."""
        self._engine.dispose()

    def read(self, elements: Collection[str]) -> tuple[Vectors, int]:
        """Vectors of length 1 of the elements that have one, and their dimension.

        Before elements are embedded, there are none, of the built-in embedder's dimension.

        Raises:
            StoreError: Postgres cannot be used.
        """
        if not self._is_current():
            try:
                self._collection = read_collection(self._engine, NAME)
            except InputError:
                return {}, HashingEmbedder().dimension
            self._vectors = {}
        collection = self._collection
        assert collection is not None
        missing = [element for element in elements if element not in self._vectors]
        if missing:
            rows = read_vectors(self._engine, collection, sorted(missing))
            unit = unit_vectors(rows.vectors).astype(np.float32)
            self._vectors |= dict(zip(rows.keys, unit, strict=True))
        known = {
            element: self._vectors[element] for element in elements if element in self._vectors
        }
        return known, collection.spec.dimension

    def _is_current(self) -> bool:
        """Whether the collection is the one that was read last, unchanged."""
        if self._collection is None:
            return False
        with vector_connection(self._engine) as connection:
            found = connection.execute(VERSION, {"name": NAME}, prepare=True).fetchone()
        return found == (self._collection.id, self._collection.version)
