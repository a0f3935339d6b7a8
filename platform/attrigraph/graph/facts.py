"""All events of the graph, of which those that files of the home hold are not read again.

The files say up to which load they hold all facts. Only customers who changed since are read, found
by an index; those who were deleted are found by the number of customers. Which campaign a creative
belongs to is read every time. Where the numbers of touches and conversions differ in the end,
somebody changed the graph without a load, and everything is read.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import N_BUCKETS, Categorical
from attrigraph.domain.event_slices import event_parts
from attrigraph.domain.event_tables import joined_events, with_replaced
from attrigraph.graph.facts_files import (
    BUCKETS,
    N_FILES,
    StoredFacts,
    delete_facts,
    read_facts,
    read_manifest,
    read_part,
    write_facts,
)
from attrigraph.graph.journeys import (
    read_buckets,
    read_changed,
    read_events,
    with_aliases,
    without_ids,
)
from attrigraph.graph.loads import has_deletion, is_of_graph, seen_loads
from attrigraph.graph.names import record_of
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from neo4j import Driver
    from numpy.typing import NDArray

    from attrigraph.domain import EventTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FactsCache:
    """Where events that were read are kept.

    Attributes:
        folder: of the files.
        max_bytes: that they may have in all; customers beyond are read from the graph by every run.
    """

    folder: Path
    max_bytes: int

    def forget(self) -> None:
        """Delete all files, after facts of people were deleted; the next run reads all."""
        delete_facts(self.folder)

    def figures(self) -> dict[str, Any]:
        """Number and bytes of the files, their bound, and the last load that they hold in full.

        ``complete`` is whether they hold the events of all customers.
        """
        seen, files = read_manifest(self.folder) or (None, {})
        return {
            "files": len(files),
            "bytes": sum(file.size for file in files.values()),
            "max_bytes": self.max_bytes,
            "complete": len(files) == N_FILES,
            "load": None if seen is None else seen.number,
        }


def read_known_events(driver: Driver, cache: FactsCache, *, ids: bool = True) -> EventTable:
    """Every customer with touches and conversions: what ``read_events`` reads, with less reading.

    Args:
        driver: an open driver.
        cache: of the files, which are made or renewed.
        ids: whether to read ids of touches; otherwise ``touches.id`` is None throughout.

    Raises:
        StoreError: the graph does not have the form that the loader writes.
    """
    seen, stored = seen_loads(driver), read_facts(cache.folder, ids=ids)
    found = None
    if stored is not None and is_of_graph(driver, stored.seen):
        found = _renewed(driver, cache.folder, stored, ids=ids)
    if found is None:
        events = replace(read_events(driver), n_aliases=None)
        parts: Sequence[EventTable] = event_parts(events, N_FILES)
        stored, changed = None, set(range(N_FILES))
    else:
        parts, changed = found
        events = joined_events(parts)
    if seen.id is None:
        cache.forget()
    elif stored is None or changed or stored.seen != seen or stored.size > cache.max_bytes:
        files = {} if stored is None else stored.files
        _write(driver, cache, StoredFacts(seen, tuple(parts), files), changed)
    return with_aliases(driver, _in_tree(driver, events if ids else without_ids(events)))


def _write(driver: Driver, cache: FactsCache, facts: StoredFacts, changed: Collection[int]) -> None:
    try:
        left_out = write_facts(cache.folder, facts, changed=changed, max_bytes=cache.max_bytes)
    except OSError as error:
        logger.warning(
            f"the events that were read cannot be kept in {cache.folder} "
            f"({(error.strerror or str(error)).lower()}), so that the next run reads them again"
        )
        return
    if left_out:
        logger.info(
            f"{counted(cache.max_bytes // 1_000_000, 'MB')} hold the events of "
            f"{1 - len(left_out) / N_FILES:.0%} of the customers, and every run reads the others; "
            "set ATTRIGRAPH_FACTS_CACHE_MB for more"
        )
    # one that began meanwhile may have deleted the files before these were written
    if has_deletion(driver, facts.seen.number):
        cache.forget()


def _renewed(
    driver: Driver, folder: Path, stored: StoredFacts, *, ids: bool
) -> tuple[list[EventTable], set[int]] | None:
    """All parts as they are now, and which differ from files; None if they do not agree.

    Parts that differ have ids of touches, whether the stored ones have them or not.
    """
    changed = {number for number, part in enumerate(stored.parts) if part is None}
    if len(changed) == N_FILES:
        return None
    fresh = read_changed(driver, stored.seen.number)
    by_part = event_parts(fresh, N_FILES)
    read = dict(zip(sorted(changed), _read_parts(driver, sorted(changed)), strict=True))
    known = {number: part for number, part in enumerate(stored.parts) if part is not None}
    kept = {number: _unchanged(part, by_part[number]) for number, part in known.items()}
    n_customers = sum(len(part.customers) for part in read.values()) + sum(
        mask.sum() + len(by_part[number].customers) for number, mask in kept.items()
    )
    if n_customers != _counts(driver)["customers"]:
        existing = _existing(driver)
        for number, part in known.items():
            kept[number] &= np.array([name in existing for name in part.customers.tolist()], bool)
    parts = []
    for number in range(N_FILES):
        if number in read:
            parts.append(read[number])
        elif kept[number].all() and not len(by_part[number].customers):
            parts.append(known[number])
        else:
            whole = known[number] if ids else read_part(folder, stored.files[number])
            if whole is None:
                return None
            changed.add(number)
            parts.append(with_replaced(whole, kept[number], by_part[number]))
    if not _agrees(driver, parts):
        logger.info("the graph was changed by something else than a load; reading all of it")
        return None
    logger.info(f"read {counted(len(fresh.customers), 'changed customer')}; the others are known")
    return parts, changed


def _read_parts(driver: Driver, numbers: Sequence[int]) -> list[EventTable]:
    """Parts that no file holds."""
    ranges = [(number * BUCKETS, (number + 1) * BUCKETS) for number in numbers]
    if not ranges:
        return []
    parts = event_parts(read_buckets(driver, ranges), N_FILES)
    return [parts[number] for number in numbers]


def _unchanged(part: EventTable, fresh: EventTable) -> NDArray[np.bool_]:
    """Which customers are not among others."""
    changed = set(fresh.customers.tolist())
    return np.array([name not in changed for name in part.customers.tolist()], bool)


def _existing(driver: Driver) -> set[str]:
    parameters = {"lo": 0, "hi": N_BUCKETS}
    return set(record_of(driver, "journeys/list_customers", parameters)["customers"])


def _agrees(driver: Driver, parts: Sequence[EventTable]) -> bool:
    return _counts(driver) == {
        "customers": sum(len(part.customers) for part in parts),
        "touches": sum(len(part.touches) for part in parts),
        "conversions": sum(len(part.conversions) for part in parts),
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
