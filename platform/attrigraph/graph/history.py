"""The stored events of some customers, and how incoming events compare with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from attrigraph.domain import NO_TIME
from attrigraph.graph.columns import served
from attrigraph.graph.relink import Events

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import Categorical, Conversions, StringArray, Touches

    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]

Kind = Literal["touch", "conversion", "refund", "order line"]

_MIXED: Final = {
    True: "order-in-graph: it has a time, but the customer's events in the graph have none",
    False: "order-in-graph: it has no time, but the customer's events in the graph have times",
}

UNKNOWN_COST: Final = -1.0
"""Represents a missing cost where costs are compared; costs in files are not negative."""


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that contradicts the graph.

    Attributes:
        kind: touch, conversion, refund or order line.
        id: its id.
        reason: the name of the reason, a colon, and an explanation.
    """

    kind: Kind
    id: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The full content of events, as comparable columns of length n.

    Attributes:
        kind: touches or conversions.
        events: their customers and their order.
        columns: values by display name; '' and -1 where missing.
    """

    kind: Kind
    events: Events
    columns: Mapping[str, NDArray[Any]]


def content_of_touches(touches: Touches) -> Content:
    """The content of incoming touches."""
    events = Events(
        touches.customer.astype(np.int64),
        touches.time,
        touches.nanosecond,
        touches.position.astype(np.int64),
        touches.id,
    )
    columns = {
        "kind": _spelled(touches.kind),
        "channel": _spelled(touches.channel),
        "cost": np.where(np.isnan(touches.cost), UNKNOWN_COST, touches.cost),
        "creative, campaign or channel served": served(touches).text,
    }
    return Content("touch", events, columns)


def content_of_conversions(conversions: Conversions) -> Content:
    """The content of incoming conversions."""
    events = Events(
        conversions.customer.astype(np.int64),
        conversions.time,
        conversions.nanosecond,
        conversions.position.astype(np.int64),
        conversions.id,
    )
    columns = {"kind": _spelled(conversions.kind), "value": conversions.value}
    return Content("conversion", events, columns)


def stored_touches(record: Mapping[str, Any], customers: Rows) -> Content:
    """The content of stored touches: a record of ``ingest/read_touches`` for these customers."""
    columns = {
        "kind": _texts(record["kind"]),
        "channel": _texts(record["channel"]),
        "cost": np.array(record["cost"], np.float64),
        "creative, campaign or channel served": _texts(record["served"]),
    }
    return Content("touch", _stored_events(record, customers), columns)


def stored_conversions(record: Mapping[str, Any], customers: Rows) -> Content:
    """The content of stored conversions, from ``ingest/read_conversions`` for these customers."""
    columns = {"kind": _texts(record["kind"]), "value": np.array(record["value"], np.float64)}
    return Content("conversion", _stored_events(record, customers), columns)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Incoming events compared with stored ones.

    Attributes:
        equal: mask ``[n]`` of those stored already with the same content.
        merged: mask ``[n]`` of those of them that differ in this: either the row or the stored
            conversion has no value.
        rejected: by row, those whose id is stored with different content.
    """

    equal: Flags
    merged: Flags
    rejected: dict[int, RejectedEvent]


def compare(incoming: Content, stored: Content) -> Comparison:
    """Look incoming events up among stored ones by id, and compare their contents."""
    row_of = {key: row for row, key in enumerate(stored.events.id)}
    match = np.array([row_of.get(key, -1) for key in incoming.events.id], np.int64)
    differs = _differences(incoming, stored, match)
    merged = _without_value(incoming, stored, match, differs)
    different = np.logical_or.reduce(list(differs.values()))
    rejected = {}
    for row in np.flatnonzero(different).tolist():
        names = [name for name, column in differs.items() if column[row]]
        rejected[row] = other_content(incoming.kind, incoming.events.id[row], names)
    equal = (match >= 0) & ~different
    return Comparison(equal, equal & merged, rejected)


def _without_value(
    incoming: Content, stored: Content, match: Rows, differs: dict[str, Flags]
) -> Flags:
    """Conversions that differ in the value because one of the two has none; these values agree."""
    bare = np.zeros(len(match), bool)
    if incoming.kind == "conversion":
        rows = np.flatnonzero(differs["value"])
        new, old = incoming.columns["value"][rows], stored.columns["value"][match[rows]]
        bare[rows] = (new == 0) | (old == 0)
        differs["value"] &= ~bare
    return bare


def _differences(incoming: Content, stored: Content, match: Rows) -> dict[str, Flags]:
    """By column name, a mask ``[n]`` of events that differ from the stored one with their id."""
    pairs = {
        "customer": (incoming.events.customer, stored.events.customer),
        "time": (incoming.events.time, stored.events.time),
        "position": (incoming.events.position, stored.events.position),
        **{name: (column, stored.columns[name]) for name, column in incoming.columns.items()},
    }
    rows = np.flatnonzero(match >= 0)
    differs: dict[str, Flags] = {}
    for name, (new, old) in pairs.items():
        differs[name] = np.zeros(len(match), bool)
        differs[name][rows] = new[rows] != old[match[rows]]
    finer = stored.events.nanosecond[match[rows]]
    # graphs loaded by version 0.1.0 have times in milliseconds
    differs["time"][rows] |= (finer > 0) & (incoming.events.nanosecond[rows] != finer)
    return differs


def other_content(kind: Kind, key: str, columns: Sequence[str]) -> RejectedEvent:
    """The rejection of an event whose id (key) is stored with other values in these columns."""
    listed = ", ".join(columns)
    return RejectedEvent(
        kind, key, f"other-content-in-graph: the graph has {kind} {key!r} with another {listed}"
    )


def clocks(n: int, stored: Iterable[Events]) -> NDArray[np.int8]:
    """By customer ``[n]``: 1 if stored events have times, 0 if not, -1 without stored events."""
    clock = np.full(n, -1, np.int8)
    for events in stored:
        clock[events.customer] = events.time != NO_TIME
    return clock


def other_clock(incoming: Content, clock: NDArray[np.int8]) -> dict[int, RejectedEvent]:
    """By row, the rejected events that cannot be ordered among their customer's stored ones."""
    stored = clock[incoming.events.customer]
    timed = incoming.events.time != NO_TIME
    return {
        row: RejectedEvent(incoming.kind, incoming.events.id[row], _MIXED[bool(timed[row])])
        for row in np.flatnonzero((stored >= 0) & (stored != timed)).tolist()
    }


def _stored_events(record: Mapping[str, Any], customers: Rows) -> Events:
    return Events(
        customers[np.array(record["customer"], np.int64)],
        np.array(record["time"], np.int64),
        np.array(record["nanosecond"], np.int32),
        np.array(record["position"], np.int64),
        _texts(record["id"]),
    )


def _spelled(column: Categorical) -> StringArray:
    return np.array([*column.keys, ""], dtype=object)[column.codes]


def _texts(values: Sequence[str]) -> StringArray:
    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts


_COLUMNS: Final = "customer id time nanosecond position kind channel cost served value"
_NOTHING: Final[dict[str, list[Any]]] = {name: [] for name in _COLUMNS.split()}
NO_TOUCHES: Final = stored_touches(_NOTHING, np.empty(0, np.int64))
"""No stored touches."""

NO_CONVERSIONS: Final = stored_conversions(_NOTHING, np.empty(0, np.int64))
"""No stored conversions."""
