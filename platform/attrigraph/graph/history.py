"""What the graph holds of some customers, and how new events compare with it."""

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

Kind = Literal["touch", "conversion"]

_MIXED: Final = {
    True: "order-in-graph: it has a time, and the customer's events in the graph have none",
    False: "order-in-graph: it has no time, and the customer's events in the graph have times",
}

UNKNOWN_COST: Final = -1.0
"""Stands for a missing cost where costs are compared; given costs are not negative."""


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that the graph refuses.

    Attributes:
        kind: touch or conversion.
        id: its id.
        reason: the name of the reason, a colon, and a sentence.
    """

    kind: Kind
    id: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Events with all that makes up their content, as comparable columns of length n.

    Attributes:
        kind: touches or conversions.
        events: whose they are and their order.
        columns: by the word that people know them by, values of each; '' and -1 where missing.
    """

    kind: Kind
    events: Events
    columns: Mapping[str, NDArray[Any]]


def content_of_touches(touches: Touches) -> Content:
    """Touches as they can be compared with those of the graph."""
    events = Events(
        touches.customer.astype(np.int64),
        touches.time,
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
    """Conversions as they can be compared with those of the graph."""
    events = Events(
        conversions.customer.astype(np.int64),
        conversions.time,
        conversions.position.astype(np.int64),
        conversions.id,
    )
    columns = {"kind": _spelled(conversions.kind), "value": conversions.value}
    return Content("conversion", events, columns)


def stored_touches(record: Mapping[str, Any], customers: Rows) -> Content:
    """The answer of ``ingest/read_touches`` for the customers of those rows."""
    columns = {
        "kind": _texts(record["kind"]),
        "channel": _texts(record["channel"]),
        "cost": np.array(record["cost"], np.float64),
        "creative, campaign or channel served": _texts(record["served"]),
    }
    return Content("touch", _stored_events(record, customers), columns)


def stored_conversions(record: Mapping[str, Any], customers: Rows) -> Content:
    """The answer of ``ingest/read_conversions`` for the customers of those rows."""
    columns = {"kind": _texts(record["kind"]), "value": np.array(record["value"], np.float64)}
    return Content("conversion", _stored_events(record, customers), columns)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How given events stand to stored ones.

    Attributes:
        equal: bool ``[n]``: which are stored already, with the same content.
        denied: by row, those whose id is stored with other content.
    """

    equal: Flags
    denied: dict[int, RejectedEvent]


def compare(given: Content, stored: Content) -> Comparison:
    """Look given events up among stored ones by their ids, and compare their contents."""
    place = {key: row for row, key in enumerate(stored.events.id)}
    match = np.array([place.get(key, -1) for key in given.events.id], np.int64)
    differs = _differences(given, stored, match)
    other = np.logical_or.reduce(list(differs.values()))
    denied = {}
    for row in np.flatnonzero(other).tolist():
        words = [word for word, column in differs.items() if column[row]]
        denied[row] = other_content(given.kind, given.events.id[row], words)
    return Comparison((match >= 0) & ~other, denied)


def _differences(given: Content, stored: Content, match: Rows) -> dict[str, Flags]:
    """By word, bool ``[n]``: which given events differ there from the stored one of their id."""
    pairs = {
        "customer": (given.events.customer, stored.events.customer),
        "time": (given.events.time, stored.events.time),
        "position": (given.events.position, stored.events.position),
        **{word: (column, stored.columns[word]) for word, column in given.columns.items()},
    }
    rows = np.flatnonzero(match >= 0)
    differs: dict[str, Flags] = {}
    for word, (ours, theirs) in pairs.items():
        differs[word] = np.zeros(len(match), bool)
        differs[word][rows] = ours[rows] != theirs[match[rows]]
    return differs


def other_content(kind: Kind, key: str, words: Sequence[str]) -> RejectedEvent:
    """The refusal of an event whose id (key) the graph holds with other content in those words."""
    listed = ", ".join(words)
    return RejectedEvent(
        kind, key, f"other-content-in-graph: the graph holds {kind} {key!r} with another {listed}"
    )


def clocks(n: int, stored: Iterable[Events]) -> NDArray[np.int8]:
    """By customer ``[n]``: 1 where stored events have times, 0 where not, -1 where none are."""
    answer = np.full(n, -1, np.int8)
    for events in stored:
        answer[events.customer] = events.time != NO_TIME
    return answer


def other_clock(given: Content, clock: NDArray[np.int8]) -> dict[int, RejectedEvent]:
    """By row, the given events that cannot be put in order with their customer's stored ones."""
    theirs = clock[given.events.customer]
    timed = given.events.time != NO_TIME
    return {
        row: RejectedEvent(given.kind, given.events.id[row], _MIXED[bool(timed[row])])
        for row in np.flatnonzero((theirs >= 0) & (theirs != timed)).tolist()
    }


def _stored_events(record: Mapping[str, Any], customers: Rows) -> Events:
    return Events(
        customers[np.array(record["customer"], np.int64)],
        np.array(record["time"], np.int64),
        np.array(record["position"], np.int64),
        _texts(record["id"]),
    )


def _spelled(column: Categorical) -> StringArray:
    return np.array([*column.keys, ""], dtype=object)[column.codes]


def _texts(values: Sequence[str]) -> StringArray:
    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts


_COLUMNS: Final = "customer id time position kind channel cost served value"
_NOTHING: Final[dict[str, list[Any]]] = {name: [] for name in _COLUMNS.split()}
NO_TOUCHES: Final = stored_touches(_NOTHING, np.empty(0, np.int64))
"""No touches at all."""

NO_CONVERSIONS: Final = stored_conversions(_NOTHING, np.empty(0, np.int64))
"""No conversions at all."""
