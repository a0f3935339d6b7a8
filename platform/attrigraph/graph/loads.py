"""Loads in the graph: which of them brought an event, and which customers changed since a load.

Every writer of facts (a load, an erasure, a retention) takes a number under a lock before it
writes, and ``Customer.changedBy`` has the number of the last one by which facts of the customer
changed. A reader notes ``Seen`` before it reads: the number up to which all loads have ended. So
customers who change while it reads, or by a load that began earlier and ends later, have a higher
number, and none is missed. A load that was killed has no end until its files are loaded again;
until then more customers than necessary count as changed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from attrigraph.graph.catalogue import query
from attrigraph.graph.names import record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from neo4j import Driver, ManagedTransaction

Kind = Literal["load", "erasure", "retention"]


@dataclass(frozen=True, slots=True)
class Seen:
    """The loads that a reader sees in full: all up to one.

    Attributes:
        number: of the last of them; 0 for none.
        id: its id, by which another graph is recognised; None for none.
    """

    number: int
    id: str | None


def begin_load(
    driver: Driver, kind: Kind, *, files: Sequence[str] = (), contents: Sequence[str] = ()
) -> int:
    """Number a change of facts that is about to begin.

    Args:
        driver: an open driver.
        kind: what changes them.
        files: names of the files.
        contents: of each file a hash of its bytes and of how it is read; a load that has all those
            of one that was killed ends it.
    """
    parameters = {
        "id": uuid4().hex,
        "kind": kind,
        "files": list(files),
        "contents": list(contents),
    }
    records, _, _ = driver.execute_query(
        query("loads/begin_load").text, parameters, database_=DATABASE
    )
    return int(records[0]["number"])


def end_load(
    driver: Driver, number: int, counts: Mapping[str, int] | None = None, *, alone: bool = False
) -> None:
    """End it, with counts of what it wrote.

    Args:
        driver: an open driver.
        number: of the load.
        counts: what it wrote.
        alone: whether nothing else changed facts meanwhile, so that an earlier erasure or retention
            without an end was killed; it ends, too.
    """
    parameters = {"number": number, "counts": dict(counts or {}), "alone": alone}
    driver.execute_query(query("loads/end_load").text, parameters, database_=DATABASE)


@contextmanager
def change_of_facts(driver: Driver, kind: Kind, *, alone: bool) -> Iterator[int]:
    """The number of a change that the block makes.

    It ends also where the block fails: each of its transactions is whole or absent then.

    Args:
        driver: an open driver.
        kind: what changes them.
        alone: whether no other change runs at the same time.
    """
    number = begin_load(driver, kind)
    try:
        yield number
    finally:
        end_load(driver, number, alone=alone)


def seen_loads(driver: Driver) -> Seen:
    """The loads that a reader that begins now sees in full."""
    return Seen(**record_of(driver, "loads/read_seen"))


def is_of_graph(driver: Driver, seen: Seen) -> bool:
    """Whether a graph has the loads that were seen; not one that was emptied or restored."""
    parameters = {"number": seen.number, "id": seen.id}
    return bool(record_of(driver, "loads/is_known", parameters)["known"])


def has_deletion(driver: Driver, after: int) -> bool:
    """Whether an erasure or a retention began after a load."""
    return bool(record_of(driver, "loads/has_deletion", {"after": after})["deleted"])


def list_changed(driver: Driver, after: int) -> list[str]:
    """Ids of the customers who were changed by loads with higher numbers."""
    return list(record_of(driver, "loads/list_changed", {"after": after})["customers"])


def count_changed(driver: Driver, after: int) -> int:
    """How many customers were changed by loads with higher numbers."""
    return int(record_of(driver, "loads/count_changed", {"after": after})["customers"])


def mark_changed(
    transaction: ManagedTransaction, customers: Collection[str], load: int | None
) -> None:
    """Note the load by which facts of customers changed; None for no load."""
    if customers and load is not None:
        parameters = {"customer": sorted(customers), "load": load}
        transaction.run(query("ingest/mark_changed").text, parameters).consume()
