"""Event tables put together: of other customers, or with some customers as they are now."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain.columns import Categorical
from attrigraph.domain.events import EventTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Flags, Rows
    from attrigraph.domain.event_slices import Table


def joined_events(parts: Sequence[EventTable]) -> EventTable:
    """One table of several, whose customers follow each other in order.

    The table is the same, key for key, as one that was made of all these customers at once. Numbers
    of aliases are left out.

    Args:
        parts: at least one.
    """
    starts = np.cumsum([0, *(len(part.customers) for part in parts[:-1])]).astype(np.int32)
    share = any(part.touches.cost_share is not None for part in parts)
    touches = [
        replace(part.touches, cost_share=part.touches.cost_shares() if share else None)
        for part in parts
    ]
    return EventTable(
        np.concatenate([part.customers for part in parts]),
        np.concatenate([part.bucket for part in parts]),
        _concatenated(touches, starts),
        _concatenated([part.conversions for part in parts], starts),
    )


def _concatenated(tables: Sequence[Table], starts: NDArray[np.int32]) -> Table:
    columns: dict[str, Any] = {}
    for name in (field.name for field in fields(tables[0])):
        parts = [getattr(table, name) for table in tables]
        if name == "customer":
            moved = [part + start for part, start in zip(parts, starts, strict=True)]
            columns[name] = np.concatenate(moved)
        elif isinstance(parts[0], Categorical):
            columns[name] = _concatenated_codes(parts)
        elif parts[0] is not None:
            columns[name] = np.concatenate(parts)
    return replace(tables[0], **columns)


def _concatenated_codes(parts: Sequence[Categorical]) -> Categorical:
    """The columns one after the other, with the keys in use, sorted."""
    firsts = np.cumsum([0, *(len(part.keys) for part in parts[:-1])]).astype(np.int32)
    codes = np.concatenate(
        [
            np.where(part.codes < 0, -1, part.codes + first)
            for part, first in zip(parts, firsts, strict=True)
        ]
    ).astype(np.int32)
    return Categorical.of_codes(codes, [key for part in parts for key in part.keys])


def with_replaced(events: EventTable, kept: Flags, fresh: EventTable) -> EventTable:
    """The events of the customers that are kept, and of others.

    The table is the same, key for key, as one that was made of all these customers at once. Numbers
    of aliases are left out.

    Args:
        events: of customers as they were.
        kept: mask ``[n_customers]`` of those who are not among the others.
        fresh: the events of the others.
    """
    customers = np.concatenate([events.customers, fresh.customers])
    bucket = np.concatenate([events.bucket, fresh.bucket])
    taken = np.concatenate([kept, np.ones(len(fresh.customers), bool)])
    # both parts are sorted, so that this is a merge of two runs
    keys = list(zip(bucket.tolist(), customers.tolist(), strict=True))
    order = np.array(sorted(np.flatnonzero(taken).tolist(), key=keys.__getitem__), np.int64)
    rank = np.full(len(customers), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    shift = len(events.customers)
    share = any(part.touches.cost_share is not None for part in (events, fresh))
    old, new = (
        replace(part.touches, cost_share=part.touches.cost_shares() if share else None)
        for part in (events, fresh)
    )
    return EventTable(
        customers[order],
        bucket[order],
        _joined(old, new, shift, rank),
        _joined(events.conversions, fresh.conversions, shift, rank),
    )


def _joined(old: Table, new: Table, shift: int, rank: NDArray[np.int32]) -> Table:
    """Rows of both tables by the rank of their customers, without those of none."""
    of_customer = rank[np.concatenate([old.customer, new.customer + np.int32(shift)])]
    rows = np.flatnonzero(of_customer >= 0)
    rows = rows[np.argsort(of_customer[rows], kind="stable")]
    columns: dict[str, Any] = {"customer": of_customer[rows]}
    for name in (field.name for field in fields(old) if field.name != "customer"):
        one, other = getattr(old, name), getattr(new, name)
        if isinstance(one, Categorical):
            columns[name] = _joined_codes(one, other, rows)
        elif one is not None:
            columns[name] = np.concatenate([one, other])[rows]
    return replace(old, **columns)


def _joined_codes(one: Categorical, other: Categorical, rows: Rows) -> Categorical:
    """Rows of two columns, with the keys that these rows have, sorted."""
    both = _concatenated_codes([one, other])
    return Categorical.of_codes(both.codes[rows], both.keys)
