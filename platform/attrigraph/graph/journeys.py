"""Reads facts out of the graph, in columns, by ranges of ``Customer.bucket``.

The graph holds facts and no journeys; journeys are derived from what is read here. A record holds
the columns of thousands of touches, and names travel as codes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import N_BUCKETS, NO_TIME, Categorical, Conversions, EventTable, Touches
from attrigraph.errors import StoreError
from attrigraph.graph.connection import DATABASE
from attrigraph.graph.names import MISSING, UNKNOWN_CODE, Codes, record_of
from attrigraph.graph.records import event_table_of, repeated, undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neo4j import Driver
    from numpy.typing import NDArray

    Numbers = NDArray[np.int32]
    Bounds = tuple[int, int]

READERS: Final = 2
"""Threads that read at a time; more do not help, the server and the decoding are the limits."""

_TOUCHES_A_RECORD: Final = 40_000


def read_events(
    driver: Driver,
    *,
    database: str = DATABASE,
    ids: bool = True,
    kinds: bool = True,
    readers: int = READERS,
) -> EventTable:
    """Read every customer with their touches and conversions; customers without any are included.

    Args:
        driver: an open driver.
        database: the database's name.
        ids: whether ids of touches are wanted; without them ``touches.id`` holds None.
        kinds: whether kinds of touches are wanted; without them ``touches.kind`` is all missing.
        readers: threads that read at a time.

    Returns:
        Customers by (bucket, id), their events sorted as ``EventTable`` requires. The same graph
        gives the same table, however its rows came in. An empty graph gives a table of length 0.

    Raises:
        StoreError: the graph is not in the form that the loader writes.
    """

    def read(codes: Codes, bounds: Bounds) -> EventTable:
        events = _full(codes, bounds, ids=ids, kinds=kinds)
        if ids or not repeated(events.touches).any():
            return events
        # only their ids can put these touches in order
        return _without_ids(_full(codes, bounds, ids=True, kinds=kinds))

    return _in_ranges(Codes(driver, database), read, readers)


def read_steps(driver: Driver, *, database: str = DATABASE, readers: int = READERS) -> EventTable:
    """Read what journeys need and no more: quicker than ``read_events``.

    Args:
        driver: an open driver.
        database: the database's name.
        readers: threads that read at a time.

    Returns:
        The facts that ``read_events`` gives, less ids (None), kinds (missing) and costs (NaN) of
        touches, and less positions (0) of customers whose times alone put their events in order.

    Raises:
        StoreError: the graph is not in the form that the loader writes.
    """
    times_suffice = True  # until a range says otherwise: then the rest need not try

    def read(codes: Codes, bounds: Bounds) -> EventTable:
        nonlocal times_suffice
        if times_suffice:
            events = event_table_of(_record(codes, "journeys/read_steps", bounds))
            if not undecided(events).any():
                return events
            times_suffice = False
        return _as_steps(_full(codes, bounds, ids=True, kinds=False))

    return _in_ranges(Codes(driver, database), read, readers)


def _in_ranges(
    codes: Codes, read: Callable[[Codes, Bounds], EventTable], readers: int
) -> EventTable:
    touches = record_of(codes.driver, codes.database, "journeys/count_touches")["touches"]
    with ThreadPoolExecutor(readers, thread_name_prefix="read-facts") as pool:
        parts = list(pool.map(lambda bounds: read(codes, bounds), _ranges(touches)))
    return _joined(parts, codes)


def _ranges(touches: int) -> list[Bounds]:
    """Ranges of buckets with about ``_TOUCHES_A_RECORD`` touches each; together all buckets."""
    records = min(N_BUCKETS, max(1, -(-touches // _TOUCHES_A_RECORD)))
    return list(pairwise(N_BUCKETS * i // records for i in range(records + 1)))


def _full(codes: Codes, bounds: Bounds, *, ids: bool, kinds: bool) -> EventTable:
    asked = {"unknown": float("nan"), "ids": ids, "kinds": kinds}
    record = _record(codes, "journeys/read_facts", bounds, asked)
    if not ids:
        del record["touchId"]
    if not kinds:
        del record["touchKind"]
    return event_table_of(record)


def _record(
    codes: Codes, name: str, bounds: Bounds, asked: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The columns of a range of buckets, all channels and served things by their codes."""
    for attempt in range(2):
        if attempt:
            codes.learn(bounds)
        parameters = {**codes.parameters(), "lo": bounds[0], "hi": bounds[1], "noTime": NO_TIME}
        record = record_of(codes.driver, codes.database, name, parameters | dict(asked or {}))
        record["touchChannel"] = np.array(record["touchChannel"], np.int32)
        record["touchServed"] = np.array(record["touchServed"], np.int32)
        if not any((record[c] == UNKNOWN_CODE).any() for c in ("touchChannel", "touchServed")):
            return record
    raise StoreError(
        "the graph gained channels, campaigns or creatives while it was read; try again when the "
        "load has ended"
    )


def _as_steps(events: EventTable) -> EventTable:
    """What ``read_steps`` gives, out of all that can be read."""
    needed = undecided(events)
    touches, conversions = events.touches, events.conversions
    bare = _without_ids(events)
    return replace(
        bare,
        touches=replace(
            bare.touches,
            position=np.where(needed[touches.customer], touches.position, 0).astype(np.int32),
            cost=np.full(len(touches), np.nan),
        ),
        conversions=replace(
            conversions,
            position=np.where(needed[conversions.customer], conversions.position, 0).astype(
                np.int32
            ),
        ),
    )


def _without_ids(events: EventTable) -> EventTable:
    nameless = np.full(len(events.touches), None, dtype=object)
    return replace(events, touches=replace(events.touches, id=nameless))


def _joined(parts: Sequence[EventTable], codes: Codes) -> EventTable:
    """The ranges one after another, with keys of their own instead of the shared codes."""
    starts = np.cumsum([0, *(len(part.customers) for part in parts[:-1])]).astype(np.int32)
    return EventTable(
        customers=np.concatenate([part.customers for part in parts]),
        bucket=np.concatenate([part.bucket for part in parts]),
        touches=_joined_touches([part.touches for part in parts], starts, codes),
        conversions=_joined_conversions([part.conversions for part in parts], starts),
    )


def _joined_touches(parts: Sequence[Touches], starts: Numbers, codes: Codes) -> Touches:
    served = np.concatenate([part.creative.codes for part in parts])
    return Touches(
        id=np.concatenate([part.id for part in parts]),
        customer=np.concatenate([p.customer + s for p, s in zip(parts, starts, strict=True)]),
        time=np.concatenate([part.time for part in parts]),
        position=np.concatenate([part.position for part in parts]),
        kind=_joined_kinds([part.kind for part in parts]),
        channel=codes.named_channels(np.concatenate([part.channel.codes for part in parts])),
        campaign=codes.named_campaigns(served),
        creative=codes.named_creatives(served),
        cost=np.concatenate([part.cost for part in parts]),
    )


def _joined_conversions(parts: Sequence[Conversions], starts: Numbers) -> Conversions:
    return Conversions(
        id=np.concatenate([part.id for part in parts]),
        customer=np.concatenate([p.customer + s for p, s in zip(parts, starts, strict=True)]),
        time=np.concatenate([part.time for part in parts]),
        position=np.concatenate([part.position for part in parts]),
        kind=_joined_kinds([part.kind for part in parts]),
        value=np.concatenate([part.value for part in parts]),
    )


def _joined_kinds(parts: Sequence[Categorical]) -> Categorical:
    keys = sorted({key for part in parts for key in part.keys})
    place = {key: i for i, key in enumerate(keys)}
    tables = [np.array([*(place[key] for key in part.keys), MISSING], np.int32) for part in parts]
    codes = [table[part.codes] for table, part in zip(tables, parts, strict=True)]
    return Categorical(tuple(keys), np.concatenate(codes))
