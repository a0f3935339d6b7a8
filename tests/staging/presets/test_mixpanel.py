"""Mixpanel's raw export: a generated file, credited by an independent script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web_visits import MUTATIONS, Hit, Row, Shop, check_credits, mutated

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {"page": "$mp_web_page_view", "order": "Purchase", "login": "Login", "scroll": "Scrolled"}


def row(hit: Hit, stale: str) -> Row:
    """A line of the export; the properties repeat the source of an earlier visit."""
    properties = {
        "time": int(hit.time.timestamp()),
        "distinct_id": hit.user or f"$device:{hit.device}",
        "$insert_id": f"insert{hit.number}",
        "$device_id": hit.device,
        "$current_url": hit.url,
        "utm_source": stale,
        "utm_medium": "cpc",
        "$initial_referrer": "$direct",
        "$initial_referring_domain": "$direct",
        "mp_lib": "web",
        "mp_processing_time_ms": 1_790_000_000_000,
        "tags": ["a", {"b": 1}],
    }
    if hit.user:
        properties["$user_id"] = hit.user
    if hit.referrer:
        properties["$referrer"] = hit.referrer
    if hit.what == "order":
        properties |= {"order_id": f"o{hit.number}", "revenue": hit.value, "currency": "EUR"}
    return {"event": EVENTS[hit.what], "properties": properties}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_export_has_the_credits_of_its_visits(mutation: str, tmp_path: Path) -> None:
    shop = Shop(MUTATIONS.index(mutation))
    rows = [row(hit, "bing") for hit in shop.hits]
    if mutation == "without optional columns":
        for each in rows:
            del each["properties"]["$insert_id"], each["properties"]["$initial_referrer"]
    assert len(rows) > 1_000
    files = mutated(
        rows,
        tmp_path / "events.jsonl",
        mutation,
        optional=(),
        day=lambda each: each["properties"]["time"] // 86_400,
    )
    check_credits(files, shop.histories, tmp_path, "mixpanel", kind="Purchase")
