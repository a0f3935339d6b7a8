"""What the graph holds about one person, under all ids that belong to them, and its erasure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.domain import NO_TIME
from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.graph.identities import link_id, read_links
from attrigraph.graph.names import record_of
from attrigraph.graph.native_values import native
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import Driver, ManagedTransaction

    from attrigraph.graph.identities import Link


@dataclass(frozen=True, slots=True)
class Person:
    """The ids of one person in the graph.

    Attributes:
        customers: ids of the customers that exist.
        ids: by id of the person, epoch milliseconds from which on its events are theirs;
            ``NO_TIME`` for all of them.
        links: that name any of these ids.
        others: further ids that links connect with these: of others who used the same device.
    """

    customers: tuple[str, ...]
    ids: Mapping[str, int]
    links: tuple[Link, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased of a person.

    Attributes:
        customers: nodes ``Customer``.
        identities: nodes ``Identity``.
        accounts: nodes ``Account`` that nobody else belongs to.
        touches: nodes ``Touchpoint``.
        conversions: nodes ``Conversion``.
        cancelled: nodes ``CancelledConversion``.
        refunds: nodes ``Refund``.
        orders: nodes ``Order`` that nobody else has.
        products: nodes ``Product`` of these orders alone.
        credits: relationships with the credit of a touch.
        unnamed: events of others that named an id of the person, which they do not any more.
        runs: runs of attribution that counted the person, which are marked.
        tombstones: nodes ``Tombstone`` that keep loads from bringing the person back.
    """

    customers: int
    identities: int
    accounts: int
    touches: int
    conversions: int
    cancelled: int
    refunds: int
    orders: int
    products: int
    credits: int
    unnamed: int
    runs: int
    tombstones: int


def read_mark(driver: Driver) -> str | None:
    """The mark of how ids became those of customers; None in a graph without customers."""
    mark: str | None = record_of(driver, "customers/read_mark")["stored"]
    return mark


def find_person(driver: Driver, id_: str) -> Person:
    """Whom an id belongs to: its customers, and all ids of them.

    A device with a user is the user's, from the time of the link on; before that time it is a
    customer of its own, who is taken for the same person. One of several users is nobody's else.

    Args:
        driver: an open driver.
        id_: an id as the graph has it.

    Raises:
        InputError: a load that joined ids of the person has not ended.
    """
    links = read_links(driver, {id_})
    if "" in links.values():
        raise InputError(
            "ids of this person are being joined by a load that has not ended; wait for it, or run "
            "it again"
        )
    owners = {id_} | {owner for (anonymous, _, _), owner in links.items() if anonymous == id_}
    ids = dict.fromkeys(owners, NO_TIME)
    for (anonymous, person, since), owner in links.items():
        if owner in owners and owner != anonymous:
            ids[person] = NO_TIME
            ids[anonymous] = min(since, ids.get(anonymous, since))
    existing = record_of(driver, "customers/existing", {"customer": sorted(owners)})["existing"]
    named = [link for link in links if any(ids.get(name) == NO_TIME for name in link[:2])]
    owned = [link for link, owner in links.items() if owner in owners]
    others = {name for link in links for name in link[:2]} - set(ids)
    return Person(
        tuple(sorted(existing)), ids, tuple(sorted({*named, *owned})), tuple(sorted(others))
    )


def read_held(driver: Driver, person: Person) -> dict[str, list[dict[str, Any]]]:
    """All that the graph holds about a person, by kind; times as ``datetime`` and ``date``."""
    parameters = {"customer": list(person.customers), "link": list(map(link_id, person.links))}
    held: dict[str, list[dict[str, Any]]] = native(
        record_of(driver, "customers/read_held", parameters)
    )
    return held


def read_tombstones(driver: Driver) -> dict[str, int]:
    """Epoch milliseconds from which on events were erased, by tombstone."""
    record = record_of(driver, "customers/read_tombstones", {"noTime": NO_TIME})
    return dict(zip(record["id"], record["since"], strict=True))


def erase_person(driver: Driver, person: Person, tombstones: Mapping[str, int]) -> Erased:
    """Delete all that the graph holds about a person, in one transaction.

    Args:
        driver: an open driver.
        person: whom to erase.
        tombstones: epoch milliseconds from which on events are erased, by tombstone.
    """
    with driver.session(database=DATABASE) as session:
        return session.execute_write(_erase, person, tombstones)


def _erase(
    transaction: ManagedTransaction, person: Person, tombstones: Mapping[str, int]
) -> Erased:
    def run(name: str, **parameters: Any) -> dict[str, int]:
        record = transaction.run(query(f"customers/{name}").text, parameters).single()
        return {} if record is None else dict(record)

    customers, ids = list(person.customers), sorted(person.ids)
    counts = run("mark_runs", customer=customers)
    counts |= run("erase_events", customer=customers)
    run("delete_bare_days")
    counts |= run("unname_events", customer=list(person.others), id=ids)
    links = list(map(link_id, person.links))
    counts |= run("erase_customers", customer=customers, link=links, id=ids)
    counts |= run("delete_bare_accounts")
    since = [None if time == NO_TIME else time for time in tombstones.values()]
    run("write_tombstones", id=list(tombstones), since=since)
    return Erased(tombstones=len(tombstones), **counts)
