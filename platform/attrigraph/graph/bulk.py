"""Writes events as files for ``neo4j-admin database import full``: fast, into an empty graph only.

Nodes have numeric keys in the files, so that the import neither hashes nor compares id strings. The
caller must ensure that ids are unique; the constraints check it afterwards. The resulting graph is
the same as from ``graph.ingest``. DuckDB writes the files from columns. Of creatives, campaigns and
channels only the id or name is written; the rest is added once the server runs again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np

from attrigraph.domain import NO_TIME, string_array
from attrigraph.errors import InputError
from attrigraph.graph.channel_days import DAY_MS
from attrigraph.graph.columns import served, whole_seconds
from attrigraph.graph.relink import Events, last_before, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.domain import Conversions, EventTable, StringArray, Touches
    from attrigraph.domain.event_properties import PropertyType, PropertyValue
    from attrigraph.graph.columns import Served

    Rows = NDArray[np.int64]
    Columns = Mapping[str, NDArray[Any]]

BATCH: Final = 100_000
"""Touches per batch."""

WRITERS: Final = 2
"""Files written at the same time."""

_EARLIEST: Final = int(np.datetime64("0001-01-01", "ms").astype(np.int64))
_LATEST: Final = int(np.datetime64("9999-12-31T23:59:59.999", "ms").astype(np.int64))

NODES: Final = {
    "Customer": "key:ID(Customer),id:string,bucket:long,changedBy:long",
    "Touchpoint": (
        "key:ID(Touchpoint),id:string,customerId:string,timestamp:datetime,position:long,"
        "kind:string,channel:string,cost:double,costShare:double,identity:string,userId:string,"
        "load:long"
    ),
    "Conversion": (
        "key:ID(Conversion),id:string,customerId:string,timestamp:datetime,position:long,"
        "kind:string,value:double,identity:string,userId:string,orderId:string,messageId:string,"
        "load:long"
    ),
    "Creative": "key:ID(Creative),id:string",
    "Campaign": "key:ID(Campaign),id:string",
    "Channel": "key:ID(Channel),name:string",
    "ChannelDay": "key:ID(ChannelDay),channel:string,date:date",
    "DataSet": "key:ID(DataSet),name:string",
}
"""Labels, each with the header of its files; the key itself is not stored."""

LINKS: Final = {
    "TOUCHED": ("Customer", "Touchpoint", ""),
    "MADE": ("Customer", "Conversion", ""),
    "PRECEDED": ("Touchpoint", "Touchpoint", ",timeDelta:long"),
    "CONVERTED": ("Touchpoint", "Conversion", ",timeDelta:long"),
    "REPEATED": ("Conversion", "Conversion", ""),
    "SERVED_CREATIVE": ("Touchpoint", "Creative", ""),
    "SERVED_CAMPAIGN": ("Touchpoint", "Campaign", ""),
    "SERVED_CHANNEL": ("Touchpoint", "Channel", ""),
    "ON": ("Touchpoint", "ChannelDay", ""),
    "OF": ("ChannelDay", "Channel", ""),
}
"""Relationships with their start, their end and the rest of their header."""

EVENTS: Final = ("Touchpoint", "Conversion")
"""Labels whose files have further properties."""

FINER_TIMES: Final = "finer times"
"""The name of the node of ``ingest/mark_finer_times``."""

COST_SHARES: Final = "cost shares"
"""The name of the node of ``ingest/mark_cost_shares``."""

LOAD: Final = 1
"""Number of the load: an import is the first of its graph."""

_TYPES: Final[Mapping[PropertyType, str]] = {
    "integer": "long",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "time": "datetime",
    "text": "string",
}
"""What the header of files calls types of properties."""

_TIMED: Final = f"CASE WHEN time <> {NO_TIME} THEN make_timestamp(time * 1000) END"
_FINER: Final = (
    f"CASE WHEN time <> {NO_TIME} THEN strftime(make_timestamp(time * 1000), "
    "'%Y-%m-%dT%H:%M:%S.%g') || lpad(nanosecond::VARCHAR, 6, '0') || 'Z' END"
)
_DELTA: Final = f"SELECT a, b, CASE WHEN delta <> {NO_TIME} THEN delta END"
_SELECT: Final = {
    "Customer": f"SELECT key, id, bucket, {LOAD}",
    "Touchpoint": (
        f"SELECT key, id, customer, {_TIMED}, position, kind, channel, "
        "CASE WHEN NOT isnan(cost) THEN cost END, nullif(cost_share, 1), identity, user_id, "
        f"{LOAD}"
    ),
    "Conversion": (
        f"SELECT key, id, customer, {_TIMED}, position, kind, value, identity, user_id, order_id, "
        f"message_id, {LOAD}"
    ),
    "PRECEDED": _DELTA,
    "CONVERTED": _DELTA,
}


@dataclass(slots=True)
class ImportFiles:
    """The files of one import: add batches of events, then get the arguments of the import.

    Attributes:
        folder: an existing folder for the files.
        properties: further properties that events may have, by name, with their types.
        touches: touches written so far.
        conversions: conversions written so far.
        multiline: whether any value contains a line break; the import needs an option for that.
    """

    folder: Path
    properties: Mapping[str, PropertyType] = field(default_factory=dict)
    touches: int = 0
    conversions: int = 0
    multiline: bool = False
    _customers: int = 0
    _marks: set[str] = field(default_factory=set)
    _parts: dict[str, list[str]] = field(default_factory=dict)
    _served: dict[str, dict[str, int]] = field(default_factory=dict)
    _days: dict[tuple[str, int], int] = field(default_factory=dict)
    _pending: list[Future[None]] = field(default_factory=list)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WRITERS))

    def add(self, events: EventTable) -> None:
        """Write one batch of whole customers; each customer may be added only once.

        Raises:
            InputError: a time is outside the years 1 to 9999.
        """
        self._check_times(events)
        touches, conversions = events.touches, events.conversions
        if touches.cost_share is not None:
            self._marks.add(COST_SHARES)
        customer = np.arange(len(events.customers)) + self._customers
        touch = np.arange(len(touches)) + self.touches
        conversion = np.arange(len(conversions)) + self.conversions
        self._customers += len(customer)
        self.touches += len(touch)
        self.conversions += len(conversion)
        self._write("Customer", {"key": customer, "id": events.customers, "bucket": events.bucket})
        self._write("Touchpoint", self._touch_columns(events, touch))
        self._write("Conversion", self._conversion_columns(events, conversion))
        self._link("TOUCHED", customer[touches.customer], touch)
        self._link("MADE", customer[conversions.customer], conversion)
        self._link_in_order(touches, conversions, touch, conversion)
        earlier, later = repeated(conversions)
        self._link("REPEATED", conversion[earlier], conversion[later])
        self._link_served(served(touches), touch)
        self._link_days(touches, touch)
        self._finish()

    def arguments(self) -> tuple[str, ...]:
        """The arguments of ``database import full``, to run in the folder; ends the writing."""
        self._write_days()
        for label, key_of in self._served.items():
            keys = np.array(list(key_of), dtype=object)
            self._write(label, {"key": np.arange(len(keys)), "id": keys})
        if self._marks:
            names = np.array(sorted(self._marks), dtype=object)
            self._write("DataSet", {"key": np.arange(len(names)), "name": names})
        self._finish()
        self._threads.shutdown()
        nodes = (f"--nodes={label}={files}" for label, files in self._grouped(NODES))
        links = (
            f"--relationships={name.split('_')[0]}={files}" for name, files in self._grouped(LINKS)
        )
        return (
            "--id-type=integer",
            "--bad-tolerance=0",
            f"--multiline-fields={str(self.multiline).lower()}",
            *chain(nodes, links),
        )

    def _grouped(self, names: Iterable[str]) -> Iterable[tuple[str, str]]:
        for name in names:
            if name in self._parts:
                header = f"{name}.header.csv"
                further = self.properties if name in EVENTS else {}
                text = _header(name) + "".join(
                    f",{key}:{_TYPES[kind]}" for key, kind in further.items()
                )
                (self.folder / header).write_text(text + "\n", encoding="utf-8")
                yield name, ",".join([header, *self._parts[name]])

    def _check_times(self, event_table: EventTable) -> None:
        for events in (event_table.touches, event_table.conversions):
            time = events.time
            outside = (time != NO_TIME) & ((time < _EARLIEST) | (time > _LATEST))
            if outside.any():
                raise InputError(
                    f"event {events.id[np.argmax(outside)]!r} has a time outside the years 1 to "
                    "9999, which a bulk load does not support; load with --online"
                )

    def _touch_columns(self, events: EventTable, key: Rows) -> Columns:
        touches = events.touches
        return {
            "key": key,
            "id": touches.id,
            "customer": events.customers[touches.customer],
            "time": touches.time,
            "nanosecond": touches.nanosecond,
            "position": touches.position,
            "kind": touches.kind.values(),
            "channel": touches.channel.values(),
            "cost": touches.cost,
            "cost_share": touches.cost_shares(),
            "identity": _ids(touches.identity, len(touches)),
            "user_id": _ids(touches.user_id, len(touches)),
            **_property_columns(touches, self.properties),
        }

    def _conversion_columns(self, events: EventTable, key: Rows) -> Columns:
        conversions = events.conversions
        return {
            "key": key,
            "id": conversions.id,
            "customer": events.customers[conversions.customer],
            "time": conversions.time,
            "nanosecond": conversions.nanosecond,
            "position": conversions.position,
            "kind": conversions.kind.values(),
            "value": conversions.value,
            "identity": _ids(conversions.identity, len(conversions)),
            "user_id": _ids(conversions.user_id, len(conversions)),
            "order_id": _ids(conversions.order_id, len(conversions)),
            "message_id": _ids(conversions.message_id, len(conversions)),
            **_property_columns(conversions, self.properties),
        }

    def _link_in_order(
        self, touches: Touches, conversions: Conversions, touch: Rows, conversion: Rows
    ) -> None:
        first = np.flatnonzero(touches.customer[1:] == touches.customer[:-1])
        self._link(
            "PRECEDED",
            touch[first],
            touch[first + 1],
            delta=whole_seconds(_instants(touches, first), _instants(touches, first + 1)),
        )
        last = last_before(_events(touches), _events(conversions))
        preceded = np.flatnonzero(last >= 0)
        self._link(
            "CONVERTED",
            touch[last[preceded]],
            conversion[preceded],
            delta=whole_seconds(
                _instants(touches, last[preceded]), _instants(conversions, preceded)
            ),
        )

    def _link_served(self, served_by: Served, touch: Rows) -> None:
        first = 0
        for label, keys in (
            ("Creative", served_by.creatives),
            ("Campaign", served_by.campaigns),
            ("Channel", served_by.channels),
        ):
            key_of = self._served.setdefault(label, {})
            node = np.array([key_of.setdefault(key, len(key_of)) for key in keys], np.int64)
            rows = np.flatnonzero(
                (served_by.codes >= first) & (served_by.codes < first + len(keys))
            )
            self._link(f"SERVED_{label.upper()}", touch[rows], node[served_by.codes[rows] - first])
            first += len(keys)

    def _link_days(self, touches: Touches, touch: Rows) -> None:
        """Link touches to the node of their channel and day."""
        codes = touches.channel.codes
        rows = np.flatnonzero((codes >= 0) & (touches.time != NO_TIME))
        pairs, place = np.unique(
            np.stack([codes[rows], touches.time[rows] // DAY_MS]), axis=1, return_inverse=True
        )
        names = [touches.channel.keys[code] for code in pairs[0].tolist()]
        keys = zip(names, pairs[1].tolist(), strict=True)
        node = np.array([self._days.setdefault(key, len(self._days)) for key in keys], np.int64)
        if len(rows):
            self._link("ON", touch[rows], node[place])

    def _write_days(self) -> None:
        """Write the nodes of channels and days, and link them to their channels."""
        names = [name for name, _ in self._days]
        dates = np.array([day for _, day in self._days], "datetime64[D]").astype(str)
        node = np.arange(len(names))
        self._write(
            "ChannelDay",
            {"key": node, "channel": string_array(names), "date": dates.astype(object)},
        )
        key_of = self._served.setdefault("Channel", {})
        channel = [key_of.setdefault(name, len(key_of)) for name in names]
        self._link("OF", node, np.array(channel, np.int64))

    def _link(self, name: str, start: Rows, end: Rows, **properties: NDArray[Any]) -> None:
        self._write(name, {"a": start, "b": end, **properties})

    def _write(self, name: str, columns: Columns) -> None:
        """Start to write these rows to another file; no file for no rows."""
        if not len(next(iter(columns.values()))):
            return
        self.multiline = self.multiline or any(map(_breaks_lines, columns.values()))
        parts = self._parts.setdefault(name, [])
        file = f"{name}.{len(parts)}.csv"
        parts.append(file)
        select = _SELECT.get(name, "SELECT *")
        if name in EVENTS:
            select += "".join(f", {column}" for column in _property_names(self.properties))
        if "nanosecond" in columns and columns["nanosecond"].any():
            self._marks.add(FINER_TIMES)
            select = select.replace(_TIMED, _FINER)
        self._pending.append(self._threads.submit(_copy, dict(columns), select, self.folder / file))

    def _finish(self) -> None:
        """Wait for the pending files, so that only one batch is in memory."""
        while self._pending:
            self._pending.pop().result()


def _copy(columns: dict[str, NDArray[Any]], select: str, file: Path) -> None:
    with duckdb.connect(config={"threads": 1}) as writer:
        writer.register("columns", columns)
        writer.execute(
            f"COPY ({select} FROM columns) TO $file "
            "(FORMAT csv, HEADER false, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ')",
            {"file": str(file)},
        )


def _header(name: str) -> str:
    if name in NODES:
        # a key without a name is not stored
        return NODES[name].removeprefix("key")
    start, end, rest = LINKS[name]
    return f":START_ID({start}),:END_ID({end}){rest}"


def _instants(
    events: Touches | Conversions, rows: Rows
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return events.time[rows], events.nanosecond[rows]


def _events(events: Touches | Conversions) -> Events:
    return Events(
        events.customer.astype(np.int64),
        events.time,
        events.nanosecond,
        events.position.astype(np.int64),
        events.id,
    )


def _ids(column: StringArray | None, count: int) -> StringArray:
    return np.full(count, None, object) if column is None else column


def _property_names(properties: Mapping[str, PropertyType]) -> list[str]:
    """Names of the columns of further properties."""
    return [f"property{number}" for number in range(len(properties))]


def _property_columns(
    events: Touches | Conversions, properties: Mapping[str, PropertyType]
) -> dict[str, StringArray]:
    """Further properties of events as texts, by column."""
    found = events.properties
    if found is None:
        nothing = np.full(len(events), None, object)
        return dict.fromkeys(_property_names(properties), nothing)
    return {
        column: string_array([*(_text(one.get(name)) for one in found.combinations), None])[
            found.codes
        ]
        for column, name in zip(_property_names(properties), properties, strict=True)
    }


def _text(value: PropertyValue | None) -> str | None:
    """A value as the import reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _breaks_lines(column: NDArray[Any]) -> bool:
    if column.dtype != object:
        return False
    text = "".join(filter(None, column.tolist()))
    return "\n" in text or "\r" in text
