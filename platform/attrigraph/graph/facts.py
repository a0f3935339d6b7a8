"""All events of the graph, of which those that a file of the home holds are not read again.

The file says up to which load it holds all facts. Only customers who changed since are read, found
by an index; those who were deleted are found by the number of customers. Which campaign a creative
belongs to is read every time. Where the numbers of touches and conversions differ in the end,
somebody changed the graph without a load, and everything is read.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import N_BUCKETS, Categorical
from attrigraph.domain.event_tables import with_replaced
from attrigraph.graph.facts_file import StoredFacts, read_facts, write_facts
from attrigraph.graph.journeys import read_changed, read_events, with_aliases
from attrigraph.graph.loads import is_of_graph, seen_loads
from attrigraph.graph.names import record_of
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from pathlib import Path

    from neo4j import Driver

    from attrigraph.domain import EventTable

logger = logging.getLogger(__name__)

NAME = "facts.npz"
"""Name of the file."""


def read_known_events(driver: Driver, folder: Path) -> EventTable:
    """Every customer with touches and conversions: what ``read_events`` reads, with less reading.

    Args:
        driver: an open driver.
        folder: of the file, which is made or renewed.

    Raises:
        StoreError: the graph does not have the form that the loader writes.
    """
    seen, path = seen_loads(driver), folder / NAME
    stored = read_facts(path)
    events = None
    if stored is not None and is_of_graph(driver, stored.seen):
        events = _renewed(driver, stored)
    if events is None:
        events = replace(read_events(driver), n_aliases=None)
    if seen.id is None:
        path.unlink(missing_ok=True)
    elif stored is None or events is not stored.events or stored.seen != seen:
        _write(path, StoredFacts(seen, events))
    return with_aliases(driver, _in_tree(driver, events))


def forget_known(folder: Path) -> None:
    """Delete the file, after facts of people were deleted; the next run reads all."""
    (folder / NAME).unlink(missing_ok=True)


def _write(path: Path, facts: StoredFacts) -> None:
    try:
        write_facts(path, facts)
    except OSError as error:
        logger.warning(
            f"the events that were read cannot be kept in {path} "
            f"({(error.strerror or str(error)).lower()}), so that the next run reads all again"
        )


def _renewed(driver: Driver, stored: StoredFacts) -> EventTable | None:
    """Stored events with those of the customers who changed since; None if they do not agree."""
    fresh = read_changed(driver, stored.seen.number)
    known = stored.events
    changed = set(fresh.customers.tolist())
    kept = np.array([name not in changed for name in known.customers.tolist()], bool)
    n_customers = _counts(driver)["customers"]
    if kept.sum() + len(changed) != n_customers:
        existing = _existing(driver)
        kept &= np.array([name in existing for name in known.customers.tolist()], bool)
    events = known if kept.all() and not changed else with_replaced(known, kept, fresh)
    if not _agrees(driver, events):
        logger.info("the graph was changed by something else than a load; reading all of it")
        return None
    logger.info(f"read {counted(len(changed), 'changed customer')}; the others are known")
    return events


def _existing(driver: Driver) -> set[str]:
    parameters = {"lo": 0, "hi": N_BUCKETS}
    return set(record_of(driver, "journeys/list_customers", parameters)["customers"])


def _agrees(driver: Driver, events: EventTable) -> bool:
    return _counts(driver) == {
        "customers": len(events.customers),
        "touches": len(events.touches),
        "conversions": len(events.conversions),
    }


def _counts(driver: Driver) -> dict[str, Any]:
    return record_of(driver, "journeys/count_facts")


def _in_tree(driver: Driver, events: EventTable) -> EventTable:
    """The events with the campaigns that creatives belong to now."""
    tree = dict(record_of(driver, "journeys/read_served")["creatives"])
    touches = events.touches
    creative, campaign = touches.creative, touches.campaign
    names = [*(tree.get(key) or None for key in creative.keys), *campaign.keys]
    of_campaign = np.where(campaign.codes < 0, -1, campaign.codes + len(creative.keys))
    codes = np.where(creative.codes >= 0, creative.codes, of_campaign).astype(np.int32)
    return replace(events, touches=replace(touches, campaign=Categorical.of_codes(codes, names)))
