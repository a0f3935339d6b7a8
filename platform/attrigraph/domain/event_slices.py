"""Event tables cut into smaller ones of whole customers."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from attrigraph.domain.columns import Categorical
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
    count = len(events.customers)
    touches, conversions = (
        np.searchsorted(table.customer, np.arange(count + 1))
        for table in (events.touches, events.conversions)
    )
    before = touches + conversions
    start = 0
    while start < count:
        end = int(np.searchsorted(before, before[start] + size, side="right")) - 1
        end = min(max(end, start + 1), count)
        yield EventTable(
            events.customers[start:end],
            events.bucket[start:end],
            rows_of(events.touches, slice(touches[start], touches[end]), start),
            rows_of(events.conversions, slice(conversions[start], conversions[end]), start),
            None if events.n_aliases is None else events.n_aliases[start:end],
        )
        start = end


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
