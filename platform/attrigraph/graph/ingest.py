"""Writes batches of facts into the graph, so that doing it twice, late or at once is safe.

A batch of whole customers is one transaction:

1. its customers are made where missing, and held until the end, so that two loaders of one customer
   take turns;
2. customers without events, the usual case, are written as they come, linked in the same statement;
3. of customers that have events the whole history is read: events that are there with the same
   content are left alone, those with other content are refused, new ones are written, and the links
   that change are replaced, so that the graph is as if all had arrived in order.

That an id belongs to another customer is not looked up, which would cost a fifth of the time: the
uniqueness constraint finds it, the transaction is rolled back and run once more with the ids looked
up. The same covers a race of two loaders for one id. Where that leaves a new customer without any
event, the transaction is rolled back as well and run without the refused events, so that no refused
row makes a customer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j.exceptions import ConstraintError, TransientError

from attrigraph.domain import NO_TIME, Categorical, Conversions, EventTable, Touches
from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.graph.columns import conversion_columns, touch_columns
from attrigraph.graph.connection import DATABASE
from attrigraph.graph.history import (
    NO_CONVERSIONS,
    NO_TOUCHES,
    Content,
    RejectedEvent,
    clocks,
    compare,
    content_of_conversions,
    content_of_touches,
    other_clock,
    other_content,
    stored_conversions,
    stored_touches,
)
from attrigraph.graph.relink import changes, converted, preceded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from neo4j import Driver, ManagedTransaction
    from numpy.typing import NDArray

    from attrigraph.graph.history import Kind
    from attrigraph.graph.relink import Events, Link

    Rows = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Record = dict[str, Any]

BATCH: Final = 5000
"""Touches a batch holds: the quickest of 2,000 to 50,000 with two writers."""

WRITERS: Final = 2
"""Threads that write at once, on disjoint buckets; more did not help."""

_TOO_LARGE: Final = {
    f"Neo.TransientError.General.{name}OutOfMemoryError"
    for name in ("", "MemoryPool", "Transaction")
}

_RACES: Final = 5
"""How often a batch is run again because an id turned up elsewhere meanwhile."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a batch: touches and conversions in = written + present + denied.

    Attributes:
        touches: touches written.
        conversions: conversions written.
        present_touches: touches that were there with the same content.
        present_conversions: conversions that were there with the same content.
        denied: events the graph refuses.
    """

    touches: int = 0
    conversions: int = 0
    present_touches: int = 0
    present_conversions: int = 0
    denied: tuple[RejectedEvent, ...] = field(default=())

    @property
    def events(self) -> int:
        """Touches and conversions, whatever became of them."""
        written = self.touches + self.conversions
        return written + self.present_touches + self.present_conversions + len(self.denied)

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            self.touches + other.touches,
            self.conversions + other.conversions,
            self.present_touches + other.present_touches,
            self.present_conversions + other.present_conversions,
            self.denied + other.denied,
        )


class _BatchTooLargeError(Exception):
    """The server's memory does not hold the transaction; a smaller one may do."""


class _BareCustomersError(Exception):
    """Customers would be made of whom every event is refused."""

    def __init__(self, customers: Flags, denied: tuple[RejectedEvent, ...]) -> None:
        """Bool ``[n_customers]``, and all refusals of the batch."""
        super().__init__(f"{customers.sum()} customers have nothing but refused events")
        self.customers = customers
        self.denied = denied


def ingest(driver: Driver, batches: Iterable[EventTable]) -> Iterator[Ingested]:
    """Write batch after batch, each in one transaction, and say what became of each.

    Args:
        driver: an open driver; its errors are passed on as they are.
        batches: whole customers each.

    Raises:
        StoreError: one customer alone has more events than the server's memory holds.
    """
    for event_table in batches:
        yield ingest_batch(driver, event_table)


def ingest_batch(driver: Driver, event_table: EventTable) -> Ingested:
    """Write one batch in one transaction, or in several where the server's memory asks for it.

    Raises:
        StoreError: one customer alone has more events than the server's memory holds.
    """
    try:
        return _write(driver, event_table)
    except _BatchTooLargeError as error:
        n = len(event_table.customers)
        if n < 2:
            events = len(event_table.touches) + len(event_table.conversions)
            raise StoreError(
                f"one customer has {events:,} events in these files, more than Neo4j's memory "
                "holds in one transaction; give it a larger heap, or check the files' customer ids"
            ) from error
        return ingest_batch(driver, part(event_table, 0, n // 2)) + ingest_batch(
            driver, part(event_table, n // 2, n)
        )


def part(event_table: EventTable, lo: int, hi: int) -> EventTable:
    """The customers ``lo`` to ``hi`` (without) with their events."""
    return EventTable(
        event_table.customers[lo:hi],
        event_table.bucket[lo:hi],
        _touches_at(event_table.touches, _rows_of(event_table.touches, lo, hi), first_customer=lo),
        _conversions_at(
            event_table.conversions, _rows_of(event_table.conversions, lo, hi), first_customer=lo
        ),
    )


def _write(driver: Driver, event_table: EventTable) -> Ingested:
    # once an id turned out to be somewhere else, all ids are looked up
    for attempt in range(_RACES):
        try:
            with driver.session(database=DATABASE) as session:
                return session.execute_write(_work, event_table, look_up=attempt > 0)
        except ConstraintError:
            if attempt == _RACES - 1:
                raise
        except _BareCustomersError as error:
            return _write(driver, _without(event_table, error)) + Ingested(denied=error.denied)
        except TransientError as error:
            _halve_if_too_large(error)
            raise
    raise AssertionError("the loop returns or raises")


def _work(transaction: ManagedTransaction, event_table: EventTable, *, look_up: bool) -> Ingested:
    try:
        return _Batch(transaction, event_table).write(look_up=look_up)
    except TransientError as error:
        # left to the driver, it would be repeated in vain
        _halve_if_too_large(error)
        raise


def _halve_if_too_large(error: TransientError) -> None:
    if error.code in _TOO_LARGE:
        raise _BatchTooLargeError from error


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """One batch within its transaction."""

    transaction: ManagedTransaction
    events: EventTable

    def run(self, name: str, parameters: Mapping[str, Any]) -> Record:
        """Run one statement of ``cypher/ingest``; its one record, empty when it returns none."""
        result = self.transaction.run(query(f"ingest/{name}").text, dict(parameters))
        record = result.single()
        return {} if record is None else dict(record)

    def write(self, *, look_up: bool) -> Ingested:
        """All of it."""
        known = self.claim()
        stored = self.history(np.flatnonzero(known))
        given_touches = content_of_touches(self.events.touches)
        given_conversions = content_of_conversions(self.events.conversions)
        touches = self.judge(given_touches, stored, look_up=look_up)
        conversions = self.judge(given_conversions, stored, look_up=look_up)
        self.refuse_bare(touches, conversions, known)
        self.create(touches.new, conversions.new, known)
        self.link(
            given_touches.events.take(touches.new),
            given_conversions.events.take(conversions.new),
            stored,
            known,
        )
        return Ingested(
            touches=len(touches.new),
            conversions=len(conversions.new),
            present_touches=touches.present,
            present_conversions=conversions.present,
            denied=touches.denied + conversions.denied,
        )

    def claim(self) -> Flags:
        """Make and hold the customers; bool ``[n_customers]``: which have events."""
        parameters = {"customer": self.events.customers.tolist(), "bucket": self.events.bucket}
        known = np.zeros(len(self.events.customers), bool)
        known[self.run("claim_customers", parameters)["known"]] = True
        return known

    def history(self, customers: Rows) -> _History:
        """The events that the graph holds of some customers; asks nothing when there are none."""
        if not len(customers):
            return _History(NO_TOUCHES, NO_CONVERSIONS)
        parameters = {"customer": self.events.customers[customers].tolist(), "noTime": NO_TIME}
        return _History(
            stored_touches(self.run("read_touches", parameters), customers),
            stored_conversions(self.run("read_conversions", parameters), customers),
        )

    def judge(self, given: Content, stored: _History, *, look_up: bool) -> _Verdict:
        """Tell the new events from those that are there and those that are refused."""
        same_kind = stored.touches if given.kind == "touch" else stored.conversions
        comparison = compare(given, same_kind)
        clock = clocks(
            len(self.events.customers), (stored.touches.events, stored.conversions.events)
        )
        denied = other_clock(given, clock) | comparison.denied
        new = ~comparison.equal
        new[list(denied)] = False
        if look_up:
            denied |= self.elsewhere(given, new)
            new[list(denied)] = False
        return _Verdict(np.flatnonzero(new), int(comparison.equal.sum()), tuple(denied.values()))

    def elsewhere(self, given: Content, new: Flags) -> dict[int, RejectedEvent]:
        """By row, the refusals of new events whose ids belong to other customers' events."""
        row_of = {given.events.id[row]: row for row in np.flatnonzero(new).tolist()}
        taken = self.run(f"known_{given.kind}_ids", {"id": list(row_of)})["id"]
        return {row_of[key]: other_content(given.kind, key, ["customer"]) for key in taken}

    def refuse_bare(self, touches: _Verdict, conversions: _Verdict, known: Flags) -> None:
        """Stop where customers who had no event would be made and get none.

        Raises:
            _BareCustomersError: there are some.
        """
        denied = touches.denied + conversions.denied
        if not denied:
            return
        given, new = np.zeros(len(known), bool), known.copy()
        for events, verdict in (
            (self.events.touches, touches),
            (self.events.conversions, conversions),
        ):
            given[events.customer] = True
            new[events.customer[verdict.new]] = True
        if (given & ~new).any():
            raise _BareCustomersError(given & ~new, denied)

    def create(self, touches: Rows, conversions: Rows, known: Flags) -> None:
        """Write new events; the touches of customers without a history are linked at once."""
        event_table = self.events
        if len(touches):
            new = _touches_at(event_table.touches, touches)
            begins = known[new.customer]  # with a history, each touch is a run of its own
            begins[0] = True
            begins[1:] |= new.customer[1:] != new.customer[:-1]
            runs = np.flatnonzero(begins)
            self.run("create_touches", touch_columns(new, event_table.customers, runs))
        if len(conversions):
            made = _conversions_at(event_table.conversions, conversions)
            self.run("create_conversions", conversion_columns(made, event_table.customers))

    def link(self, touches: Events, conversions: Events, stored: _History, known: Flags) -> None:
        """Replace the links that new events change, and add those that they bring."""
        late = touches.take(np.flatnonzero(known[touches.customer]))
        if len(late):
            before = stored.touches.events
            self.relink("touches", *changes(preceded(before), preceded(before + late)))
        if len(late) or len(conversions):
            before, made = stored.touches.events, stored.conversions.events
            after = converted(before + touches, made + conversions)
            self.relink("conversions", *changes(converted(before, made), after))

    def relink(self, what: str, gone: list[str], come: list[Link]) -> None:
        """Delete the links from touches, or to conversions, of those ids; then create others."""
        if gone:
            self.run(f"unlink_{what}", {"id": gone})
        if come:
            start, end, delta = (list(column) for column in zip(*come, strict=True))
            self.run(f"link_{what}", {"from": start, "to": end, "delta": delta})


@dataclass(frozen=True, slots=True, eq=False)
class _History:
    """What the graph holds of the customers of a batch."""

    touches: Content
    conversions: Content


@dataclass(frozen=True, slots=True, eq=False)
class _Verdict:
    """What is to become of the given events of one kind.

    Attributes:
        new: rows to be written.
        present: how many are there already.
        denied: those that are refused.
    """

    new: Rows
    present: int
    denied: tuple[RejectedEvent, ...]


def _without(event_table: EventTable, bare: _BareCustomersError) -> EventTable:
    """The facts without refused events, and without the customers who have no others."""
    keep = ~bare.customers
    place = np.cumsum(keep, dtype=np.int32) - np.int32(1)
    touches = _touches_at(
        event_table.touches, _rows_left(event_table.touches, "touch", bare.denied)
    )
    conversions = _conversions_at(
        event_table.conversions, _rows_left(event_table.conversions, "conversion", bare.denied)
    )
    return EventTable(
        event_table.customers[keep],
        event_table.bucket[keep],
        replace(touches, customer=place[touches.customer]),
        replace(conversions, customer=place[conversions.customer]),
    )


def _rows_left(events: Touches | Conversions, kind: Kind, denied: Iterable[RejectedEvent]) -> Rows:
    refused = {one.id for one in denied if one.kind == kind}
    return np.flatnonzero(np.array([name not in refused for name in events.id], dtype=bool))


def _rows_of(events: Touches | Conversions, lo: int, hi: int) -> Rows:
    """The rows of the customers ``lo`` to ``hi`` (without); rows are sorted by customer."""
    first, end = np.searchsorted(events.customer, [lo, hi])
    return np.arange(first, end)


def _touches_at(touches: Touches, rows: Rows, *, first_customer: int = 0) -> Touches:
    return Touches(
        id=touches.id[rows],
        customer=touches.customer[rows] - np.int32(first_customer),
        time=touches.time[rows],
        position=touches.position[rows],
        kind=_coded_at(touches.kind, rows),
        channel=_coded_at(touches.channel, rows),
        campaign=_coded_at(touches.campaign, rows),
        creative=_coded_at(touches.creative, rows),
        cost=touches.cost[rows],
    )


def _conversions_at(
    conversions: Conversions, rows: Rows, *, first_customer: int = 0
) -> Conversions:
    return Conversions(
        id=conversions.id[rows],
        customer=conversions.customer[rows] - np.int32(first_customer),
        time=conversions.time[rows],
        position=conversions.position[rows],
        kind=_coded_at(conversions.kind, rows),
        value=conversions.value[rows],
    )


def _coded_at(column: Categorical, rows: Rows) -> Categorical:
    return Categorical(column.keys, column.codes[rows])
