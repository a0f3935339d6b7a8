"""Where links between events go when events arrive late: as if all had arrived in order.

A customer's touches are ordered by (time, position, id). PRECEDED leads from each touch to the
next. CONVERTED leads to each conversion from the last touch whose (time, position) is smaller, if
there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attrigraph.graph.columns import seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.domain import StringArray

    Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Touches or conversions as far as their order goes, columns of length n.

    Attributes:
        customer: int ``[n]``, whose event it is.
        time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        position: int ``[n]``, the order among equal or missing times.
        id: object ``[n]``.
    """

    customer: NDArray[np.int64]
    time: NDArray[np.int64]
    position: NDArray[np.int64]
    id: StringArray

    def __len__(self) -> int:
        return len(self.customer)

    def order(self) -> Rows:
        """The rows sorted by (customer, time, position, id)."""
        order = np.lexsort((self.position, self.time, self.customer))
        if self._tied(order):
            # only ties need the ids, whose sort is the dearest part
            rank = np.empty(len(self), np.int64)
            rank[np.argsort(self.id, kind="stable")] = np.arange(len(self))
            order = np.lexsort((rank, self.position, self.time, self.customer))
        return order

    def _tied(self, order: Rows) -> bool:
        columns = (self.customer[order], self.time[order], self.position[order])
        return bool(np.logical_and.reduce([c[1:] == c[:-1] for c in columns]).any())

    def __add__(self, other: Events) -> Events:
        return Events(
            np.concatenate([self.customer, other.customer]),
            np.concatenate([self.time, other.time]),
            np.concatenate([self.position, other.position]),
            np.concatenate([self.id, other.id]),
        )

    def take(self, rows: Rows) -> Events:
        """Some of the rows, in that order."""
        return Events(self.customer[rows], self.time[rows], self.position[rows], self.id[rows])


class Link(NamedTuple):
    """A link from one event to another, and the whole seconds between them, None without times."""

    start: str
    end: str
    seconds: int | None


def preceded(touches: Events) -> dict[str, Link]:
    """By a touch's id, its link to the customer's next touch, if there is one."""
    order = touches.order()
    follows = touches.customer[order[1:]] == touches.customer[order[:-1]]
    links = _links(touches, order[:-1][follows], touches, order[1:][follows])
    return {link.start: link for link in links}


def converted(touches: Events, conversions: Events) -> dict[str, Link]:
    """By a conversion's id, the link to it from the last touch before it, if there is one."""
    last = last_before(touches, conversions)
    some = np.flatnonzero(last >= 0)
    return {link.end: link for link in _links(touches, last[some], conversions, some)}


def _links(starts: Events, start: Rows, ends: Events, end: Rows) -> list[Link]:
    seconds = seconds_between(starts.time[start], ends.time[end])
    return list(map(Link, starts.id[start].tolist(), ends.id[end].tolist(), seconds))


def last_before(touches: Events, conversions: Events) -> Rows:
    """For each conversion the row of its customer's last touch before it, -1 where there is none.

    Before means a smaller (time, position), so that of equals the conversion comes first.
    """
    order = touches.order()
    n = len(conversions)
    # conversions stand before the touches that equal them, and are sorted in with the touches
    customer = np.concatenate([conversions.customer, touches.customer[order]])
    time = np.concatenate([conversions.time, touches.time[order]])
    position = np.concatenate([conversions.position, touches.position[order]])
    merged = np.lexsort((position, time, customer))
    touch = np.where(merged >= n, merged - n, -1)
    before = np.maximum.accumulate(touch)  # touches are in order, so their places rise
    answer = np.full(n, -1, np.int64)
    is_conversion = merged < n
    place = before[is_conversion]
    rows = merged[is_conversion]
    mine = place >= 0
    mine[mine] = touches.customer[order[place[mine]]] == conversions.customer[rows[mine]]
    answer[rows[mine]] = order[place[mine]]
    return answer


def changes(before: Mapping[str, Link], after: Mapping[str, Link]) -> tuple[list[str], list[Link]]:
    """The keys of links that must go, and the links that must come, to get from before to after."""
    gone = [key for key, link in before.items() if after.get(key) != link]
    come = [link for key, link in after.items() if before.get(key) != link]
    return gone, come
