"""Numeric codes of channels, campaigns and creatives, used while events are read.

The client sends the codes to the server, and the server returns codes instead of names: fewer
bytes, and no lookup for each touch afterwards.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from neo4j import RoutingControl

from attrigraph.domain import Categorical
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from neo4j import Driver
    from numpy.typing import NDArray

MISSING: Final = -1
"""Code of a missing value."""

UNKNOWN_CODE: Final = -2
"""Code of a name that the server had no code for."""


def record_of(
    driver: Driver, name: str, parameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The single record that a statement returns."""
    records, _, _ = driver.execute_query(
        query(name).text,
        dict(parameters or {}),
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    [record] = records
    return dict(record)


def pages_of(driver: Driver, name: str, at_once: int) -> Iterator[dict[str, Any]]:
    """What a statement returns of all nodes of a kind by ``id``, so many at a time.

    Args:
        driver: an open driver.
        name: of a statement with the parameters ``after`` and ``limit``.
        at_once: how many.
    """
    after = ""
    while (record := record_of(driver, name, {"after": after, "limit": at_once}))["id"]:
        yield record
        after = record["id"][-1]


@dataclass(slots=True)
class Codes:
    """Codes by name; codes are only ever added, so all readers may share them.

    Creatives and campaigns share one sequence of codes: those of what a touch served.

    Attributes:
        channels: code by name.
        creatives: code by id.
        campaigns: code by id.
        finer: whether the graph has times finer than a millisecond.
        cost_shares: whether it has touches with the cost of a part of their visits.
        creative_of: by served code, the creative's id or None.
        campaign_of: by served code, the campaign's id or None.
    """

    driver: Driver
    channels: dict[str, int] = field(default_factory=dict)
    creatives: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)
    finer: bool = False
    cost_shares: bool = False
    creative_of: list[str | None] = field(default_factory=list)
    campaign_of: list[str | None] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._learn()

    def parameters(self) -> dict[str, dict[str, int]]:
        """The statement's parameters, copied because another reader may add codes."""
        with self._lock:
            return {
                "channels": dict(self.channels),
                "creatives": dict(self.creatives),
                "campaigns": dict(self.campaigns),
            }

    def learn(self, bounds: tuple[int, int]) -> None:
        """Add codes for new nodes of the graph, and for channels without a node."""
        low, high = bounds
        record = record_of(self.driver, "journeys/read_channels", {"lo": low, "hi": high})
        with self._lock:
            self._add_channels(record["channels"])
            self._learn()

    def _learn(self) -> None:
        served = record_of(self.driver, "journeys/read_served")
        self.finer, self.cost_shares = served["finer"], served["costShares"]
        self._add_channels(served["channels"])
        for creative, campaign in served["creatives"]:
            if creative not in self.creatives:
                self.creatives[creative] = self._add_served(creative, campaign or None)
        for campaign in served["campaigns"]:
            if campaign not in self.campaigns:
                self.campaigns[campaign] = self._add_served(None, campaign)

    def _add_channels(self, names: Sequence[str]) -> None:
        for name in names:
            self.channels.setdefault(name, len(self.channels))

    def _add_served(self, creative: str | None, campaign: str | None) -> int:
        self.creative_of.append(creative)
        self.campaign_of.append(campaign)
        return len(self.creative_of) - 1

    def named_channels(self, codes: NDArray[np.int32]) -> Categorical:
        """Channel codes as a column."""
        return _named(codes, list(self.channels))

    def named_campaigns(self, codes: NDArray[np.int32]) -> Categorical:
        """The campaigns of what was served, as a column."""
        return _named(codes, self.campaign_of)

    def named_creatives(self, codes: NDArray[np.int32]) -> Categorical:
        """The creatives among what was served, as a column."""
        return _named(codes, self.creative_of)


def _named(codes: NDArray[np.int32], names: Sequence[str | None]) -> Categorical:
    """Shared codes as codes into the sorted names in use; empty names are missing."""
    return Categorical.of_codes(codes, [name or None for name in names])
