"""Writes reference data: channels, campaigns, creatives and the tables that describe them.

A later load adds values and replaces those it provides again: names, dates, budgets, daily figures,
the parent of an audience. Only the campaign tree never changes once it is known: existing credit
depends on the campaign of a creative.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from neo4j import RoutingControl

from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.graph.experiments import write_experiments
from attrigraph.graph.names import record_of
from attrigraph.graph.spend import write_claims, write_spend
from attrigraph.settings import DATABASE

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
    from attrigraph.graph.spend import WrittenDays

    Row = Mapping[str, Any]
    Pair = tuple[str, str]

T = TypeVar("T")

ROWS: Final = 5000
"""Rows per transaction."""

COUNTS: Final = ("impressions", "reach", "clicks")
"""Daily figures that are integers."""

DAY_LABELS: Final = {
    "channel": "channel",
    "ad_set": "adSetId",
    "campaign": "campaign",
    "currency": "currency",
}
"""Columns of text of daily figures, and the properties that hold them; absent where unknown."""

_NOT_PROPERTIES: Final = {"id", "campaign", "ad_set_id", "account_id", "parent"}
_RESERVED: Final = {"id", "bucket", "changedBy"}


@dataclass(frozen=True, slots=True)
class PartOf:
    """The campaign tree of the graph; what is part of nothing is left out.

    Attributes:
        creative_campaigns: campaign by creative.
        creative_ad_sets: ad set by creative.
        ad_set_campaigns: campaign by ad set.
        campaign_accounts: advertising account by campaign.
    """

    creative_campaigns: dict[str, str]
    creative_ad_sets: dict[str, str]
    ad_set_campaigns: dict[str, str]
    campaign_accounts: dict[str, str]


def read_part_of(driver: Driver) -> PartOf:
    """What each creative, ad set and campaign is part of in the graph."""
    record = record_of(driver, "ingest/read_part_of")
    return PartOf(**{name: dict(pairs) for name, pairs in record.items()})


def read_parents(driver: Driver) -> dict[str, str]:
    """Parent by audience, for the audiences that have one in the graph."""
    record = driver.execute_query(
        query("ingest/read_parents").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]
    return dict(zip(record["audience"], record["parent"], strict=True))


def write_references(driver: Driver, references: References) -> tuple[WrittenDays, WrittenDays]:
    """Write all references; safe to repeat. What became of days of spend, and of claims.

    Raises:
        InputError: at the same time, another load assigned a creative, ad set or campaign to
            something else, or nested audiences the other way round; what was written before that
            remains.
    """
    for chunk in _chunks(references.channels):
        _write(driver, "merge_channels", {"names": chunk})
    _write_nodes(driver, "merge_campaigns", references.campaigns)
    _write_nodes(driver, "merge_audiences", references.audiences)
    _write_nodes(driver, "merge_creatives", references.creatives)
    _write_nodes(driver, "merge_elements", references.elements)
    _write_rows(driver, "link_runs_on", references.runs_on)
    _write_rows(driver, "link_targets", references.targets)
    _write_rows(driver, "link_elements", references.has_element)
    _write_rows(driver, "link_shown_to", references.shown_to)
    _write_audience_tree(driver, references.audiences)
    _write_part_of(driver, references)
    _write_days(driver, references.creative_days)
    write_experiments(driver, references.experiments)
    return write_spend(driver, references.spend), write_claims(driver, references.claims)


def wire_creatives(driver: Driver, references: References) -> None:
    """Link campaigns to the channels of the touches just written; safe to repeat.

    Needed for creatives whose campaign is not in these files: if another load provided it while the
    touches were being written, it may not have seen all of them.
    """
    for chunk in _chunks(
        creative.id for creative in references.creatives if creative.campaign is None
    ):
        _write(driver, "wire_creatives", {"creative": chunk})


def write_customer_attributes(
    driver: Driver, customers: CustomerAttributes, *, load: int | None = None
) -> None:
    """Write attributes of customers, and create missing customers; safe to repeat.

    Args:
        driver: an open driver.
        customers: their attributes.
        load: number of the load that brings them; None for none.

    Raises:
        InputError: a column has the name of a property that every customer has.
    """
    taken = _RESERVED & set(customers.columns)
    if taken:
        raise InputError(
            f"attributes of customers cannot be named {' or '.join(sorted(taken))}: the graph uses "
            "these properties itself; rename the column"
        )
    _write_rows(driver, "merge_customers", customer_rows(customers), load=load)


def mark_customers(driver: Driver, check: str) -> None:
    """Store which pseudonym key made the customer ids, or check that it is the stored one.

    Args:
        driver: an open driver.
        check: fingerprint of the pseudonym key, or a mark that ids are kept as they are.

    Raises:
        InputError: the graph's customers were loaded with another key, or in the other way.
    """
    stored = _write(driver, "mark_customers", {"check": check})["stored"]
    if stored != check:
        raise InputError(
            "the graph's customers were loaded with another pseudonym key (or only one of the two "
            "loads has --keep-ids), so the same customer would exist twice; use the key of the "
            "first load (customer.key in the home, or ATTRIGRAPH_CUSTOMER_KEY), or load into "
            "another home"
        )


def day_rows(days: CreativeDays) -> Iterator[dict[str, Any]]:
    """Daily figures as rows for ``ingest/merge_creative_days``."""
    columns = {name: getattr(days, name).tolist() for name in (*COUNTS, "conversions", "cost")}
    labels = {stored: getattr(days, name).values() for name, stored in DAY_LABELS.items()}
    creative, audience = days.creative.values(), days.audience.values()
    for row, date in enumerate(days.date.astype(object)):
        figures = {name: column[row] for name, column in columns.items()}
        present = {name: value for name, value in figures.items() if not np.isnan(value)}
        present |= {name: int(present[name]) for name in COUNTS if name in present}
        stated = {name: column[row] for name, column in labels.items()}
        present |= {name: text for name, text in stated.items() if text is not None}
        yield {
            "creative": creative[row],
            "audience": audience[row],
            "date": date,
            "properties": present,
        }


def customer_rows(customers: CustomerAttributes) -> Iterator[dict[str, Any]]:
    """Attributes of customers as rows for ``ingest/merge_customers``."""
    columns = {name: column.tolist() for name, column in customers.columns.items()}
    ids = zip(customers.customers.tolist(), customers.bucket.tolist(), strict=True)
    for row, (key, bucket) in enumerate(ids):
        values = {name: column[row] for name, column in columns.items()}
        present = {name: value for name, value in values.items() if value is not None}
        yield {"id": key, "bucket": bucket, "properties": present}


def node_row(entity: Campaign | Creative | Element | Audience) -> dict[str, Any]:
    """An entity as a row of the statements that merge nodes: its id and its known properties."""
    own = {
        _camel(name): value
        for name, value in asdict(entity).items()
        if value is not None and name not in _NOT_PROPERTIES
    }
    return {"id": entity.id, "properties": own}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _write_nodes(
    driver: Driver, name: str, entities: Sequence[Campaign | Creative | Element | Audience]
) -> None:
    _write_rows(driver, name, map(node_row, entities))


def _write_rows(
    driver: Driver, name: str, rows: Iterable[Row] | Iterable[Pair], **constants: Any
) -> None:
    for chunk in _chunks(rows):
        _write(driver, name, {"rows": chunk, **constants})


def _write_days(driver: Driver, days: CreativeDays) -> None:
    """Daily figures, and in the same transaction the lists of them that models read."""

    def work(transaction: ManagedTransaction, rows: Sequence[Row]) -> None:
        _run(transaction, "merge_creative_days", {"rows": rows})
        creatives = sorted({row["creative"] for row in rows})
        _run(transaction, "link_deliveries", {"creatives": creatives})

    for chunk in _chunks(day_rows(days)):
        with driver.session(database=DATABASE) as session:
            session.execute_write(work, chunk)


def _write_audience_tree(driver: Driver, audiences: Sequence[Audience]) -> None:
    """All in one transaction, which is rolled back if an audience would contain itself."""
    pairs = [(audience.id, audience.parent) for audience in audiences if audience.parent]

    def work(transaction: ManagedTransaction) -> None:
        _run(transaction, "link_audiences", {"rows": pairs})
        ids = [child for child, _ in pairs]
        circular = _run(transaction, "circular_audiences", {"id": ids})["circular"]
        if circular:
            raise InputError(
                f"another load changed the parents of {', '.join(map(repr, circular[:5]))} at the "
                "same time, and with these files the audiences would contain themselves; load the "
                "files again to have the conflicting rows rejected"
            )

    if pairs:
        with driver.session(database=DATABASE) as session:
            session.execute_write(work)


def _write_part_of(driver: Driver, references: References) -> None:
    """The campaign tree; an ad set has its campaign before a creative becomes part of it."""
    campaigns, creatives = references.campaigns, references.creatives
    accounts = [(one.id, one.account_id) for one in campaigns if one.account_id]
    ad_sets = [(one.id, one.ad_set_id) for one in creatives if one.ad_set_id]
    in_campaigns = [(one.id, one.campaign) for one in creatives if one.campaign]
    sets_in_campaigns = {
        (one.ad_set_id, one.campaign) for one in creatives if one.ad_set_id and one.campaign
    }
    for chunk in _chunks(sorted({account for _, account in accounts})):
        _write(driver, "merge_ad_accounts", {"ids": chunk})
    _assign(driver, "link_ad_accounts", accounts, "campaign", "account")
    _assign(driver, "link_creatives", in_campaigns, "creative", "campaign")
    _assign(driver, "link_ad_sets", sorted(sets_in_campaigns), "ad set", "campaign")
    _assign(driver, "link_ad_set_creatives", ad_sets, "creative", "ad set")


def _assign(
    driver: Driver, name: str, rows: Iterable[Pair], kind: str, kind_of_parent: str
) -> None:
    for chunk in _chunks(rows):
        conflicts = _write(driver, name, {"rows": chunk})["conflicts"]
        if conflicts:
            child, parent, stored = conflicts[0]
            raise InputError(
                f"another load assigned {kind} {child!r} to {kind_of_parent} {stored!r} at the "
                f"same time, but in these files it is in {parent!r}; load the files again to have "
                "the conflicting rows rejected"
            )


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while chunk := list(islice(left, ROWS)):
        yield chunk


def _write(driver: Driver, name: str, parameters: Row) -> dict[str, Any]:
    with driver.session(database=DATABASE) as session:
        return session.execute_write(_run, name, parameters)


def _run(transaction: ManagedTransaction, name: str, parameters: Row) -> dict[str, Any]:
    record = transaction.run(query(f"ingest/{name}").text, dict(parameters)).single()
    return {} if record is None else dict(record)
