"""Who makes touches for whom in a run: ``TRIGGERS`` relationships between channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neo4j import RoutingControl

from attrigraph.domain import TriggeredShare
from attrigraph.errors import StoreError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver


def write_triggers(
    driver: Driver, run: str, triggered: Mapping[str, Sequence[TriggeredShare]]
) -> None:
    """Write the triggered shares of a run, by model.

    Shares of channels that are unknown are left out, because no node stands for them.

    Raises:
        StoreError: the node of a channel was deleted.
    """
    rows = [
        (model, share)
        for model, shares in triggered.items()
        for share in shares
        if share.channel is not None and share.by is not None
    ]
    if not rows:
        return
    records, _, _ = driver.execute_query(
        query("scores/write_triggers").text,
        {
            "run": run,
            "model": [model for model, _ in rows],
            "by": [share.by for _, share in rows],
            "channel": [share.channel for _, share in rows],
            "share": [share.share for _, share in rows],
            "low": [share.low for _, share in rows],
            "high": [share.high for _, share in rows],
        },
        database_=DATABASE,
    )
    [record] = records
    if record["written"] != len(rows):
        raise StoreError(
            f"{len(rows) - record['written']} of {len(rows)} pairs of channels were deleted from "
            "the graph after they were read; try again when nothing else changes the graph"
        )


def read_triggers(driver: Driver, run: str) -> dict[str, list[TriggeredShare]]:
    """The triggered shares of a run by model, in no particular order."""
    records, _, _ = driver.execute_query(
        query("scores/read_triggers").text,
        {"run": run},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    triggered: dict[str, list[TriggeredShare]] = {}
    for model, channel, by, share, low, high in records:
        triggered.setdefault(model, []).append(TriggeredShare(channel, by, share, low, high))
    return triggered
