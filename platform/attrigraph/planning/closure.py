"""The best closure by a minimum cut: which campaigns to run when partners gain from each other.

Maximise ``sum over i in S of margin_i + sum over synergies whose members are all in S of worth``.
A pair becomes two arcs of half its worth between its members, a larger synergy a node that the
source feeds with its worth and that needs all its members (Picard 1976; Hochbaum 2001). The
largest flow also shares the worth of each synergy among its members such that every margin that is
left is at most 0 outside the set and at least 0 inside, which proves the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Sets = NDArray[np.bool_]

CAPACITY: Final = 1 << 28
"""Largest capacity: SciPy's flows are 32-bit, and a residual may be twice a capacity."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What is to be chosen; see the module.

    Attributes:
        margin: float64 ``[n]``, what each campaign brings less its cost.
        members: int64 ``[S, k]``, a synergy with fewer members than k repeats its first one.
        worth: float64 ``[S]``, at least 0.
    """

    margin: Floats
    members: Integers
    worth: Floats

    @property
    def is_pair(self) -> Sets:
        """``[S]``, whether a synergy has two members; they stand first."""
        alike: Sets = self.members[:, 2:] == self.members[:, :1]
        return np.asarray(alike.all(axis=1))


def best_set(closure: Closure, inside: Sets, around: Sets) -> Sets:
    """The least best set ``[n]``, known to hold ``inside`` and to lie within ``around``."""
    chosen = inside.copy()
    open_ = np.flatnonzero(around & ~inside)
    if len(open_):
        network = _Network(_restricted(closure, inside, around, open_))
        chosen[open_[network.source_side()]] = True
    return chosen


def _restricted(closure: Closure, inside: Sets, around: Sets, open_: Integers) -> Closure:
    """The problem among the campaigns that are not decided."""
    # members that are in the set no longer matter; synergies with one that is out are lost
    alive = around[closure.members].all(axis=1) & ~inside[closure.members].all(axis=1)
    members, worth = closure.members[alive], closure.worth[alive]
    waiting = ~inside[members]
    first = members[np.arange(len(members)), waiting.argmax(axis=1)]
    members = np.where(waiting, members, first[:, None])
    place = np.cumsum(around & ~inside) - 1
    return _without_single(Closure(closure.margin[open_], _first_first(place[members]), worth))


def _first_first(members: Integers) -> Integers:
    """Members in order of their numbers, those that are repeated replaced by the first."""
    members = np.sort(members, axis=1)
    repeated = np.zeros(members.shape, dtype=np.bool_)
    repeated[:, 1:] = members[:, 1:] == members[:, :-1]
    members = np.where(repeated, np.iinfo(np.int64).max, members)
    members.sort(axis=1)
    return np.where(members == np.iinfo(np.int64).max, members[:, :1], members)


def _without_single(closure: Closure) -> Closure:
    """Synergies of one member are part of its margin."""
    single = (closure.members == closure.members[:, :1]).all(axis=1)
    margin = closure.margin.copy()
    np.add.at(margin, closure.members[single, 0], closure.worth[single])
    return Closure(margin, closure.members[~single], closure.worth[~single])


def shares_of(closure: Closure) -> Floats:
    """How the worth of each synergy is shared among its members, float64 ``[S, k]``.

    Each share is at least 0; shares of a pair sum to its worth, those of a larger synergy to at
    most its worth; 0 where a member is repeated.
    """
    return _Network(closure).shares()


class _Network:
    """The flow network of a closure problem, with its largest flow.

    Nodes: campaigns, synergies of three or more, source, sink.
    """

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._is_pair = closure.is_pair
        self._larger = np.flatnonzero(~self._is_pair)
        self._n = len(closure.margin)
        self._source = self._n + len(self._larger)
        self._half = closure.worth[self._is_pair] / 2
        self._pairs = closure.members[self._is_pair, :2]
        margin = closure.margin.copy()
        np.add.at(margin, self._pairs.ravel(), np.repeat(self._half, 2))
        self._margin = margin
        self._capacity, self._unit = self._capacities()
        self._flow = maximum_flow(self._capacity, self._source, self._source + 1).flow

    def _capacities(self) -> tuple[sparse.csr_array, float]:
        """Whole capacities, and how much one unit of them is worth."""
        tail, head, weight = self._arcs()
        unit = max(float(np.max(weight, initial=0.0)), np.finfo(float).tiny) / CAPACITY
        size = self._source + 2
        exact = sparse.csr_array((weight / unit, (tail, head)), shape=(size, size))
        exact.data = np.minimum(np.rint(exact.data), CAPACITY)
        return exact.astype(np.int32), unit

    def _arcs(self) -> tuple[Integers, Integers, Floats]:
        """Tails, heads and capacities; parallel arcs add up."""
        n, source, margin = self._n, self._source, self._margin
        gains, losses = np.flatnonzero(margin > 0), np.flatnonzero(margin < 0)
        one, other = self._pairs.T
        worth = self._closure.worth[self._larger]
        node = n + np.arange(len(self._larger))
        which, place = self._memberships()
        needed = self._closure.members[self._larger[which], place]
        parts = [
            (np.full(len(gains), source), gains, margin[gains]),
            (losses, np.full(len(losses), source + 1), -margin[losses]),
            (one, other, self._half),
            (other, one, self._half),
            (np.full(len(node), source), node, worth),
            (node[which], needed, worth[which]),
        ]
        tails, heads, weights = zip(*parts, strict=True)
        return np.concatenate(tails), np.concatenate(heads), np.concatenate(weights)

    def _memberships(self) -> tuple[Integers, Integers]:
        """Each member of the larger synergies: number of the synergy, and place in it."""
        members = self._closure.members[self._larger]
        is_member = members != members[:, :1]
        is_member[:, 0] = True
        which, place = np.nonzero(is_member)
        return which, place

    def source_side(self) -> Sets:
        """Campaigns that the source still reaches, bool ``[n]``: the least minimum cut."""
        residual = self._capacity - self._flow
        residual.data = np.where(residual.data > 0, residual.data, 0)
        residual.eliminate_zeros()
        reached = breadth_first_order(residual, self._source, return_predecessors=False)
        side = np.zeros(self._source + 2, dtype=np.bool_)
        side[reached] = True
        return side[: self._n]

    def shares(self) -> Floats:
        """See ``shares_of``."""
        shares = np.zeros(self._closure.members.shape)
        one, other = self._pairs.T
        # parallel pairs share the flow of their arc by worth
        between = self._of_arcs(self._flow, one, other) * self._unit
        total = self._of_arcs(self._capacity, one, other) * self._unit
        part = np.divide(between, total, out=np.zeros_like(total), where=total > 0)
        sent = self._half * np.clip(part, -1, 1)
        shares[self._is_pair, 0] = self._half - sent
        shares[self._is_pair, 1] = self._half + sent
        which, place = self._memberships()
        needed = self._closure.members[self._larger[which], place]
        fed = self._of_arcs(self._flow, self._n + which, needed) * self._unit
        shares[self._larger[which], place] = np.maximum(fed, 0)
        return shares

    @staticmethod
    def _of_arcs(matrix: sparse.csr_array, tails: Integers, heads: Integers) -> Floats:
        size = matrix.shape[0]
        entries = matrix.tocoo()
        keys = entries.row.astype(np.int64) * size + entries.col
        return entries.data[np.searchsorted(keys, tails * size + heads)].astype(np.float64)
