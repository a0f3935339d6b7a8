"""Gives events to the customers that all links of ids name, in whatever order links came.

An event keeps the id under which it was recorded (``identity``, or else its customer) and the user
that its row named with it (``userId``), so that its customer follows from the links alone. Ids
that links connect are a group. A group is looked at when one of its links does not have the
customer that follows: then the events of all its ids are read, those that belong elsewhere are
moved, and the chains of touches are linked again, as by a load in order. One transaction takes
whole groups and then marks their links, so that what was killed in between is found again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from neo4j.exceptions import TransientError

from attrigraph.domain import NO_TIME, buckets_of
from attrigraph.domain.connected import connected_groups
from attrigraph.domain.identities import owners
from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.graph.history import stored_conversions, stored_touches
from attrigraph.graph.identities import connect_links, create_links, link_id, mark_links, read_links
from attrigraph.graph.ingest import BatchTooLargeError, Ingested, check_size_error
from attrigraph.graph.relink import changes, converted, preceded
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from neo4j import Driver, ManagedTransaction
    from numpy.typing import NDArray

    from attrigraph.domain.columns import StringArray
    from attrigraph.domain.identities import IdLinks, Owners
    from attrigraph.graph.identities import Link as IdLink
    from attrigraph.graph.relink import Events, Link

    Codes = NDArray[np.int64]

IDS: Final = 500
"""Ids per transaction, about."""


def rejoin(
    driver: Driver,
    links: IdLinks,
    max_ids: int,
    *,
    also: Collection[str] = (),
    connect: bool = False,
    load: int | None = None,
) -> Ingested:
    """Store links, and give the events of all ids that they lead to to the right customers.

    Safe to repeat. A load calls it before it writes events, so that it finds those that are stored
    with their customers, and again after it, for links that another load added meanwhile.

    Args:
        driver: an open driver.
        links: the links of files, and those of the graph that a load knew when it read them. None
            of them changes nothing.
        max_ids: number of ids that one customer may have.
        also: pseudonyms of further ids, of which the graph may have links.
        connect: whether to connect the links with their customers, once all of these exist.
        load: number of the load or erasure by which customers change; None for none.

    Returns:
        How many touches and conversions were moved.

    Raises:
        StoreError: the events of one single customer exceed the server's memory.
    """
    plan, _ = _store(driver, links, max_ids, also)
    total = Ingested()
    for batch in plan.batches():
        total += _move(driver, plan, batch, load)
    if connect:
        connect_links(driver, plan.links)
    return total


def place(driver: Driver, links: IdLinks, max_ids: int) -> None:
    """Store links in a graph whose events were all written by a load that knew them.

    Args:
        driver: an open driver.
        links: all links of the load; none of them changes nothing.
        max_ids: number of ids that one customer may have.
    """
    plan, unknown = _store(driver, links, max_ids)
    if not unknown:
        mark_links(driver, plan.targets())


def customers_of(driver: Driver, ids: Collection[str], max_ids: int) -> dict[str, str]:
    """The customer of each of some ids, by the links of the graph, but for those with times.

    Args:
        driver: an open driver.
        ids: keyed hashes.
        max_ids: number of ids that one customer may have.
    """
    plan = _Plan.of(read_links(driver, ids), max_ids)
    always = dict(zip(plan.ids.tolist(), plan.ids[plan.owners.always].tolist(), strict=True))
    return {name: always.get(name, name) for name in ids}


def _store(
    driver: Driver, links: IdLinks, max_ids: int, also: Collection[str] = ()
) -> tuple[_Plan, bool]:
    """Store links; the plan with those of the graph, and whether it has any that were unknown."""
    known = set(links.rows())
    stored = read_links(driver, {*also, *(name for link in known for name in link[:2])})
    create_links(driver, sorted(known - stored.keys()))
    unknown = stored.keys() - known
    customer = dict.fromkeys(known, "") | stored | dict.fromkeys(unknown, "")
    return _Plan.of(customer, max_ids), bool(unknown)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Links, and the customers that follow from them; ids are numbers.

    Attributes:
        ids: object ``[n_ids]``, keyed hashes in their order.
        code: number by hash.
        owners: the customers of ids.
        links: the links (n).
        target: int64 ``[n]``, the customer of each link's events.
        group: int64 ``[n_ids]``, number of the ids that links connect.
        link_group: int64 ``[n]``, the group of each link.
        todo: int64, groups that have a link with another customer than its target.
    """

    ids: StringArray
    code: dict[str, int]
    owners: Owners
    links: list[IdLink]
    target: Codes
    group: Codes
    link_group: Codes
    todo: Codes

    @classmethod
    def of(cls, customer: dict[IdLink, str], max_ids: int) -> _Plan:
        """The plan of links with the customers that they have in the graph."""
        links = sorted(customer)
        names = sorted({name for link in links for name in link[:2]})
        code = {name: number for number, name in enumerate(names)}
        anonymous = np.array([code[link[0]] for link in links], np.int64)
        person = np.array([code[link[1]] for link in links], np.int64)
        since = np.array([link[2] for link in links], np.int64)
        found = owners(len(names), anonymous, person, since, max_ids)
        target = found.at(anonymous, since)
        group = connected_groups(len(names), anonymous, person)
        has = np.array([code.get(customer[link], -1) for link in links], np.int64)
        ids = np.array(names, dtype=object)
        link_group = group[anonymous]
        todo = np.unique(link_group[has != target])
        return cls(ids, code, found, links, target, group, link_group, todo)

    def always(self, codes: Codes) -> Codes:
        """The customers of ids, but for links with times."""
        return self.owners.always[codes]

    def in_order(self, codes: Codes) -> Codes:
        """Numbers of ids by (bucket, id)."""
        return codes[np.lexsort((codes, buckets_of(self.ids[codes])))]

    def targets(self) -> dict[IdLink, str]:
        """The customer of each link."""
        return dict(zip(self.links, self.ids[self.target].tolist(), strict=True))

    def batches(self) -> Iterator[Codes]:
        """Groups to look at, about ``IDS`` ids at a time."""
        sizes = np.bincount(self.group)[self.todo] if len(self.todo) else self.todo
        part = (np.cumsum(sizes) - 1) // IDS
        for number in np.unique(part):
            yield self.todo[part == number]


def _move(driver: Driver, plan: _Plan, groups: Codes, load: int | None) -> Ingested:
    """Move the events of some groups, in one transaction or in several if memory is too small."""
    try:
        with driver.session(database=DATABASE) as session:
            return session.execute_write(_work, plan, groups, load)
    except BatchTooLargeError as error:
        if len(groups) < 2:
            raise StoreError(
                "one customer has more events than Neo4j's memory holds in one transaction; give "
                "it a larger heap, or check the ids that are joined"
            ) from error
        half = len(groups) // 2
        halves = groups[:half], groups[half:]
        return sum((_move(driver, plan, part, load) for part in halves), Ingested())


def _work(
    transaction: ManagedTransaction, plan: _Plan, groups: Codes, load: int | None
) -> Ingested:
    try:
        return _Move(transaction, plan, groups, load).run()
    except TransientError as error:
        # the driver would repeat it with the same result
        check_size_error(error)
        raise


@dataclass(frozen=True, slots=True, eq=False)
class _Move:
    """The events of some groups, within one transaction."""

    transaction: ManagedTransaction
    plan: _Plan
    groups: Codes
    load: int | None

    def query(self, name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Run one statement of ``cypher/ingest``; its only record, or {} if it returns none."""
        record = self.transaction.run(query(f"ingest/{name}").text, dict(parameters)).single()
        return {} if record is None else dict(record)

    def run(self) -> Ingested:
        """Move what customers have, and mark the links; without customers only that."""
        customers = self.lock()
        moved = self.move(customers) if len(customers) else Ingested()
        self.mark()
        return moved

    def move(self, customers: Codes) -> Ingested:
        """Move events, and remove customers that are left without any."""
        touches, conversions = self.read("touches", customers), self.read("conversions", customers)
        self.claim(np.concatenate([touches.new, conversions.new, self.plan.always(customers)]))
        self.give("touches", touches)
        self.give("conversions", conversions)
        self.link(touches, conversions)
        self.link_repeats(conversions)
        self.give_accounts(customers)
        self.remove(customers)
        self.remove_bare(np.concatenate([touches.left, conversions.left]))
        return Ingested(moved_touches=len(touches.moved), moved_conversions=len(conversions.moved))

    def lock(self) -> Codes:
        """Lock the customers of these groups that exist; their numbers, by (bucket, id)."""
        codes = self.plan.in_order(np.flatnonzero(np.isin(self.plan.group, self.groups)))
        existing = self.query("lock_customers", {"customer": self.plan.ids[codes].tolist()})
        return codes[np.array(sorted(existing["existing"]), np.int64)]

    def read(self, what: Literal["touches", "conversions"], customers: Codes) -> _Moving:
        """The stored events of customers, and whose they are now."""
        names = self.plan.ids[customers].tolist()
        record = self.query(f"read_{what}", {"customer": names, "noTime": NO_TIME})
        stored = stored_touches if what == "touches" else stored_conversions
        events = stored(record, customers).events
        code = self.plan.code
        own = events.customer.tolist()
        origin = np.array(list(map(code.get, record["identity"], own)), np.int64)
        user = np.array([code.get(name, -1) for name in record["userId"]], np.int64)
        return _Moving(events, origin, self.plan.owners.of_events(origin, events.time, user))

    def claim(self, codes: Codes) -> None:
        """Create and lock the customers whom something is given."""
        codes = self.plan.in_order(np.unique(codes))
        if len(codes):
            names = self.plan.ids[codes].tolist()
            self.query("claim_customers", {"customer": names, "bucket": buckets_of(names)})

    def give(self, what: Literal["touches", "conversions"], events: _Moving) -> None:
        """Move events to their customers."""
        rows, ids = events.moved, self.plan.ids
        if len(rows):
            own = events.origin[rows] == events.new[rows]
            parameters = {
                "id": events.stored.id[rows].tolist(),
                "customer": ids[events.new[rows]].tolist(),
                "identity": [
                    None if same else name
                    for same, name in zip(own, ids[events.origin[rows]], strict=True)
                ],
                "load": self.load,
            }
            self.query(f"move_{what}", parameters)
            if what == "conversions":
                self.query("move_cancelled", parameters)

    def give_accounts(self, customers: Codes) -> None:
        """Move the accounts that were named for ids to the customers of these ids."""
        names, code = self.plan.ids[customers].tolist(), self.plan.code
        record = self.query("read_accounts", {"customer": names})
        moved = []
        columns = (record["customer"], record["account"], record["identity"])
        for row, account, identity in zip(*columns, strict=True):
            own = int(customers[row])
            new = int(self.plan.owners.always[code.get(identity, own)])
            if new != own:
                moved.append([names[row], account, identity, self.plan.ids[new]])
        if moved:
            self.wait(self.query("move_accounts", {"rows": sorted(moved)}))

    def wait(self, without_customer: Mapping[str, Any]) -> None:
        """Let accounts wait for customers that do not exist."""
        if without_customer["waiting"]:
            self.query("wait_accounts", {"rows": sorted(without_customer["waiting"])})

    def link(self, touches: _Moving, conversions: _Moving) -> None:
        """Replace the links between events that the moves change."""
        before, after = touches.stored, touches.placed
        self.relink("touches", *changes(preceded(before), preceded(after)))
        links = converted(before, conversions.stored), converted(after, conversions.placed)
        self.relink("conversions", *changes(*links))

    def link_repeats(self, conversions: _Moving) -> None:
        """Link the conversions again of customers who lose or are given any."""
        given = conversions.new[conversions.moved]
        customers = self.plan.ids[np.unique(np.concatenate([conversions.left, given]))]
        if len(customers):
            self.query("link_repeats", {"customer": customers.tolist()})

    def relink(self, what: str, removed: list[str], added: list[Link]) -> None:
        """Delete the links from these touches, or to these conversions, and create new ones."""
        if removed:
            self.query(f"unlink_{what}", {"id": removed})
        if added:
            start, end, delta = (list(column) for column in zip(*added, strict=True))
            self.query(f"link_{what}", {"from": start, "to": end, "delta": delta})

    def remove(self, customers: Codes) -> None:
        """Remove the customers that are part of others, and give those their attributes."""
        ids, always = self.plan.ids, self.plan.always(customers)
        joined = always != customers
        pairs = zip(ids[customers[joined]], ids[always[joined]], strict=True)
        rows = sorted(map(list, pairs))
        self.query("merge_joined_customers", {"rows": rows, "load": self.load})

    def remove_bare(self, left: Codes) -> None:
        """Remove those of the customers who lost events that have neither events nor attributes."""
        if len(left):
            names = self.plan.ids[np.unique(left)].tolist()
            self.wait(self.query("delete_bare_customers", {"id": names}))

    def mark(self) -> None:
        """Store the customers of the links."""
        rows = np.flatnonzero(np.isin(self.plan.link_group, self.groups)).tolist()
        parameters = {
            "id": [link_id(self.plan.links[row]) for row in rows],
            "customer": self.plan.ids[self.plan.target[rows]].tolist(),
        }
        self.query("mark_identities", parameters)


@dataclass(frozen=True, slots=True, eq=False)
class _Moving:
    """Stored events of one kind, and whose they are now.

    Attributes:
        stored: the events (n), with the customers that they have.
        origin: int64 ``[n]``, the ids under which they were recorded.
        new: int64 ``[n]``, the customers that they should have.
    """

    stored: Events
    origin: Codes
    new: Codes

    @property
    def moved(self) -> Codes:
        """Rows of the events that belong to another customer."""
        return np.flatnonzero(self.stored.customer != self.new)

    @property
    def left(self) -> Codes:
        """The customers who lose events."""
        return self.stored.customer[self.moved]

    @property
    def placed(self) -> Events:
        """The events with the customers that they should have."""
        return replace(self.stored, customer=self.new)
