"""Reads events from the graph as columns, by ranges of ``Customer.bucket``.

The graph stores events and no journeys; journeys are derived from what is read here. One record
holds the columns of thousands of touches, with codes instead of names.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import N_BUCKETS, NO_TIME, Categorical, Conversions, EventTable, Touches
from attrigraph.errors import StoreError
from attrigraph.graph.loads import count_changed
from attrigraph.graph.names import MISSING, UNKNOWN_CODE, Codes, record_of
from attrigraph.graph.records import event_table_of, repeated, undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neo4j import Driver
    from numpy.typing import NDArray

    Numbers = NDArray[np.int32]
    Bounds = tuple[int, int]

READERS: Final = 2
"""Threads that read at the same time; more are not faster: server and decoding limit the speed."""

_TOUCHES_PER_RECORD: Final = 40_000
_CUSTOMERS_PER_RECORD: Final = 4000


def read_events(
    driver: Driver,
    *,
    ids: bool = True,
    kinds: bool = True,
    readers: int = READERS,
) -> EventTable:
    """Read every customer with touches and conversions, including customers without any.

    Args:
        driver: an open driver.
        ids: whether to read ids of touches; otherwise ``touches.id`` is None throughout.
        kinds: whether to read kinds of touches; otherwise all of ``touches.kind`` is missing.
        readers: threads that read at the same time.

    Returns:
        Customers by (bucket, id), their events sorted as ``EventTable`` requires. The same graph
        gives the same table, whatever the order of loads. An empty graph gives a table of length 0.

    Raises:
        StoreError: the graph does not have the form that the loader writes.
    """

    def read(codes: Codes, bounds: Bounds) -> EventTable:
        events = _full(codes, bounds, ids=ids, kinds=kinds)
        if ids or not repeated(events.touches).any():
            return events
        # only their ids can order these touches
        return without_ids(_full(codes, bounds, ids=True, kinds=kinds))

    return with_aliases(driver, _in_ranges(Codes(driver), read, readers))


def read_buckets(driver: Driver, ranges: Sequence[Bounds]) -> EventTable:
    """Read the customers of ranges of buckets alone, as ``read_events`` does.

    Args:
        driver: an open driver.
        ranges: first bucket and the one after the last, ascending, at least one.

    Returns:
        These customers, without numbers of aliases.

    Raises:
        StoreError: the graph does not have the form that the loader writes.
    """

    def read(codes: Codes, bounds: Bounds) -> EventTable:
        return _full(codes, bounds, ids=True, kinds=True)

    return _in_these_ranges(Codes(driver), ranges, read, READERS)


def read_changed(driver: Driver, after: int, *, readers: int = READERS) -> EventTable:
    """Read the customers whose facts changed after a load, as ``read_events`` does.

    Args:
        driver: an open driver.
        after: number of the load.
        readers: threads that read at the same time.

    Returns:
        These customers alone, without numbers of aliases.

    Raises:
        StoreError: the graph does not have the form that the loader writes.
    """
    ranges = _equal_ranges(count_changed(driver, after), _CUSTOMERS_PER_RECORD)

    def read(codes: Codes, bounds: Bounds) -> EventTable:
        return _full(codes, bounds, ids=True, kinds=True, after=after)

    return _in_these_ranges(Codes(driver), ranges, read, readers)


def read_steps(driver: Driver, *, readers: int = READERS) -> EventTable:
    """Read only what journeys need; faster than ``read_events``.

    Args:
        driver: an open driver.
        readers: threads that read at the same time.

    Returns:
        The events of ``read_events`` without ids (None), kinds (missing) and costs (NaN) of
        touches, without numbers of aliases (None), and without positions (0) of customers whose
        times alone decide the order.

    Raises:
        StoreError: the graph does not have the form that the loader writes.
    """
    times_suffice = True  # until the first range where they do not

    def read(codes: Codes, bounds: Bounds) -> EventTable:
        nonlocal times_suffice
        if times_suffice:
            events = event_table_of(_record(codes, "journeys/read_steps", bounds))
            if not undecided(events).any():
                return events
            times_suffice = False
        return _as_steps(_full(codes, bounds, ids=True, kinds=False))

    return _in_ranges(Codes(driver), read, readers)


def count_cancelled(driver: Driver) -> int:
    """How many cancelled conversions the graph has; no event table holds them."""
    return int(record_of(driver, "journeys/count_cancelled")["conversions"])


def with_aliases(driver: Driver, events: EventTable) -> EventTable:
    """The events with the number of ids that were joined to each customer's, where any were."""
    if not record_of(driver, "ingest/count_identities")["identities"]:
        return events
    record = record_of(driver, "journeys/count_aliases")
    number = dict(zip(record["customer"], record["aliases"], strict=True))
    aliases = [number.get(name, 0) for name in events.customers.tolist()]
    return replace(events, n_aliases=np.array(aliases, dtype=np.int32))


def _in_ranges(
    codes: Codes, read: Callable[[Codes, Bounds], EventTable], readers: int
) -> EventTable:
    touches = record_of(codes.driver, "journeys/count_touches")["touches"]
    ranges = _equal_ranges(touches, _TOUCHES_PER_RECORD)
    return _in_these_ranges(codes, ranges, read, readers)


def _in_these_ranges(
    codes: Codes,
    ranges: Sequence[Bounds],
    read: Callable[[Codes, Bounds], EventTable],
    readers: int,
) -> EventTable:
    with ThreadPoolExecutor(readers, thread_name_prefix="read-facts") as pool:
        parts = list(pool.map(lambda bounds: read(codes, bounds), ranges))
    return _joined(parts, codes)


def _equal_ranges(count: int, size: int) -> list[Bounds]:
    """Ranges of buckets with about ``size`` of ``count`` each; together all buckets."""
    records = min(N_BUCKETS, max(1, -(-count // size)))
    return list(pairwise(N_BUCKETS * i // records for i in range(records + 1)))


def _full(
    codes: Codes, bounds: Bounds, *, ids: bool, kinds: bool, after: int | None = None
) -> EventTable:
    shares = codes.cost_shares
    options: dict[str, Any] = {
        "unknown": float("nan"),
        "ids": ids,
        "kinds": kinds,
        "costShares": shares,
    }
    options["after"] = after
    record = _record(codes, "journeys/read_events", bounds, options)
    if not ids:
        del record["touchId"]
    if not kinds:
        del record["touchKind"]
    if not shares:
        del record["touchCostShare"]
    return event_table_of(record)


def _record(
    codes: Codes, name: str, bounds: Bounds, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The columns of a range of buckets, with codes for channels and for what was served."""
    for attempt in range(2):
        if attempt:
            codes.learn(bounds)
        finer = codes.finer
        parameters = {
            **codes.parameters(),
            "lo": bounds[0],
            "hi": bounds[1],
            "noTime": NO_TIME,
            "finer": finer,
        }
        record = record_of(codes.driver, name, parameters | dict(options or {}))
        if not finer:
            del record["touchNanosecond"], record["conversionNanosecond"]
        record["touchChannel"] = np.array(record["touchChannel"], np.int32)
        record["touchServed"] = np.array(record["touchServed"], np.int32)
        if not any((record[c] == UNKNOWN_CODE).any() for c in ("touchChannel", "touchServed")):
            return record
    raise StoreError(
        "the graph gained channels, campaigns or creatives while it was read; try again after the "
        "load has ended"
    )


def _as_steps(events: EventTable) -> EventTable:
    """The columns of ``read_steps``, taken from complete events."""
    needed = undecided(events)
    touches, conversions = events.touches, events.conversions
    bare = without_ids(events)
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


def without_ids(events: EventTable) -> EventTable:
    """The events with None in the place of ids of touches."""
    no_ids = np.full(len(events.touches), None, dtype=object)
    return replace(events, touches=replace(events.touches, id=no_ids))


def _joined(parts: Sequence[EventTable], codes: Codes) -> EventTable:
    """The ranges concatenated, with their own keys instead of the shared codes."""
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
        nanosecond=np.concatenate([part.nanosecond for part in parts]),
        position=np.concatenate([part.position for part in parts]),
        kind=_joined_kinds([part.kind for part in parts]),
        channel=codes.named_channels(np.concatenate([part.channel.codes for part in parts])),
        campaign=codes.named_campaigns(served),
        creative=codes.named_creatives(served),
        cost=np.concatenate([part.cost for part in parts]),
        cost_share=(
            np.concatenate([part.cost_shares() for part in parts]) if codes.cost_shares else None
        ),
    )


def _joined_conversions(parts: Sequence[Conversions], starts: Numbers) -> Conversions:
    return Conversions(
        id=np.concatenate([part.id for part in parts]),
        customer=np.concatenate([p.customer + s for p, s in zip(parts, starts, strict=True)]),
        time=np.concatenate([part.time for part in parts]),
        nanosecond=np.concatenate([part.nanosecond for part in parts]),
        position=np.concatenate([part.position for part in parts]),
        kind=_joined_kinds([part.kind for part in parts]),
        value=np.concatenate([part.value for part in parts]),
    )


def _joined_kinds(parts: Sequence[Categorical]) -> Categorical:
    keys = sorted({key for part in parts for key in part.keys})
    code_of = {key: code for code, key in enumerate(keys)}
    tables = [np.array([*(code_of[key] for key in part.keys), MISSING], np.int32) for part in parts]
    codes = [table[part.codes] for table, part in zip(tables, parts, strict=True)]
    return Categorical(tuple(keys), np.concatenate(codes))
