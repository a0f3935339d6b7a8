"""Writes what touches refer to: channels, campaigns, creatives and the tables that describe them.

A later load adds to what is known and replaces what it gives anew: names, dates, budgets, daily
figures, the audience around an audience. Only the campaign of a creative never changes, because
credit that was shared out rests on it.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from neo4j import RoutingControl

from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.graph.connection import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from neo4j import Driver, ManagedTransaction

    from attrigraph.domain import (
        Audience,
        Campaign,
        Creative,
        CreativeDays,
        CustomerAttributes,
        Element,
        References,
    )

    Row = Mapping[str, Any]
    Pair = tuple[str, str]

T = TypeVar("T")

ROWS: Final = 5000
"""Rows that one transaction writes."""

COUNTS: Final = ("impressions", "reach", "clicks", "conversions")
"""Daily figures that are whole numbers."""

_RESERVED: Final = {"id", "bucket"}


def read_part_of(driver: Driver) -> dict[str, str]:
    """The campaign of every creative that the graph has in one."""
    record = driver.execute_query(
        query("ingest/read_part_of").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]
    return dict(zip(record["creative"], record["campaign"], strict=True))


def read_parents(driver: Driver) -> dict[str, str]:
    """The audience around every audience that the graph has within one."""
    record = driver.execute_query(
        query("ingest/read_parents").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]
    return dict(zip(record["audience"], record["parent"], strict=True))


def write_references(driver: Driver, references: References) -> None:
    """Write all references; safe to repeat.

    Raises:
        InputError: meanwhile another load made a creative part of another campaign, or put
            audiences within each other the other way round; what was written before that stays.
    """
    for some in _portions(references.channels):
        _write(driver, "merge_channels", {"names": some})
    _write_things(driver, "merge_campaigns", references.campaigns)
    _write_things(driver, "merge_audiences", references.audiences)
    _write_things(driver, "merge_creatives", references.creatives)
    _write_things(driver, "merge_elements", references.elements)
    _write_rows(driver, "link_runs_on", references.runs_on)
    _write_rows(driver, "link_targets", references.targets)
    _write_rows(driver, "link_elements", references.has_element)
    _write_rows(driver, "link_shown_to", references.shown_to)
    _write_audience_tree(driver, references.audiences)
    _write_part_of(driver, references.creatives)
    _write_rows(driver, "merge_creative_days", day_rows(references.creative_days))


def wire_creatives(driver: Driver, references: References) -> None:
    """Let campaigns run on the channels of touches that were written just now; safe to repeat.

    Needed for creatives whose campaign these files do not tell: where another load told it while
    the touches were being written, it may not have seen them all.
    """
    for some in _portions(each.id for each in references.creatives if each.campaign is None):
        _write(driver, "wire_creatives", {"creative": some})


def write_customer_attributes(driver: Driver, events: CustomerAttributes) -> None:
    """Write what was known of customers; customers that are missing are made; safe to repeat.

    Raises:
        InputError: a column is named as a property that customers have anyway.
    """
    taken = _RESERVED & set(events.columns)
    if taken:
        raise InputError(
            f"facts about customers cannot be named {' or '.join(sorted(taken))}; these properties "
            "belong to the graph: name the column otherwise"
        )
    _write_rows(driver, "merge_customers", customer_rows(events))


def mark_customers(driver: Driver, check: str) -> None:
    """Note how customers' ids came about, or compare with what an earlier load has noted.

    Args:
        driver: an open driver.
        check: a value that tells one key of pseudonyms from another, or says that ids were kept.

    Raises:
        InputError: the customers of the graph were loaded with another key, or otherwise.
    """
    noted = _write(driver, "mark_customers", {"check": check})["noted"]
    if noted != check:
        raise InputError(
            "the graph's customers were loaded with another key of pseudonyms (or with --keep-ids "
            "where this load has none, or the other way round), so the same customer would be "
            "there twice; use the key of the first load (customer.key in the home, or "
            "ATTRIGRAPH_CUSTOMER_KEY), or load into a home of its own"
        )


def day_rows(days: CreativeDays) -> Iterator[dict[str, Any]]:
    """Daily figures as rows for ``ingest/merge_creative_days``."""
    columns = {name: getattr(days, name).tolist() for name in (*COUNTS, "cost")}
    creative, audience = days.creative.values(), days.audience.values()
    for row, date in enumerate(days.date.astype(object)):
        figures = {name: column[row] for name, column in columns.items()}
        known = {name: value for name, value in figures.items() if not np.isnan(value)}
        known |= {name: int(known[name]) for name in COUNTS if name in known}
        yield {"creative": creative[row], "audience": audience[row], "date": date, "known": known}


def customer_rows(events: CustomerAttributes) -> Iterator[dict[str, Any]]:
    """Facts of customers as rows for ``ingest/merge_customers``."""
    columns = {name: column.tolist() for name, column in events.columns.items()}
    ids = zip(events.customers.tolist(), events.bucket.tolist(), strict=True)
    for row, (key, bucket) in enumerate(ids):
        values = {name: column[row] for name, column in columns.items()}
        known = {name: value for name, value in values.items() if value is not None}
        yield {"id": key, "bucket": bucket, "known": known}


def thing_row(thing: Campaign | Creative | Element | Audience) -> dict[str, Any]:
    """A thing as a row of the statements that merge things: its id and what is known of it."""
    own = {
        _camel(name): value
        for name, value in asdict(thing).items()
        if value is not None and name not in ("id", "campaign", "parent")
    }
    return {"id": thing.id, "known": own}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _write_things(
    driver: Driver, name: str, things: Sequence[Campaign | Creative | Element | Audience]
) -> None:
    _write_rows(driver, name, map(thing_row, things))


def _write_rows(driver: Driver, name: str, rows: Iterable[Row] | Iterable[Pair]) -> None:
    for some in _portions(rows):
        _write(driver, name, {"rows": some})


def _write_audience_tree(driver: Driver, audiences: Sequence[Audience]) -> None:
    """All in one transaction, which is undone where audiences lie within themselves."""
    pairs = [(audience.id, audience.parent) for audience in audiences if audience.parent]

    def work(transaction: ManagedTransaction) -> None:
        _run(transaction, "link_audiences", {"rows": pairs})
        ids = [child for child, _ in pairs]
        circular = _run(transaction, "circular_audiences", {"id": ids})["circular"]
        if circular:
            raise InputError(
                f"another load changed the audiences around {', '.join(map(repr, circular[:5]))} "
                "meanwhile, which would lie within themselves by these files; load them again, and "
                "the rows that say so are refused"
            )

    if pairs:
        with driver.session(database=DATABASE) as session:
            session.execute_write(work)


def _write_part_of(driver: Driver, creatives: Sequence[Creative]) -> None:
    pairs = [(creative.id, creative.campaign) for creative in creatives if creative.campaign]
    for some in _portions(pairs):
        found = _write(driver, "link_creatives", {"rows": some})["conflicts"]
        if found:
            creative, given, stored = found[0]
            raise InputError(
                f"another load made creative {creative!r} part of campaign {stored!r} meanwhile, "
                f"and these files say {given!r}; load them again, and the rows that say so are "
                "refused"
            )


def _portions(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, ROWS)):
        yield some


def _write(driver: Driver, name: str, parameters: Row) -> dict[str, Any]:
    with driver.session(database=DATABASE) as session:
        return session.execute_write(_run, name, parameters)


def _run(transaction: ManagedTransaction, name: str, parameters: Row) -> dict[str, Any]:
    record = transaction.run(query(f"ingest/{name}").text, dict(parameters)).single()
    return {} if record is None else dict(record)
