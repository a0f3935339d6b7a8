"""Refunds in the graph: stored as they come, and taken off the value of their conversions.

A refund is a node from the load that brings it. At the end of every load those whose conversion is
in the graph are linked to it, and the conversion gets what is left of its value. The others wait.
A conversion keeps its value before refunds, by which files that are loaded again are compared, and
the id of its order, where that is another than its own. A refund that is stored without an amount
gets that of a later row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from neo4j import RoutingControl

from attrigraph.domain.refunds import Refund, settle, share
from attrigraph.domain.spellings import spelled_otherwise
from attrigraph.graph.catalogue import query
from attrigraph.graph.history import RejectedEvent, other_content
from attrigraph.graph.names import record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from neo4j import Driver, ManagedTransaction

    from attrigraph.domain.refunds import Settlement

BATCH: Final = 2000
"""Refunds per transaction."""


@dataclass(frozen=True, slots=True)
class WrittenRefunds:
    """The refunds of a load: those of its files = written + present + rejected.

    Attributes:
        written: how many are new.
        present: how many were stored already with the same content, or but for an amount that one
            of the two does not have.
        rejected: those that contradict a stored one with the same id.
        waiting: how many refunds of the graph have no conversion yet, by the order's id.
        spelled: of those orders, what conversions have in another spelling.
    """

    written: int = 0
    present: int = 0
    rejected: tuple[RejectedEvent, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)


def write_orders(
    driver: Driver, orders: Mapping[str, str], messages: Mapping[str, str]
) -> tuple[RejectedEvent, ...]:
    """Give conversions of the graph the ids of their orders and messages.

    Args:
        driver: an open driver.
        orders: id of the order by id of the conversion.
        messages: id of the message by id of the conversion.

    Returns:
        Conversions that have another order in the graph, which they keep.
    """
    rows = [
        {"id": key, "order": orders.get(key), "messageId": messages.get(key)}
        for key in sorted(orders.keys() | messages.keys())
    ]
    other: list[str] = []
    with driver.session(database=DATABASE) as session:
        for start in range(0, len(rows), BATCH):
            other += session.execute_write(_name_orders, rows[start : start + BATCH])
    return tuple(other_content("conversion", key, ["order"]) for key in other)


def _name_orders(
    transaction: ManagedTransaction, rows: Sequence[dict[str, str | None]]
) -> list[str]:
    found = transaction.run(query("ingest/name_orders").text, {"rows": list(rows)}).single(True)
    return list(found["id"])


def write_refunds(
    driver: Driver,
    refunds: Sequence[Refund],
    purchases: Iterable[str] = (),
    *,
    load: int | None = None,
) -> WrittenRefunds:
    """Write refunds, and settle the conversions that they reduce; safe to repeat.

    Args:
        driver: an open driver.
        refunds: of the files, each id once.
        purchases: ids of the conversions of the files and of their orders, of which the graph may
            have refunds.
        load: number of the load by which conversions change; None for none.
    """
    written, present = 0, 0
    rejected: list[RejectedEvent] = []
    with driver.session(database=DATABASE) as session:
        for start in range(0, len(refunds), BATCH):
            batch = refunds[start : start + BATCH]
            outcome = session.execute_write(_merge, batch)
            written += outcome.written
            present += outcome.present
            rejected += outcome.rejected
    names = {one.order for one in refunds}.union(purchases)
    waiting: dict[str, int] = {}
    if _has_refunds(driver):
        _settle_all(driver, sorted(names), load)
        waiting = _waiting(driver)
    spelled = spelled_otherwise(waiting, lambda names: _known_orders(driver, names))
    return WrittenRefunds(written, present, tuple(rejected), waiting, spelled)


def _known_orders(driver: Driver, names: Sequence[str]) -> list[str]:
    """Those of some ids that conversions of the graph or their orders have."""
    found = record_of(driver, "ingest/known_orders", {"order": list(names)}) if names else {}
    return list(found.get("order", ()))


def _merge(transaction: ManagedTransaction, refunds: Sequence[Refund]) -> WrittenRefunds:
    """Write those refunds that are new."""
    parameters = {"id": [one.id for one in refunds]}
    stored = {
        record["id"]: Refund(**record.data())
        for record in transaction.run(query("ingest/read_refunds").text, parameters)
    }
    new = [one for one in refunds if one.id not in stored]
    known = [one for one in refunds if one.id in stored]
    other = [one for one in known if _differing(one, stored[one.id])]
    completing = [one for one in known if _completes(one, stored[one.id])]
    for name, written in (("merge_refunds", new), ("fill_refunds", completing)):
        rows = [_row(one) for one in written]
        transaction.run(query(f"ingest/{name}").text, {"rows": rows}).consume()
    rejected = tuple(
        other_content("refund", one.id, _differing(one, stored[one.id])) for one in other
    )
    return WrittenRefunds(len(new), len(refunds) - len(new) - len(other), rejected)


def _row(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "order": refund.order,
        "kind": refund.kind,
        "amount": refund.amount,
        "at": refund.time,
    }


def _differing(one: Refund, other: Refund) -> list[str]:
    """In what two rows of a refund contradict each other; an amount that is missing does not."""
    names = ["order", "kind", "time"]
    if one.amount is not None and other.amount is not None:
        names.append("amount")
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _completes(one: Refund, other: Refund) -> bool:
    """Whether a row differs from the other one in an amount that only it has."""
    missing = one.amount is not None and other.amount is None
    return missing and not _differing(one, other)


def _has_refunds(driver: Driver) -> bool:
    return bool(record_of(driver, "ingest/count_refunds")["refunds"])


def _waiting(driver: Driver) -> dict[str, int]:
    """How many refunds of the graph reduce nothing, by the order's id."""
    records, _, _ = driver.execute_query(
        query("ingest/waiting_refunds").text, database_=DATABASE, routing_=RoutingControl.READ
    )
    return {one["order"]: one["refunds"] for one in records}


def _settle_all(driver: Driver, names: Sequence[str], load: int | None) -> None:
    """Settle the conversions of orders that have refunds which do not reduce them yet."""
    with driver.session(database=DATABASE) as session:
        for start in range(0, len(names), BATCH):
            rows = session.execute_read(_unsettled, names[start : start + BATCH])
            if rows:
                session.execute_write(_settle, rows, load)


def _unsettled(transaction: ManagedTransaction, names: Sequence[str]) -> list[dict[str, str]]:
    found = transaction.run(query("ingest/unsettled_refunds").text, {"order": list(names)})
    return [record.data() for record in found]


def _settle(
    transaction: ManagedTransaction, rows: Sequence[dict[str, str]], load: int | None
) -> None:
    """Link refunds to conversions, and give these what is left of their values."""
    transaction.run(query("ingest/link_refunds").text, {"rows": list(rows)}).consume()
    settled, cancelled = [], []
    reduced = {"id": [row["id"] for row in rows]}
    for record in transaction.run(query("ingest/read_reduced").text, reduced):
        left = _left(record["gross"], record["refunds"])
        settled.append({"id": record["id"], "value": left.value, "refunded": left.refunded})
        if left.cancelled:
            cancelled.append(record["id"])
    parameters = {"rows": settled, "load": load}
    transaction.run(query("ingest/settle_conversions").text, parameters).consume()
    transaction.run(query("ingest/unlink_conversions").text, {"id": cancelled}).consume()
    found = transaction.run(query("ingest/cancel_conversions").text, {"id": cancelled})
    customers = {"customer": sorted(found.single(strict=True)["customers"])}
    transaction.run(query("ingest/link_repeats").text, customers).consume()


def _left(gross: float, refunds: Sequence[Sequence[Any]]) -> Settlement:
    """What is left of a conversion; each refund with the values that share it last."""
    return settle(gross, [share(Refund(*row), gross, values) for *row, values in refunds])
