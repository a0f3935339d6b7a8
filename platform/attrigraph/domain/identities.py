"""Ids of one person: which customer the events of an id belong to.

Links connect ids: an anonymous id (a device, a browser) belongs to a person. Ids that links connect
are one customer, named by its user id, or without one by the first of its ids. A link with a time
holds for the events of its id from then on and connects nothing else.

An id with two users, as a shared device has, belongs to neither. Ids that connect too many, as the
id of a kiosk or a test account does, are taken apart. An event whose row names a user with the id
of the device is the user's, unless the user's ids were taken apart.

The answer is a function of the links alone, so that their order and the order of loads decide
nothing. Files and the graph use the same function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.columns import NO_TIME
from attrigraph.domain.connected import connected_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain.columns import StringArray

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Times = NDArray[np.int64]

MAX_IDS: Final = 50
"""Number of ids that one customer may have, unless stated otherwise."""


@dataclass(frozen=True, slots=True)
class JoinedIds:
    """What became of ids that links name.

    Attributes:
        joined: ids that became part of the customer of another id, by a link with a time from that
            time on.
        conflicting: ids that are linked with several users, always or from the same instant on; no
            user has them for that.
        separated: ids of customers with too many ids, which were taken apart.
    """

    joined: int = 0
    conflicting: int = 0
    separated: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class IdLinks:
    """Links as columns of length n.

    Attributes:
        anonymous: object ``[n]``, ids that belong to a person.
        person: object ``[n]``, the person's id.
        since: int64 ``[n]``, epoch milliseconds from which on; ``NO_TIME`` for always.
    """

    anonymous: StringArray
    person: StringArray
    since: Times

    def __len__(self) -> int:
        return len(self.anonymous)

    def rows(self) -> list[tuple[str, str, int]]:
        """The links as tuples."""
        columns = (self.anonymous.tolist(), self.person.tolist(), self.since.tolist())
        return list(zip(*columns, strict=True))

    @classmethod
    def of_rows(cls, rows: list[tuple[str, str, int]]) -> IdLinks:
        """Links of tuples as ``rows`` gives them."""
        return cls(
            np.array([row[0] for row in rows], dtype=object),
            np.array([row[1] for row in rows], dtype=object),
            np.array([row[2] for row in rows], dtype=np.int64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Owners:
    """Which id names the customer of each id; ids are numbers.

    Attributes:
        always: int64 ``[n_ids]``, an id's own number where it stays by itself.
        anonymous: int64 ``[n_timed]``, ids with a link that has a time, by (id, time).
        since: int64 ``[n_timed]``, epoch milliseconds from which on the events of the id belong to
            ``owner``, until the next such time.
        owner: int64 ``[n_timed]``.
        separated: bool ``[n_ids]``, whether the id's customer had too many ids.
        outcome: what became of the ids.
    """

    always: Codes
    anonymous: Codes
    since: Times
    owner: Codes
    separated: Mask
    outcome: JoinedIds

    def of_events(self, code: Codes, time: Times, user: Codes) -> Codes:
        """The customer of events, int64 ``[n]``.

        Args:
            code: int64 ``[n]``, the id under which each was recorded.
            time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
            user: int64 ``[n]``, the user that each names with that id, -1 for none.
        """
        named = user >= 0
        named[named] = ~self.separated[user[named]]
        return np.where(named, self.always[user], self.at(code, time))

    def at(self, code: Codes, time: Times) -> Codes:
        """The customer of events that name no user, int64 ``[n]``.

        Args:
            code: int64 ``[n]``, the id under which each was recorded.
            time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        """
        if not len(self.since):
            return self.always[code]
        instants = np.unique(self.since)
        width = len(instants) + 1
        begins = self.anonymous * width + np.searchsorted(instants, self.since) + 1
        wanted = code * width + np.searchsorted(instants, time, side="right")
        row = np.searchsorted(begins, wanted, side="right") - 1
        holds = (row >= 0) & (self.anonymous[row] == code)
        return np.where(holds, self.owner[row], self.always[code])


def owners(count: int, anonymous: Codes, person: Codes, since: Times, max_ids: int) -> Owners:
    """The customers of ids.

    Args:
        count: number of ids; they are numbered from 0, in an order that decides between ids of
            which none is a user's.
        anonymous: (links,) one end of each link.
        person: (links,) the other end, the user's.
        since: (links,) epoch milliseconds, ``NO_TIME`` for always.
        max_ids: number of ids that one customer may have.
    """
    lasting = since == NO_TIME
    always, conflicting, separated = owners_of(count, anonymous[lasting], person[lasting], max_ids)
    rows = np.unique(np.stack([anonymous, since, person])[:, ~lasting], axis=1)
    # of several persons at one instant none is certain
    same = (rows[:2, 1:] == rows[:2, :-1]).all(axis=0)
    alone = ~(np.append(same, False) | np.append(False, same)) if rows.shape[1] else rows[0] > 0
    conflicting[rows[0, ~alone]] = True
    rows = rows[:, alone]
    owner = always[rows[2]]
    joined = always != np.arange(count)
    joined[rows[0, owner != rows[0]]] = True
    outcome = JoinedIds(int(joined.sum()), int(conflicting.sum()), int(separated.sum()))
    return Owners(always, rows[0], rows[1], owner, separated, outcome)


def owners_of(
    count: int, anonymous: Codes, person: Codes, max_ids: int
) -> tuple[Codes, Mask, Mask]:
    """The id that names the customer of each id, by links without times.

    Args:
        count: number of ids; they are numbered from 0, in an order that decides between ids of
            which none is a user's.
        anonymous: (links,) one end of each link.
        person: (links,) the other end, the user's. An id is a user's if it is never ``anonymous``.
        max_ids: number of ids that one customer may have.

    Returns:
        (count,) each: numbers of ids, an id's own number where it stays by itself; whether an id is
        of several users; whether its customer had too many ids.
    """
    pairs = np.sort(anonymous * count + person)
    # not np.unique, which takes many times as long as the sort
    anonymous, person = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], count)
    users = np.zeros(count, bool)
    users[person] = True
    users[anonymous] = False
    shared = np.bincount(anonymous[users[person]], minlength=count) > 1
    # with shared ids, which link nothing else
    crowded = np.bincount(person, minlength=count) >= max_ids
    kept = ~shared[anonymous] & ~shared[person]
    anonymous, person = anonymous[kept], person[kept]
    component = connected_groups(count, anonymous, person)
    n_ids = np.bincount(component, minlength=count)
    n_users = np.bincount(component, weights=users, minlength=count)
    n_crowded = np.bincount(component, weights=crowded, minlength=count)
    separated = (n_ids[component] > max_ids) | (n_crowded[component] > 0)
    mixed = (n_users[component] > 1) & ~separated
    own = np.arange(count)
    owner = np.where(separated | mixed, own, _first(component, users))
    # where a chain of ids leads to several users, each id stays with the user it is linked to
    direct = mixed[anonymous] & users[person]
    owner[anonymous[direct]] = person[direct]
    lost = shared | (mixed & ~users & (owner == own))
    return owner, lost, separated


def _first(component: Codes, users: Mask) -> Codes:
    """The user of each id's component, or the smallest number of an id in it."""
    count = len(users)
    # users come first, so that the first of a component is one if there is any
    rank = np.arange(count) + np.where(users, 0, count)
    first = np.full(count, 2 * count)
    np.minimum.at(first, component, rank)
    return first[component] % count
