"""Reads facts out of the graph, in columns, by ranges of ``Customer.bucket``.

The graph holds facts and no journeys; journeys are derived from what is read here. A record holds
the columns of thousands of touches, and names travel as codes: the client tells the server which
number stands for which channel, campaign and creative.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j import RoutingControl

from attrigraph.domain import BUCKETS, NO_TIME, Coded, Conversions, Facts, Touches
from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.graph.connection import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver
    from numpy.typing import NDArray

    from attrigraph.domain import Text

    Order = NDArray[np.intp]

READERS: Final = 2
"""Threads that read at a time; more do not help, the server and the decoding are the limits."""

_TOUCHES_A_RECORD: Final = 30_000
_MISSING: Final = -1
_UNKNOWN_CODE: Final = -2
_TOUCH_COLUMNS: Final = (
    "touchCustomer",
    "touchTime",
    "touchPosition",
    "touchChannel",
    "touchServed",
    "touchCost",
)


def read_facts(
    driver: Driver,
    *,
    database: str = DATABASE,
    ids: bool = True,
    kinds: bool = True,
    readers: int = READERS,
) -> Facts:
    """Read every customer with their touches and conversions; customers without any are included.

    Args:
        driver: an open driver.
        database: the database's name.
        ids: whether ids of touches are wanted; without them ``touches.id`` holds None.
        kinds: whether kinds of touches are wanted; without them ``touches.kind`` is all missing.
        readers: threads that read at a time.

    Returns:
        Customers by (bucket, id), their events sorted as ``Facts`` says. The same graph gives the
        same facts, however its rows came in. An empty graph gives facts of length 0.

    Raises:
        StoreError: the graph is not in the form that the loader writes.
    """
    codes = _Codes(driver, database)
    ranges = _ranges(_touches(driver, database))

    def read(bounds: tuple[int, int]) -> Facts:
        return _read_range(driver, database, codes, bounds, ids=ids, kinds=kinds)

    with ThreadPoolExecutor(readers, thread_name_prefix="read-facts") as pool:
        parts = list(pool.map(read, ranges))
    return _joined(parts, codes)


def _touches(driver: Driver, database: str) -> int:
    return int(_record(driver, database, "journeys/count_touches")["touches"])


def _ranges(touches: int) -> list[tuple[int, int]]:
    """Ranges of buckets with about ``_TOUCHES_A_RECORD`` touches each; together all buckets."""
    records = min(BUCKETS, max(1, -(-touches // _TOUCHES_A_RECORD)))
    bounds = [BUCKETS * i // records for i in range(records + 1)]
    return list(pairwise(bounds))


def _record(
    driver: Driver, database: str, name: str, parameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The one record that a statement returns."""
    records, _, _ = driver.execute_query(
        query(name).text,
        dict(parameters or {}),
        database_=database,
        routing_=RoutingControl.READ,
    )
    [record] = records
    return dict(record)


@dataclass(slots=True)
class _Codes:
    """Which number stands for which name; numbers are only ever added, so all readers may share it.

    Codes of what a touch served count creatives and campaigns in one row of numbers.

    Attributes:
        channels: code by name.
        creatives: code by id.
        campaigns: code by id.
        creative_of: by code of what was served, the creative's id or None.
        campaign_of: by code of what was served, the campaign's id or None.
    """

    driver: Driver
    database: str
    channels: dict[str, int] = field(default_factory=dict)
    creatives: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)
    creative_of: list[str | None] = field(default_factory=list)
    campaign_of: list[str | None] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._learn()

    def parameters(self) -> dict[str, dict[str, int]]:
        """What the statement takes; copies, since another reader may add to the originals."""
        with self._lock:
            return {
                "channels": dict(self.channels),
                "creatives": dict(self.creatives),
                "campaigns": dict(self.campaigns),
            }

    def learn(self, bounds: tuple[int, int]) -> None:
        """Give codes to what has come into the graph since, and to channels without a node."""
        low, high = bounds
        found = _record(
            self.driver, self.database, "journeys/read_channels", {"lo": low, "hi": high}
        )
        with self._lock:
            self._add_channels(found["channels"])
            self._learn()

    def _learn(self) -> None:
        served = _record(self.driver, self.database, "journeys/read_served")
        self._add_channels(served["channels"])
        for creative, campaign in served["creatives"]:
            if creative not in self.creatives:
                self.creatives[creative] = self._add_served(creative, campaign or None)
        for campaign in served["campaigns"]:
            if campaign not in self.campaigns:
                self.campaigns[campaign] = self._add_served(None, campaign)

    def _add_channels(self, names: Sequence[str]) -> None:
        for name in names:
            self.channels.setdefault(name, len(self.channels))

    def _add_served(self, creative: str | None, campaign: str | None) -> int:
        self.creative_of.append(creative)
        self.campaign_of.append(campaign)
        return len(self.creative_of) - 1


def _read_range(
    driver: Driver,
    database: str,
    codes: _Codes,
    bounds: tuple[int, int],
    *,
    ids: bool,
    kinds: bool,
) -> Facts:
    """Facts of the customers of a range of buckets; channel and creative still as shared codes."""
    record = _columns(driver, database, codes, bounds, ids=ids, kinds=kinds)
    if _lacks_a_code(record):
        codes.learn(bounds)
        record = _columns(driver, database, codes, bounds, ids=ids, kinds=kinds)
        if _lacks_a_code(record):
            message = (
                "the graph gained channels, campaigns or creatives while it was read; "
                "try again when the load has ended"
            )
            raise StoreError(message)
    rank, customers, bucket = _ranked(record["customer"], record["bucket"])
    touches, tied = _touch_columns(record, rank)
    if tied and not ids:
        return _without_ids(_read_range(driver, database, codes, bounds, ids=True, kinds=kinds))
    return Facts(customers, bucket, touches, _conversion_columns(record, rank))


def _columns(
    driver: Driver,
    database: str,
    codes: _Codes,
    bounds: tuple[int, int],
    *,
    ids: bool,
    kinds: bool,
) -> dict[str, Any]:
    low, high = bounds
    parameters = {
        **codes.parameters(),
        "lo": low,
        "hi": high,
        "noTime": NO_TIME,
        "unknown": float("nan"),
        "ids": ids,
        "kinds": kinds,
    }
    record = _record(driver, database, "journeys/read_facts", parameters)
    _check_lengths(record, "touchCustomer", [*_TOUCH_COLUMNS, *["touchId"] * ids])
    conversions = [name for name in record if name.startswith("conversion")]
    _check_lengths(record, "conversionCustomer", conversions)
    return record


def _check_lengths(record: Mapping[str, list[Any]], first: str, names: Sequence[str]) -> None:
    """Lists that lost a null would be shorter, and their values would belong to other rows."""
    expected = len(record[first])
    wrong = [name for name in names if len(record[name]) != expected]
    if wrong:
        message = (
            f"the graph returned {expected} rows and fewer values of {', '.join(wrong)}: "
            "some nodes lack an id; load them with `attrigraph load`"
        )
        raise StoreError(message)


def _lacks_a_code(record: Mapping[str, list[int]]) -> bool:
    return _UNKNOWN_CODE in record["touchChannel"] or _UNKNOWN_CODE in record["touchServed"]


def _ranked(
    ids: Sequence[str], buckets: Sequence[int]
) -> tuple[NDArray[np.int32], Text, NDArray[np.int32]]:
    """Each customer's place in the order of (bucket, id), and ids and buckets in that order."""
    order = sorted(range(len(ids)), key=lambda k: (buckets[k], ids[k]))
    rank = np.empty(len(ids), np.int32)
    rank[order] = np.arange(len(ids), dtype=np.int32)
    customers = _text([ids[k] for k in order])
    return rank, customers, np.array(buckets, np.int32)[order]


def _text(values: Sequence[str | None]) -> Text:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _touch_columns(
    record: Mapping[str, list[Any]], rank: NDArray[np.int32]
) -> tuple[Touches, bool]:
    """Touches in order, and whether only their ids can put them in order."""
    customer = rank[np.array(record["touchCustomer"], np.intp)]
    time = np.array(record["touchTime"], np.int64)
    position = np.array(record["touchPosition"], np.int32)
    ids = record["touchId"]
    order, tied = _ordered(customer, time, position, ids)
    served = np.array(record["touchServed"], np.int32)[order]
    touches = Touches(
        id=_text(ids)[order] if ids else np.full(len(customer), None, dtype=object),
        customer=customer[order],
        time=time[order],
        position=position[order],
        kind=_kinds(record["touchKind"], order),
        channel=Coded((), np.array(record["touchChannel"], np.int32)[order]),
        campaign=Coded((), served),
        creative=Coded((), served),
        cost=np.array(record["touchCost"], np.float64)[order],
    )
    return touches, tied


def _conversion_columns(record: Mapping[str, list[Any]], rank: NDArray[np.int32]) -> Conversions:
    customer = rank[np.array(record["conversionCustomer"], np.intp)]
    time = np.array(record["conversionTime"], np.int64)
    position = np.array(record["conversionPosition"], np.int32)
    ids = record["conversionId"]
    order, _ = _ordered(customer, time, position, ids)
    return Conversions(
        id=_text(ids)[order],
        customer=customer[order],
        time=time[order],
        position=position[order],
        kind=_kinds(record["conversionKind"], order),
        value=np.array(record["conversionValue"], np.float64)[order],
    )


def _ordered(
    customer: NDArray[np.int32],
    time: NDArray[np.int64],
    position: NDArray[np.int32],
    ids: Sequence[str],
) -> tuple[Order, bool]:
    """Rows by (customer, time, position, id), and whether some differ in nothing but their ids.

    Ids are only compared where the numbers are equal; where none are given, ties stay as they are.
    """
    order = np.lexsort((position, time, customer))
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in (customer, time, position):
        same &= column[order[1:]] == column[order[:-1]]
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    if len(tied) == 0 or len(order) == 0:
        return order, False
    if ids:
        rows = order[tied].tolist()
        rows.sort(key=lambda i: (customer[i], time[i], position[i], ids[i]))
        order[tied] = rows
    return order, True


def _kinds(kinds: Sequence[str], order: Order) -> Coded:
    """A column of words as codes; '' is a missing one, and so is every one of an empty list."""
    if not kinds:
        return Coded((), np.full(len(order), _MISSING, np.int32))
    keys = sorted({*kinds} - {""})
    code = {key: i for i, key in enumerate(keys)} | {"": _MISSING}
    return Coded(tuple(keys), np.array([code[kind] for kind in kinds], np.int32)[order])


def _without_ids(facts: Facts) -> Facts:
    touches = facts.touches
    return Facts(
        facts.customers,
        facts.bucket,
        Touches(
            id=np.full(len(touches), None, dtype=object),
            customer=touches.customer,
            time=touches.time,
            position=touches.position,
            kind=touches.kind,
            channel=touches.channel,
            campaign=touches.campaign,
            creative=touches.creative,
            cost=touches.cost,
        ),
        facts.conversions,
    )


def _joined(parts: Sequence[Facts], codes: _Codes) -> Facts:
    """The ranges one after another, with keys of their own instead of the shared codes."""
    starts = np.cumsum([0, *(len(part.customers) for part in parts[:-1])]).astype(np.int32)
    touches = [part.touches for part in parts]
    conversions = [part.conversions for part in parts]
    served = np.concatenate([t.creative.codes for t in touches])
    return Facts(
        customers=np.concatenate([part.customers for part in parts]),
        bucket=np.concatenate([part.bucket for part in parts]),
        touches=Touches(
            id=np.concatenate([t.id for t in touches]),
            customer=np.concatenate([t.customer + s for t, s in zip(touches, starts, strict=True)]),
            time=np.concatenate([t.time for t in touches]),
            position=np.concatenate([t.position for t in touches]),
            kind=_joined_kinds([t.kind for t in touches]),
            channel=_named(
                np.concatenate([t.channel.codes for t in touches]), list(codes.channels)
            ),
            campaign=_named(served, codes.campaign_of),
            creative=_named(served, codes.creative_of),
            cost=np.concatenate([t.cost for t in touches]),
        ),
        conversions=Conversions(
            id=np.concatenate([c.id for c in conversions]),
            customer=np.concatenate(
                [c.customer + s for c, s in zip(conversions, starts, strict=True)]
            ),
            time=np.concatenate([c.time for c in conversions]),
            position=np.concatenate([c.position for c in conversions]),
            kind=_joined_kinds([c.kind for c in conversions]),
            value=np.concatenate([c.value for c in conversions]),
        ),
    )


def _named(codes: NDArray[np.int32], names: Sequence[str | None]) -> Coded:
    """Shared codes as codes into the names that occur, sorted; several codes may mean one name."""
    occurs = np.bincount(codes[codes >= 0], minlength=len(names)) > 0
    keys = sorted({name for name, used in zip(names, occurs, strict=True) if used and name})
    place = {key: i for i, key in enumerate(keys)}
    table = [_MISSING if name is None else place.get(name, _MISSING) for name in names]
    # code -1, the missing one, takes the entry at the end
    return Coded(tuple(keys), np.array([*table, _MISSING], np.int32)[codes])


def _joined_kinds(parts: Sequence[Coded]) -> Coded:
    keys = sorted({key for part in parts for key in part.keys})
    place = {key: i for i, key in enumerate(keys)}
    tables = [np.array([*(place[key] for key in part.keys), _MISSING], np.int32) for part in parts]
    codes = [table[part.codes] for table, part in zip(tables, parts, strict=True)]
    return Coded(tuple(keys), np.concatenate(codes))
