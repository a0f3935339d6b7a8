"""Links between ids in the graph: which id belongs to which person, and since when.

A link is a node ``Identity``. It names ids by keyed hashes only. ``customerId`` is the customer
whom the events of the id were given; a link without one, or with another than follows from all
links, shows that ``graph.rejoin`` has something to do or did not come to its end.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from neo4j import RoutingControl

from attrigraph.domain import NO_TIME
from attrigraph.domain.identities import IdLinks
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from neo4j import Driver

    Link = tuple[str, str, int]

T = TypeVar("T")

ROWS: Final = 5000
"""Links or ids per statement."""


def has_identities(driver: Driver) -> bool:
    """Whether the graph has any link."""
    record = driver.execute_query(
        query("ingest/count_identities").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]
    return bool(record["identities"])


def linked(driver: Driver, ids: Iterable[str]) -> IdLinks:
    """The links that lead to any of these ids, as columns in their order; see ``read_links``."""
    return IdLinks.of_rows(sorted(read_links(driver, ids)))


def read_links(driver: Driver, ids: Iterable[str]) -> dict[Link, str]:
    """The links that lead to any of these ids, directly or through others.

    Args:
        driver: an open driver.
        ids: keyed hashes of ids. None of them gives no links.

    Returns:
        By link (anonymous, person, since), the customer whom its events were given; '' for none.
    """
    customer: dict[Link, str] = {}
    seen = set(ids)
    next_ids = seen if has_identities(driver) else set()
    while next_ids:
        found: dict[Link, str] = {}
        for chunk in chunks(sorted(next_ids)):
            found |= _naming(driver, chunk)
        customer |= found
        next_ids = {name for link in found for name in link[:2]} - seen
        seen |= next_ids
    return customer


def create_links(driver: Driver, links: Sequence[Link]) -> None:
    """Create missing links; safe to repeat."""
    for chunk in chunks(sorted(links)):
        anonymous, person, since = zip(*chunk, strict=True)
        parameters = {
            "id": list(map(link_id, chunk)),
            "anonymous": anonymous,
            "person": person,
            "since": [None if time == NO_TIME else time for time in since],
        }
        _write(driver, "merge_identities", parameters)


def mark_links(driver: Driver, customer: dict[Link, str]) -> None:
    """Store the customers whom the events of linked ids were given; safe to repeat."""
    for chunk in chunks(sorted(customer)):
        parameters = {
            "id": list(map(link_id, chunk)),
            "customer": [customer[link] for link in chunk],
        }
        _write(driver, "mark_identities", parameters)


def connect_links(driver: Driver, links: Sequence[Link]) -> None:
    """Connect links with their customers, as far as these exist; safe to repeat."""
    for chunk in chunks(sorted(links)):
        _write(driver, "link_identities", {"id": list(map(link_id, chunk))})


def link_id(link: Link) -> str:
    """The id of a link's node."""
    anonymous, person, since = link
    return f"{anonymous}:{person}" if since == NO_TIME else f"{anonymous}:{person}:{since}"


def chunks(rows: Sequence[T]) -> Iterator[list[T]]:
    """The rows, ``ROWS`` at a time."""
    left = iter(rows)
    while chunk := list(islice(left, ROWS)):
        yield chunk


def _naming(driver: Driver, ids: Sequence[str]) -> dict[Link, str]:
    record = driver.execute_query(
        query("ingest/read_identities").text,
        {"hash": ids, "noTime": NO_TIME},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    ).records[0]
    links = zip(record["anonymous"], record["person"], record["since"], strict=True)
    return dict(zip(links, record["customer"], strict=True))


def _write(driver: Driver, name: str, parameters: dict[str, Any]) -> None:
    with driver.session(database=DATABASE) as session:
        session.execute_write(
            lambda transaction: transaction.run(query(f"ingest/{name}").text, parameters).consume()
        )
