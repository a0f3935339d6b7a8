"""What campaigns run on and target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.graph.names import record_of
from attrigraph.planning.related_campaigns import CampaignReach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neo4j import Driver


def read_reach(driver: Driver, ids: Sequence[str]) -> dict[str, CampaignReach]:
    """The channels and audiences of campaigns that the graph has, by id."""
    record = record_of(driver, "similarity/read_reach", {"ids": list(ids)})
    rows = zip(record["id"], record["channels"], record["audiences"], strict=True)
    return {
        id_: CampaignReach(frozenset(channels), frozenset(audiences))
        for id_, channels, audiences in rows
    }
