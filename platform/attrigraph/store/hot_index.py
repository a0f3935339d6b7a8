"""Collections that are held in memory and follow the writes to Postgres.

A thread listens to writes and reads what has changed. It also looks at the versions of collections
several times a second, so that a lost connection or message delays nothing for longer. An index
answers only if its version was the newest at most a second ago, and no older than what this process
has written; otherwise Postgres answers.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from attrigraph.closing import Closing
from attrigraph.errors import MissingExtraError, StoreError
from attrigraph.similarity.filters import check_fields
from attrigraph.store.hot_slot import Held, HotFigures, Slot
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.own_writes import written_version
from attrigraph.store.vector_changes import SNAPSHOT, read_marks, read_version
from attrigraph.store.vector_engine import vector_connection
from attrigraph.store.vector_rows import read_rows
from attrigraph.store.vector_search import Hit, SearchPlan, search_vectors
from attrigraph.store.vectors import CHANNEL, check_query

if TYPE_CHECKING:
    import numpy as np
    import psycopg
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.filters import Condition
    from attrigraph.store.collections import CollectionInfo

MAX_LAG_SECONDS: Final = 1.0
"""How far an index may be behind the writes of other processes."""

LOOK_SECONDS: Final = 0.25
"""Versions are looked at this often, and after each message."""

MAX_BYTES: Final = 2 * 1024**3
"""Of all collections in memory; a refresh takes those of its collection once more."""


class HotTier(Closing):
    """Indexes in memory of the collections that are searched; may be used by several threads.

    A context manager; ``close`` ends its thread.
    """

    def __init__(self, engine: Engine, *, max_bytes: int = MAX_BYTES) -> None:
        """Start to listen.

        Args:
            engine: of ``vector_engine``; its owner disposes of it after this is closed.
            max_bytes: a collection that does not fit is searched in Postgres.
        """
        self._engine, self._max_bytes = engine, max_bytes
        self._slots: dict[int, Slot] = {}
        self._samples = MetadataSamples()
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="hot-tier", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and give the memory back; searches go to Postgres from now on."""
        self._closing.set()
        self._thread.join()
        self._slots.clear()

    def search(
        self,
        collection: CollectionInfo,
        query: NDArray[np.floating[Any]],
        k: int = 10,
        *,
        where: Condition | None = None,
        consistent: bool = False,
    ) -> tuple[list[Hit], SearchPlan]:
        """The k nearest vectors, as ``search_vectors`` finds them; the first search loads them.

        Args:
            collection: where, as it was read lately.
            query: ``[dimension]``.
            k: how many; all are returned if fewer fulfil the filter.
            where: a condition on metadata; None for none.
            consistent: whether the newest version is needed, for a round trip to Postgres; else
                the writes of other processes may be missing for a second.

        Raises:
            InputError: as ``search_vectors``.
        """
        slot = self._slot(collection)
        held = self._current(slot, consistent=consistent)
        if held is None:
            self._count(slot, cold=1)
            return search_vectors(
                self._engine, collection, query, k, where=where, samples=self._samples
            )
        self._count(slot, warm=1)
        vector = check_query(query, collection)
        if where is not None:
            check_fields(where, collection.fields)
        found = held.index.search(vector, k, where)
        hits = [
            Hit(key, distance, dict(metadata))
            for key, distance, metadata in zip(
                found.keys, found.distances, found.metadata, strict=True
            )
        ]
        exact = found.method != "index"
        return hits, SearchPlan(found.method, found.share, exact=exact, in_memory=True)

    def load(self, collection: CollectionInfo) -> None:
        """Read a collection into memory now, if it is not there in its newest version.

        Raises:
            MissingExtraError: it needs a package that is not installed.
            StoreError: Postgres cannot be used.
        """
        slot = self._slot(collection)
        with vector_connection(self._engine) as connection, self._lock:
            self._refresh(connection, slot)

    def figures(self) -> tuple[HotFigures, ...]:
        """Of each collection that was searched or loaded, by name."""
        return tuple(
            sorted(
                (slot.figures() for slot in [*self._slots.values()]),
                key=lambda figures: figures.collection,
            )
        )

    def _count(self, slot: Slot, *, warm: int = 0, cold: int = 0) -> None:
        with self._counting:
            slot.warm, slot.cold = slot.warm + warm, slot.cold + cold

    def _slot(self, collection: CollectionInfo) -> Slot:
        return self._slots.setdefault(collection.id, Slot(collection))

    def _current(self, slot: Slot, *, consistent: bool) -> Held | None:
        """What is in memory, if it is new enough."""
        held = slot.held
        if held is None or held.version < written_version(self._engine, slot.collection.id):
            return None
        if not consistent and monotonic() - held.confirmed < MAX_LAG_SECONDS:
            return held
        with vector_connection(self._engine) as connection:
            newest = read_version(connection, slot.collection)
        return held if held.version == newest else None

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except (StoreError, SQLAlchemyError):
                # Postgres is away; a search asks it and raises what is wrong
                self._closing.wait(LOOK_SECONDS)

    def _listen(self) -> None:
        with vector_connection(self._engine) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            try:
                while not self._closing.is_set():
                    for slot in [*self._slots.values()]:
                        self._look(connection, slot)
                    for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                        pass
            finally:
                if not connection.broken:
                    connection.execute(f"UNLISTEN {CHANNEL}")

    def _look(self, connection: psycopg.Connection[Any], slot: Slot) -> None:
        """Confirm what is held, or bring it to the newest version."""
        now = monotonic()
        newest = read_version(connection, slot.collection)
        with self._lock:
            if newest is None or newest != slot.seen:
                self._try(connection, slot)
            elif slot.held is not None:
                slot.held = replace(slot.held, confirmed=max(now, slot.held.confirmed))

    def _try(self, connection: psycopg.Connection[Any], slot: Slot) -> None:
        try:
            self._refresh(connection, slot)
        except MissingExtraError as error:
            slot.held, slot.declined = None, str(error)

    def _refresh(self, connection: psycopg.Connection[Any], slot: Slot) -> None:
        """Bring a collection to its newest version, read in one snapshot."""
        now = monotonic()
        with connection.transaction():
            connection.execute(SNAPSHOT)
            found = read_marks(connection, slot.collection)
            if found is None:
                self._slots.pop(slot.collection.id, None)
                slot.held = None
                return
            slot.declined = self._reason_to_decline(slot, len(found.marks))
            if slot.declined is not None:
                slot.held, slot.seen = None, found.version
                return
            held = slot.held or Held.nothing(slot.collection)
            changed = read_rows(connection, slot.collection, held.changed_keys(found.marks))
        deleted = held.marks.keys() - found.marks.keys()
        slot.seen = found.version
        index = held.index.changed(changed.keys, changed.vectors, changed.metadata, deleted)
        slot.held = Held(found.version, index, found.marks, now)

    def _reason_to_decline(self, slot: Slot, rows: int) -> str | None:
        """Why rows of a collection are not held in memory."""
        others = sum(
            other.nbytes(len(other.held.index))
            for other in [*self._slots.values()]
            if other is not slot and other.held is not None
        )
        needed = slot.nbytes(rows)
        if needed + others <= self._max_bytes:
            return None
        return (
            f"{rows:,} vectors need {needed / 1e6:,.0f} MB, and {others / 1e6:,.0f} of "
            f"{self._max_bytes / 1e6:,.0f} MB are taken"
        )
