"""Links between events that arrive late: the same as if all had arrived in order.

A customer's touches are ordered as in ``attrigraph.domain.order``. PRECEDED connects each touch
with the next one. CONVERTED connects the last touch before a conversion, if there is one, with the
conversion; before means a smaller (time, nanosecond, position). REPEATED connects each conversion
with the customer's next one of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attrigraph.domain.order import event_order
from attrigraph.graph.columns import seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.domain import Conversions, StringArray

    Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """The columns of touches or conversions that decide their order, each of length n.

    Attributes:
        customer: int ``[n]``, number of the customer.
        time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        nanosecond: int ``[n]``, nanoseconds within the millisecond.
        position: int ``[n]``, the order among equal or missing times.
        id: object ``[n]``.
    """

    customer: NDArray[np.int64]
    time: NDArray[np.int64]
    nanosecond: NDArray[np.int32]
    position: NDArray[np.int64]
    id: StringArray

    def __len__(self) -> int:
        return len(self.customer)

    def order(self) -> Rows:
        """The rows in the order of ``attrigraph.domain.order``."""
        return event_order(self.customer, self.time, self.nanosecond, self.position, self.id)

    def __add__(self, other: Events) -> Events:
        return Events(
            np.concatenate([self.customer, other.customer]),
            np.concatenate([self.time, other.time]),
            np.concatenate([self.nanosecond, other.nanosecond]),
            np.concatenate([self.position, other.position]),
            np.concatenate([self.id, other.id]),
        )

    def take(self, rows: Rows) -> Events:
        """The events of these rows, in this order."""
        return Events(
            self.customer[rows],
            self.time[rows],
            self.nanosecond[rows],
            self.position[rows],
            self.id[rows],
        )


class Link(NamedTuple):
    """A link from one event to another, with whole seconds between them (None without times)."""

    start: str
    end: str
    seconds: int | None


def preceded(touches: Events) -> dict[str, Link]:
    """By touch id, the link to the customer's next touch, if there is one."""
    order = touches.order()
    follows = touches.customer[order[1:]] == touches.customer[order[:-1]]
    links = _links(touches, order[:-1][follows], touches, order[1:][follows])
    return {link.start: link for link in links}


def converted(touches: Events, conversions: Events) -> dict[str, Link]:
    """By conversion id, the link from the last touch before it, if there is one."""
    last = last_before(touches, conversions)
    rows = np.flatnonzero(last >= 0)
    return {link.end: link for link in _links(touches, last[rows], conversions, rows)}


def _links(starts: Events, start: Rows, ends: Events, end: Rows) -> list[Link]:
    seconds = seconds_between(
        (starts.time[start], starts.nanosecond[start]), (ends.time[end], ends.nanosecond[end])
    )
    return list(map(Link, starts.id[start].tolist(), ends.id[end].tolist(), seconds))


def last_before(touches: Events, conversions: Events) -> Rows:
    """For each conversion, the row of its customer's last touch before it; -1 if there is none.

    Before means a smaller (time, nanosecond, position): a touch at the same instant comes after the
    conversion.
    """
    order = touches.order()
    n = len(conversions)
    # a stable sort: conversions come before touches with an equal time and position
    customer = np.concatenate([conversions.customer, touches.customer[order]])
    time = np.concatenate([conversions.time, touches.time[order]])
    nanosecond = np.concatenate([conversions.nanosecond, touches.nanosecond[order]])
    position = np.concatenate([conversions.position, touches.position[order]])
    merged = np.lexsort((position, nanosecond, time, customer))
    touch = np.where(merged >= n, merged - n, -1)
    before = np.maximum.accumulate(touch)  # touches are in order, so their indices rise
    last = np.full(n, -1, np.int64)
    is_conversion = merged < n
    preceding = before[is_conversion]
    rows = merged[is_conversion]
    same = preceding >= 0
    same[same] = touches.customer[order[preceding[same]]] == conversions.customer[rows[same]]
    last[rows[same]] = order[preceding[same]]
    return last


def repeated(conversions: Conversions) -> tuple[Rows, Rows]:
    """Rows of conversions, and of the customer's next conversion of the same kind after each.

    As ``ingest/link_repeats`` orders them: those of equal time and position by their ids.
    """
    rank = np.unique(conversions.id.astype(str), return_inverse=True)[1]
    when = (conversions.position, conversions.nanosecond, conversions.time)
    kind, customer = conversions.kind.codes, conversions.customer
    order = np.lexsort((rank, *when, kind, customer))
    same = (customer[order[1:]] == customer[order[:-1]]) & (kind[order[1:]] == kind[order[:-1]])
    return order[:-1][same], order[1:][same]


def changes(before: Mapping[str, Link], after: Mapping[str, Link]) -> tuple[list[str], list[Link]]:
    """The keys of links to remove, and the links to add, to get from before to after."""
    removed = [key for key, link in before.items() if after.get(key) != link]
    added = [link for key, link in after.items() if before.get(key) != link]
    return removed, added
