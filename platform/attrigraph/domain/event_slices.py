"""Event tables cut into smaller ones of whole customers."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from attrigraph.domain.columns import N_BUCKETS, Categorical
from attrigraph.domain.events import Conversions, EventTable, Touches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Rows

    Mask = NDArray[np.bool_]

Table = TypeVar("Table", Touches, Conversions)


def event_slices(events: EventTable, size: int) -> Iterator[EventTable]:
    """Views of whole customers; a customer with more events than ``size`` has one alone.

    Args:
        events: any number of customers; none give no slice.
        size: touches and conversions of a slice, about.
    """
    offsets = _offsets(events)
    count, before = len(events.customers), offsets[0] + offsets[1]
    start = 0
    while start < count:
        end = int(np.searchsorted(before, before[start] + size, side="right")) - 1
        end = min(max(end, start + 1), count)
        yield _between(events, offsets, start, end)
        start = end


def event_parts(events: EventTable, n_parts: int) -> list[EventTable]:
    """Views of the customers of equal ranges of buckets, of which ranges without any are empty.

    Args:
        events: sorted as ``EventTable`` requires.
        n_parts: number of ranges, which divides that of buckets.
    """
    bounds = np.searchsorted(events.bucket, np.arange(n_parts + 1) * (N_BUCKETS // n_parts))
    offsets = _offsets(events)
    return [_between(events, offsets, a, b) for a, b in pairwise(bounds.tolist())]


def _offsets(events: EventTable) -> tuple[Rows, Rows]:
    """First touch and first conversion of each customer, and last the numbers of all."""
    rows = np.arange(len(events.customers) + 1)
    tables = (events.touches, events.conversions)
    touches, conversions = (np.searchsorted(table.customer, rows) for table in tables)
    return touches, conversions


def _between(events: EventTable, offsets: tuple[Rows, Rows], start: int, end: int) -> EventTable:
    """A view of the customers from one up to, but without, another."""
    touches, conversions = offsets
    return EventTable(
        events.customers[start:end],
        events.bucket[start:end],
        rows_of(events.touches, slice(touches[start], touches[end]), start),
        rows_of(events.conversions, slice(conversions[start], conversions[end]), start),
        None if events.n_aliases is None else events.n_aliases[start:end],
    )


def rows_of(table: Table, rows: slice | Mask | Rows, first: int = 0) -> Table:
    """Some rows of touches or conversions.

    Args:
        table: the touches or conversions.
        rows: which of them.
        first: number of the customer that is number 0 of the answer.
    """
    columns = {field.name: getattr(table, field.name) for field in fields(table)}
    changed: dict[str, Any] = {
        name: Categorical(column.keys, column.codes[rows])
        if isinstance(column, Categorical)
        else column[rows]
        for name, column in columns.items()
        if column is not None
    }
    if first:
        changed["customer"] = changed["customer"] - np.int32(first)
    return replace(table, **changed)
