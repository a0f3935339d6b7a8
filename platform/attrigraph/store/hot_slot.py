"""What the hot tier knows of a collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.similarity.hot import HotIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.store.collections import CollectionInfo

BYTES_PER_ROW: Final = 1_000
"""Of a key, its mark and its metadata, beside the vector."""

BYTES_PER_NUMBER: Final = 5
"""Of a vector: 32 bits, and 8 bits in lists."""


@dataclass(frozen=True, slots=True)
class Held:
    """A version of a collection in memory.

    Attributes:
        version: of the collection.
        index: of its rows.
        marks: of its rows, by key.
        confirmed: when it was known to be the newest version, in seconds of a clock that never
            goes back.
    """

    version: int
    index: HotIndex
    marks: Mapping[str, int]
    confirmed: float

    @classmethod
    def nothing(cls, collection: CollectionInfo) -> Held:
        """The collection without rows, before anything is read."""
        empty = np.empty((0, collection.spec.dimension), np.float32)
        index = HotIndex.build([], empty, [], collection.spec.metric)
        return cls(-1, index, {}, 0.0)

    def changed_keys(self, marks: Mapping[str, int]) -> list[str]:
        """Keys of rows that are new or have other marks."""
        return [key for key, mark in marks.items() if self.marks.get(key) != mark]


@dataclass(slots=True)
class Slot:
    """A collection that is wanted in memory.

    Attributes:
        collection: which.
        held: what is in memory; None for nothing.
        declined: why nothing is; None while it is held or yet to be read.
        seen: the version that is held, or for which it was declined.
        warm: searches in memory.
        cold: searches in Postgres.
    """

    collection: CollectionInfo
    held: Held | None = None
    declined: str | None = None
    seen: int = -1
    warm: int = 0
    cold: int = 0

    def nbytes(self, rows: int) -> int:
        """Estimated memory of so many rows of the collection."""
        return rows * (BYTES_PER_ROW + BYTES_PER_NUMBER * self.collection.spec.dimension)

    def figures(self) -> HotFigures:
        """Its state as figures."""
        rows = 0 if self.held is None else len(self.held.index)
        version = None if self.held is None else self.held.version
        return HotFigures(
            self.collection.name,
            version,
            rows,
            self.nbytes(rows),
            self.warm,
            self.cold,
            self.declined,
        )


@dataclass(frozen=True, slots=True)
class HotFigures:
    """What the hot tier holds of a collection.

    Attributes:
        collection: its name.
        version: that is held; None if it is not held.
        rows: that are held.
        nbytes: estimated memory.
        warm: searches in memory.
        cold: searches in Postgres.
        declined: why it is not held; None if it is, or is yet to be read.
    """

    collection: str
    version: int | None
    rows: int
    nbytes: int
    warm: int
    cold: int
    declined: str | None
