"""Writes batches of events into the graph; repeated, late and concurrent loads are safe.

A batch of whole customers is one transaction:

1. Missing customers are created. All customers of the batch stay locked until the end, so that two
   loaders of one customer run one after the other.
2. Customers without stored events, the usual case, are written and linked in the same statement.
3. For customers with stored events the whole history is read. Events that are stored with the same
   content are left alone, those with different content are rejected, and new ones are written. A
   conversion that the graph has without a value gets that of its row, and events get further
   properties. Links that change are replaced, so that the graph is the same as after a load in
   order.

Whether an id belongs to another customer is not looked up, because that would cost a fifth of the
time. The uniqueness constraint detects it; the transaction is then rolled back and repeated with
the ids looked up. The same covers a race of two loaders for one id. Where that leaves a new
customer without any event, the transaction is rolled back too and repeated without the rejected
events, so that no rejected row creates a customer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from neo4j.exceptions import ConstraintError, TransientError

from attrigraph.domain import NO_TIME, EventTable
from attrigraph.domain.event_slices import rows_of
from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.graph.columns import conversion_columns, touch_columns
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
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from neo4j import Driver, ManagedTransaction
    from numpy.typing import NDArray

    from attrigraph.domain import Conversions, Touches
    from attrigraph.graph.history import Kind
    from attrigraph.graph.relink import Events, Link

    Rows = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Record = dict[str, Any]

BATCH: Final = 5000
"""Touches per batch: the fastest size between 2,000 and 50,000 with two writers."""

WRITERS: Final = 2
"""Threads that write at the same time, on disjoint buckets; more were not faster."""

_TOO_LARGE: Final = {
    f"Neo.TransientError.General.{name}OutOfMemoryError"
    for name in ("", "MemoryPool", "Transaction")
}

_RACES: Final = 5
"""How often a batch is tried when its ids appear elsewhere in the meantime."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """The outcome of a batch: touches and conversions in = written + present + merged + rejected.

    Attributes:
        touches: touches written.
        conversions: conversions written.
        present_touches: touches that were stored already with the same content.
        present_conversions: conversions that were stored already with the same content.
        rejected: events that contradict the graph.
        moved_touches: stored touches that a link of ids gave to another customer; not of the batch.
        moved_conversions: stored conversions of which the same is true.
        merged_conversions: conversions of which either the row or the graph had no value.
    """

    touches: int = 0
    conversions: int = 0
    present_touches: int = 0
    present_conversions: int = 0
    rejected: tuple[RejectedEvent, ...] = field(default=())
    moved_touches: int = 0
    moved_conversions: int = 0
    merged_conversions: int = 0

    @property
    def events(self) -> int:
        """All touches and conversions of the batch, whatever their outcome."""
        written = self.touches + self.conversions
        known = self.present_touches + self.present_conversions + self.merged_conversions
        return written + known + len(self.rejected)

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            self.touches + other.touches,
            self.conversions + other.conversions,
            self.present_touches + other.present_touches,
            self.present_conversions + other.present_conversions,
            self.rejected + other.rejected,
            self.moved_touches + other.moved_touches,
            self.moved_conversions + other.moved_conversions,
            self.merged_conversions + other.merged_conversions,
        )


class BatchTooLargeError(Exception):
    """The transaction exceeds the server's memory; a smaller one may fit."""


class _BareCustomersError(Exception):
    """Customers would be created although all their events are rejected."""

    def __init__(self, customers: Flags, rejected: tuple[RejectedEvent, ...]) -> None:
        """Take a mask ``[n_customers]`` and all rejected events of the batch."""
        super().__init__(f"{customers.sum()} customers have only rejected events")
        self.customers = customers
        self.rejected = rejected


def ingest(
    driver: Driver, batches: Iterable[EventTable], *, load: int | None = None
) -> Iterator[Ingested]:
    """Write the batches, each in one transaction, and yield the outcome of each.

    Args:
        driver: an open driver; its errors are not translated.
        batches: each with whole customers.
        load: number of the load that brings them; None for none.

    Raises:
        StoreError: the events of one single customer exceed the server's memory.
    """
    for event_table in batches:
        yield ingest_batch(driver, event_table, load=load)


def ingest_batch(driver: Driver, event_table: EventTable, *, load: int | None = None) -> Ingested:
    """Write one batch in one transaction, or in several if the server's memory is too small.

    Args:
        driver: an open driver.
        event_table: whole customers.
        load: number of the load that brings them; None for none.

    Raises:
        StoreError: the events of one single customer exceed the server's memory.
    """
    try:
        return _write(driver, event_table, load)
    except BatchTooLargeError as error:
        n = len(event_table.customers)
        if n < 2:
            events = len(event_table.touches) + len(event_table.conversions)
            raise StoreError(
                f"one customer has {events:,} events in these files, more than Neo4j's memory "
                "holds in one transaction; give it a larger heap, or check the files' customer ids"
            ) from error
        halves = (0, n // 2), (n // 2, n)
        first, second = (slice_customers(event_table, *half) for half in halves)
        return ingest_batch(driver, first, load=load) + ingest_batch(driver, second, load=load)


def slice_customers(event_table: EventTable, lo: int, hi: int) -> EventTable:
    """Customers ``lo`` to ``hi`` (exclusive) with their events."""
    return EventTable(
        event_table.customers[lo:hi],
        event_table.bucket[lo:hi],
        rows_of(event_table.touches, _of_customers(event_table.touches, lo, hi), lo),
        rows_of(event_table.conversions, _of_customers(event_table.conversions, lo, hi), lo),
    )


def _write(driver: Driver, event_table: EventTable, load: int | None) -> Ingested:
    # ids are looked up from the second attempt on
    for attempt in range(_RACES):
        try:
            with driver.session(database=DATABASE) as session:
                return session.execute_write(_work, event_table, load, look_up=attempt > 0)
        except ConstraintError:
            if attempt == _RACES - 1:
                raise
        except _BareCustomersError as error:
            left = _write(driver, _without(event_table, error), load)
            return left + Ingested(rejected=error.rejected)
        except TransientError as error:
            check_size_error(error)
            raise
    raise AssertionError("the loop returns or raises")


def _work(
    transaction: ManagedTransaction, event_table: EventTable, load: int | None, *, look_up: bool
) -> Ingested:
    try:
        return _Batch(transaction, event_table, load).write(look_up=look_up)
    except TransientError as error:
        # the driver would repeat it with the same result
        check_size_error(error)
        raise


def check_size_error(error: TransientError) -> None:
    """Raise ``BatchTooLargeError`` for an error of too little memory."""
    if error.code in _TOO_LARGE:
        raise BatchTooLargeError from error


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """One batch within its transaction."""

    transaction: ManagedTransaction
    events: EventTable
    load: int | None

    def run(self, name: str, parameters: Mapping[str, Any]) -> Record:
        """Run one statement of ``cypher/ingest``; its only record, or {} if it returns none."""
        result = self.transaction.run(query(f"ingest/{name}").text, dict(parameters))
        record = result.single()
        return {} if record is None else dict(record)

    def write(self, *, look_up: bool) -> Ingested:
        """Write and link all events that the graph does not have yet."""
        has_history = self.claim()
        stored = self.history(np.flatnonzero(has_history))
        incoming_touches = content_of_touches(self.events.touches)
        incoming_conversions = content_of_conversions(self.events.conversions)
        touches = self.classify(incoming_touches, stored, look_up=look_up)
        conversions = self.classify(incoming_conversions, stored, look_up=look_up)
        self.check_bare_customers(touches, conversions, has_history)
        self.create(touches.new, conversions.new, has_history)
        self.fill_values(conversions.merged)
        self.add_properties(
            touches.present, np.concatenate([conversions.present, conversions.merged])
        )
        self.link(
            incoming_touches.events.take(touches.new),
            incoming_conversions.events.take(conversions.new),
            stored,
            has_history,
        )
        return Ingested(
            touches=len(touches.new),
            conversions=len(conversions.new),
            present_touches=len(touches.present),
            present_conversions=len(conversions.present),
            rejected=touches.rejected + conversions.rejected,
            merged_conversions=len(conversions.merged),
        )

    def claim(self) -> Flags:
        """Create and lock the customers; a mask ``[n_customers]`` of those that have events."""
        parameters = {"customer": self.events.customers.tolist(), "bucket": self.events.bucket}
        has_history = np.zeros(len(self.events.customers), bool)
        has_history[self.run("claim_customers", parameters)["withEvents"]] = True
        return has_history

    def history(self, customers: Rows) -> _History:
        """The stored events of some customers; no query if there are no customers."""
        if not len(customers):
            return _History(NO_TOUCHES, NO_CONVERSIONS)
        parameters = {"customer": self.events.customers[customers].tolist(), "noTime": NO_TIME}
        return _History(
            stored_touches(self.run("read_touches", parameters), customers),
            stored_conversions(self.run("read_conversions", parameters), customers),
        )

    def classify(self, incoming: Content, stored: _History, *, look_up: bool) -> _Classified:
        """Separate the new events from those that are stored already or rejected."""
        same_kind = stored.touches if incoming.kind == "touch" else stored.conversions
        comparison = compare(incoming, same_kind)
        clock = clocks(
            len(self.events.customers), (stored.touches.events, stored.conversions.events)
        )
        rejected = other_clock(incoming, clock) | comparison.rejected
        new = ~comparison.equal
        new[list(rejected)] = False
        if look_up:
            rejected |= self.owned_by_others(incoming, new)
            new[list(rejected)] = False
        return _Classified(
            np.flatnonzero(new),
            np.flatnonzero(comparison.equal & ~comparison.merged),
            np.flatnonzero(comparison.merged),
            tuple(rejected.values()),
        )

    def owned_by_others(self, incoming: Content, new: Flags) -> dict[int, RejectedEvent]:
        """By row, the rejected new events whose ids belong to events of other customers."""
        row_of = {incoming.events.id[row]: row for row in np.flatnonzero(new).tolist()}
        taken = self.run(f"known_{incoming.kind}_ids", {"id": list(row_of)})["id"]
        return {row_of[key]: other_content(incoming.kind, key, ["customer"]) for key in taken}

    def check_bare_customers(
        self, touches: _Classified, conversions: _Classified, has_history: Flags
    ) -> None:
        """Check that no customer is created whose events are all rejected.

        Raises:
            _BareCustomersError: there is one.
        """
        rejected = touches.rejected + conversions.rejected
        if not rejected:
            return
        in_batch, keeps_events = np.zeros(len(has_history), bool), has_history.copy()
        for events, classified in (
            (self.events.touches, touches),
            (self.events.conversions, conversions),
        ):
            in_batch[events.customer] = True
            keeps_events[events.customer[classified.new]] = True
        bare = in_batch & ~keeps_events
        if bare.any():
            raise _BareCustomersError(bare, rejected)

    def create(self, touches: Rows, conversions: Rows, has_history: Flags) -> None:
        """Write new events, and link the touches of customers without a history."""
        event_table = self.events
        if event_table.touches.nanosecond.any() or event_table.conversions.nanosecond.any():
            self.run("mark_finer_times", {})
        if event_table.touches.cost_share is not None:
            self.run("mark_cost_shares", {})
        if len(touches):
            new = rows_of(event_table.touches, touches)
            begins = has_history[new.customer]  # with a history, each touch is its own run
            begins[0] = True
            begins[1:] |= new.customer[1:] != new.customer[:-1]
            runs = np.flatnonzero(begins)
            columns = touch_columns(new, event_table.customers, runs)
            self.run("create_touches", {**columns, "load": self.load})
        if len(conversions):
            new_conversions = rows_of(event_table.conversions, conversions)
            columns = conversion_columns(new_conversions, event_table.customers)
            self.run("create_conversions", {**columns, "load": self.load})

    def fill_values(self, merged: Rows) -> None:
        """Store the values of conversions that the graph has without one."""
        conversions = self.events.conversions
        rows = merged[conversions.value[merged] > 0]
        if len(rows):
            values = zip(conversions.id[rows], conversions.value[rows].tolist(), strict=True)
            filled = [{"id": key, "value": one} for key, one in values]
            self.run("fill_values", {"rows": filled, "load": self.load})

    def add_properties(self, touches: Rows, conversions: Rows) -> None:
        """Give stored events further properties that their rows have."""
        rows = {
            "touches": list(_with_properties(self.events.touches, touches)),
            "conversions": list(_with_properties(self.events.conversions, conversions)),
        }
        if any(rows.values()):
            self.run("add_properties", rows)

    def link(
        self, touches: Events, conversions: Events, stored: _History, has_history: Flags
    ) -> None:
        """Replace the links that new events change, and add the new ones."""
        late = touches.take(np.flatnonzero(has_history[touches.customer]))
        if len(late):
            before = stored.touches.events
            self.relink("touches", *changes(preceded(before), preceded(before + late)))
        if len(late) or len(conversions):
            before, converting = stored.touches.events, stored.conversions.events
            after = converted(before + touches, converting + conversions)
            self.relink("conversions", *changes(converted(before, converting), after))
        self.link_repeats(conversions, stored.conversions.events)

    def link_repeats(self, new: Events, stored: Events) -> None:
        """Link the conversions again of customers who have new ones and several in all."""
        count = len(self.events.customers)
        added = np.bincount(new.customer, minlength=count)
        several = added + np.bincount(stored.customer, minlength=count) > 1
        customers = self.events.customers[(added > 0) & several]
        if len(customers):
            self.run("link_repeats", {"customer": customers.tolist()})

    def relink(self, what: str, removed: list[str], added: list[Link]) -> None:
        """Delete the links from these touches, or to these conversions, and create new ones."""
        if removed:
            self.run(f"unlink_{what}", {"id": removed})
        if added:
            start, end, delta = (list(column) for column in zip(*added, strict=True))
            self.run(f"link_{what}", {"from": start, "to": end, "delta": delta})


@dataclass(frozen=True, slots=True, eq=False)
class _History:
    """The stored events of the customers of a batch."""

    touches: Content
    conversions: Content


@dataclass(frozen=True, slots=True, eq=False)
class _Classified:
    """The incoming events of one kind by what happens to them.

    Attributes:
        new: rows to write.
        present: rows that are stored already.
        merged: rows of conversions of which either the row or the graph has no value.
        rejected: those that contradict the graph.
    """

    new: Rows
    present: Rows
    merged: Rows
    rejected: tuple[RejectedEvent, ...]


def _with_properties(events: Touches | Conversions, rows: Rows) -> Iterator[Record]:
    """The further properties of those of some events that have any, with their ids."""
    if events.properties is not None:
        known = events.properties.combinations
        codes = events.properties.codes[rows].tolist()
        for key, code in zip(events.id[rows], codes, strict=True):
            if code >= 0 and known[code]:
                yield {"id": key, "properties": dict(known[code])}


def _without(event_table: EventTable, bare: _BareCustomersError) -> EventTable:
    """The events without rejected ones, and without the customers who have no others."""
    kept = ~bare.customers
    new_row = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    touches = rows_of(event_table.touches, _left(event_table.touches, "touch", bare.rejected))
    conversions = rows_of(
        event_table.conversions, _left(event_table.conversions, "conversion", bare.rejected)
    )
    return EventTable(
        event_table.customers[kept],
        event_table.bucket[kept],
        replace(touches, customer=new_row[touches.customer]),
        replace(conversions, customer=new_row[conversions.customer]),
    )


def _left(events: Touches | Conversions, kind: Kind, rejected: Iterable[RejectedEvent]) -> Flags:
    """Which events are not rejected."""
    rejected_ids = {event.id for event in rejected if event.kind == kind}
    return np.array([name not in rejected_ids for name in events.id], dtype=bool)


def _of_customers(events: Touches | Conversions, lo: int, hi: int) -> slice:
    """The rows of customers ``lo`` to ``hi`` (exclusive); rows are sorted by customer."""
    first, end = np.searchsorted(events.customer, [lo, hi])
    return slice(first, end)
