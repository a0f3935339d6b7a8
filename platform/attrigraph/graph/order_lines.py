"""Lines of orders in the graph: ``(:Order)-[:CONTAINS]->(:Product)``.

An order is a node from the load that brings a line of it, and not for conversions without lines. At
the end of every load the conversions of orders are linked to them, so that lines may come before or
after. A line that is stored is compared with later rows of it, and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain.order_lines import OrderLine
from attrigraph.graph.catalogue import query
from attrigraph.graph.history import RejectedEvent, other_content
from attrigraph.graph.names import record_of
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from neo4j import Driver, ManagedTransaction

BATCH: Final = 2000
"""Orders per transaction."""


@dataclass(frozen=True, slots=True)
class WrittenLines:
    """The lines of orders of a load: those of its files = written + present + rejected.

    Attributes:
        written: how many are new.
        present: how many were stored already with the same content.
        rejected: those that contradict a stored one of their order with the same id.
        waiting: how many orders of these lines have no conversion yet.
        example: the first of these.
    """

    written: int = 0
    present: int = 0
    rejected: tuple[RejectedEvent, ...] = ()
    waiting: int = 0
    example: str | None = None


def write_order_lines(
    driver: Driver, lines: Sequence[OrderLine], purchases: Callable[[], Iterable[str]]
) -> WrittenLines:
    """Write lines of orders, and link the conversions of these; safe to repeat.

    Args:
        driver: an open driver.
        lines: of the files, by order and id.
        purchases: gives the ids of the conversions of the files and of their orders, of which the
            graph may have lines.
    """
    written, present = 0, 0
    rejected: list[RejectedEvent] = []
    with driver.session(database=DATABASE) as session:
        for batch in _batches_of_orders(lines):
            outcome = session.execute_write(_merge, batch)
            written += outcome.written
            present += outcome.present
            rejected += outcome.rejected
    if not record_of(driver, "ingest/count_orders")["orders"]:
        return WrittenLines(written, present, tuple(rejected))
    orders = sorted({line.order for line in lines})
    _link(driver, sorted({*orders, *purchases()}))
    waiting = record_of(driver, "ingest/waiting_orders", {"order": orders})
    return WrittenLines(written, present, tuple(rejected), waiting["orders"], waiting["example"])


def _batches_of_orders(lines: Sequence[OrderLine]) -> Iterator[list[OrderLine]]:
    """Lines of about ``BATCH`` orders each, of whole orders."""
    batch: list[OrderLine] = []
    for number, (_, of_order) in enumerate(groupby(lines, key=lambda line: line.order), start=1):
        batch += of_order
        if number % BATCH == 0:
            yield batch
            batch = []
    if batch:
        yield batch


def _merge(transaction: ManagedTransaction, lines: Sequence[OrderLine]) -> WrittenLines:
    """Write those lines that are new."""
    orders = sorted({line.order for line in lines})
    found = transaction.run(query("ingest/read_order_lines").text, {"order": orders})
    stored = {line.key: line for line in (OrderLine(*record.values()) for record in found)}
    new = [line for line in lines if line.key not in stored]
    rejected = [
        other_content("order line", line.key, differing)
        for line in lines
        if line.key in stored and (differing := _differing(line, stored[line.key]))
    ]
    rows = [_row(line) for line in new]
    transaction.run(query("ingest/merge_order_lines").text, {"rows": rows}).consume()
    return WrittenLines(len(new), len(lines) - len(new) - len(rejected), tuple(rejected))


def _row(line: OrderLine) -> dict[str, Any]:
    return {
        "line": line.id,
        "order": line.order,
        "product": line.product,
        "name": line.name,
        "quantity": line.quantity,
        "value": line.value,
    }


def _differing(one: OrderLine, other: OrderLine) -> list[str]:
    """In what two rows of a line contradict each other; names of products may differ."""
    names = ("product", "quantity", "value")
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _link(driver: Driver, names: Sequence[str]) -> None:
    """Link the conversions of orders to those of them that have lines."""
    with driver.session(database=DATABASE) as session:
        for start in range(0, len(names), BATCH):
            parameters = {"order": names[start : start + BATCH]}
            session.execute_write(_run, "ingest/link_orders", parameters)


def _run(transaction: ManagedTransaction, name: str, parameters: dict[str, Any]) -> None:
    transaction.run(query(name).text, parameters).consume()
