"""The order of events: customer, time, position, and a hash of the id among what these leave tied.

Touches of one customer at the very same instant have no known order. A hash of the id decides
between them: ids are unique, so the order differs from customer to customer and favors no channel,
and it is the same wherever the events come from and in whatever order they are read.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Flags

    Order = NDArray[np.intp]


def tie_hash(ids: Iterable[str]) -> NDArray[np.uint64]:
    """What orders tied events, uint64 ``[n]``: the first 64 bits of BLAKE2b of the id in UTF-8."""
    digests = b"".join(blake2b(name.encode(), digest_size=8).digest() for name in ids)
    return np.frombuffer(digests, ">u8").astype(np.uint64)


def event_order(
    customer: NDArray[Any],
    time: NDArray[np.int64],
    nanosecond: NDArray[np.int32],
    position: NDArray[Any],
    ids: Sequence[str] | NDArray[np.object_] | None,
) -> Order:
    """Rows by (customer, time, nanosecond, position, tie hash).

    Args:
        customer: the customer of each event, whole numbers >= 0.
        time: epoch milliseconds or ``NO_TIME``.
        nanosecond: nanoseconds within the millisecond.
        position: the order among equal or missing times.
        ids: unique over all rows; None leaves ties as they came.
    """
    order = order_by_time(customer, time)
    if not repeats(order, customer, time).any():
        return order
    order = np.lexsort((position, nanosecond, time, customer))
    return order if ids is None else break_ties(order, ids, customer, time, nanosecond, position)


def order_by_time(customer: NDArray[Any], time: NDArray[np.int64]) -> Order:
    """Rows by (customer, time): one sort where both fit into one number, two sorts elsewhere."""
    if len(time) == 0:
        return np.zeros(0, np.intp)
    start = int(time.min())
    span = int(time.max()) - start + 1
    if (int(customer.max()) + 1) * span >= 2**63:
        return np.lexsort((time, customer))
    # stable: rows come customer by customer and nearly in order of time, which it is quick at
    return np.argsort(customer * np.int64(span) + (time - start), kind="stable")


def tied_rows(*columns: NDArray[Any]) -> Order:
    """The numbers of rows that are equal to another in all columns, by which they are sorted."""
    same = np.ones(max(len(columns[0]) - 1, 0), bool)
    for column in columns:
        same &= column[1:] == column[:-1]
    return np.flatnonzero(np.append(same, False) | np.append(False, same))


def break_ties(
    order: Order,
    ids: Sequence[str] | NDArray[np.object_] | Mapping[int, str],
    *columns: NDArray[Any],
) -> Order:
    """The order with rows that are equal in all columns sorted by their tie hash.

    Args:
        order: rows sorted by the columns.
        ids: of all rows, or of those in ``tied_rows`` by their number.
        columns: of all rows.
    """
    same = repeats(order, *columns)
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if not len(tied):
        return order
    rows = order[tied]
    group = np.cumsum(np.append(True, ~same))[tied]
    answer = order.copy()
    answer[tied] = rows[np.lexsort((tie_hash(ids[row] for row in rows.tolist()), group))]
    return answer


def repeats(order: Order, *columns: NDArray[Any]) -> Flags:
    """Which rows, from the second on, equal the row before them in the order: bool ``[n - 1]``."""
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= column[order[1:]] == column[order[:-1]]
    return same
