"""Samples of metadata, on which the share of vectors that fulfil a filter is estimated."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from attrigraph.store.vector_engine import vector_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    from attrigraph.store.collections import CollectionInfo

ROWS: Final = 1_000
"""Metadata in a sample: a share of a twentieth is off by a hundredth with 90 %."""

SECONDS: Final = 60.0
"""A sample is drawn again after this time.

An estimate decides how vectors are searched, never which are found.
"""

DRAW: Final = """
SELECT metadata FROM embedding WHERE collection = %(collection)s
ORDER BY hashtextextended(key, 0) LIMIT %(rows)s
"""

COUNT: Final = "SELECT count(*) FROM embedding WHERE collection = %(collection)s"


@dataclass(frozen=True, slots=True)
class MetadataSample:
    """Metadata of some vectors of a collection, drawn by their keys' hashes.

    Attributes:
        rows: vectors of the collection.
        metadata: of at most a thousand of them.
        version: of the collection.
        drawn: when, in seconds of a clock that never goes back.
    """

    rows: int
    metadata: tuple[Mapping[str, Any], ...]
    version: int
    drawn: float

    def share(self, fulfils: Callable[[Mapping[str, Any]], bool]) -> float:
        """The share of them that fulfil a condition; 0 without any."""
        if not self.metadata:
            return 0.0
        return sum(map(fulfils, self.metadata)) / len(self.metadata)


class MetadataSamples:
    """The newest sample of each collection; may be used by several threads."""

    def __init__(self) -> None:
        self._samples: dict[int, MetadataSample] = {}
        self._lock = threading.Lock()

    def of(self, engine: Engine, collection: CollectionInfo) -> MetadataSample:
        """A sample that is not too old; drawn if there is none."""
        known = self._known(collection)
        if known is not None:
            return known
        with self._lock:  # of those who wait for it one draws, for all
            known = self._known(collection)
            if known is None:
                known = self._samples[collection.id] = _draw(engine, collection)
            return known

    def _known(self, collection: CollectionInfo) -> MetadataSample | None:
        """The sample that there is, unless it is too old."""
        known = self._samples.get(collection.id)
        if known is None:
            return None
        fresh = known.version == collection.version or monotonic() - known.drawn < SECONDS
        return known if fresh else None


def _draw(engine: Engine, collection: CollectionInfo) -> MetadataSample:
    parameters = {"collection": collection.id, "rows": ROWS}
    with vector_connection(engine) as connection:
        metadata = connection.execute(DRAW, parameters).fetchall()
        [(rows,)] = connection.execute(COUNT, parameters).fetchall()
    return MetadataSample(rows, tuple(row[0] for row in metadata), collection.version, monotonic())
