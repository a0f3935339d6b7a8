"""Mixpanel's raw export: a generated file, credited by an independent script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from web_visits import MUTATIONS, Hit, Return, Row, Shop, check_credits, mutated, take_back

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


def taken_back(back: Return) -> Row:
    """A refund or cancellation: an event of its own, or a purchase of negative revenue."""
    own = row(replace(back.hit, what="order"), "bing")
    own["properties"] |= {"order_id": f"o{back.order.number}", "revenue": None}
    if back.what == "cancellation":
        return {**own, "event": "Order Cancelled"}
    if back.amount is not None and back.order.number % 2:
        own["properties"]["revenue"] = -back.amount
        return own
    own["properties"] |= {"revenue": back.order.value, "refund_amount": back.amount}
    return {**own, "event": "Order Refunded"}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_export_has_the_credits_of_its_visits(mutation: str, tmp_path: Path) -> None:
    shop = Shop(MUTATIONS.index(mutation))
    rows = [row(hit, "bing") for hit in shop.hits]
    rows += [taken_back(back) for back in take_back(shop)]
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
