"""PostHog's batch export: generated files, credited by an independent script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from web_visits import MUTATIONS, Hit, Return, Row, Shop, check_credits, mutated, take_back, written

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {"page": "$pageview", "order": "purchase", "login": "$identify", "scroll": "$autocapture"}


def row(hit: Hit) -> Row:
    """A line of the export; the properties repeat the source of an earlier visit."""
    properties: Row = {
        "$session_id": str(hit.session),
        "$device_id": hit.device,
        "$current_url": hit.url,
        "$referrer": hit.referrer or "$direct",
        "$initial_referring_domain": "$direct",
        "utm_source": "bing",
        "utm_medium": "cpc",
        "$set": {"email": "x@example.org"},
    }
    if hit.what == "login":
        properties["$anon_distinct_id"] = hit.device
    if hit.what == "order":
        properties |= {"order_id": f"o{hit.number}", "revenue": hit.value, "currency": "EUR"}
    return {
        "uuid": f"{hit.number:08x}-0000-7000-8000-000000000000",
        "event": EVENTS[hit.what],
        "properties": properties,
        "distinct_id": hit.user or hit.device,
        "person_id": f"person-of-{hit.user or hit.device}",
        "team_id": 1,
        "elements": "",
        "timestamp": f"{hit.time:%Y-%m-%dT%H:%M:%S.%f}+00:00",
        "created_at": f"{hit.time:%Y-%m-%dT%H:%M:%S.%f}+00:00",
    }


def taken_back(back: Return) -> Row:
    """A refund or cancellation: an event of its own, or a purchase of negative revenue."""
    own = row(back.hit)
    revenue = None if back.amount is None else back.amount
    own["properties"] |= {"order_id": f"o{back.order.number}", "revenue": revenue}
    if back.what == "cancellation":
        return {**own, "event": "order_canceled"}
    if back.amount is not None and back.order.number % 2:
        own["properties"]["revenue"] = -back.amount
        return own
    return {**own, "event": "order_refunded"}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_export_has_the_credits_of_its_visits(mutation: str, tmp_path: Path) -> None:
    shop = Shop(10 + MUTATIONS.index(mutation), sourceless="direct")
    rows = [row(hit) for hit in shop.hits] + [taken_back(back) for back in take_back(shop)]
    assert len(rows) > 1_000
    files = mutated(
        rows,
        tmp_path / "events.jsonl",
        mutation,
        optional=("person_id", "team_id", "elements", "created_at"),
        day=lambda each: each["timestamp"][:10],
    )
    check_credits(files, shop.histories, tmp_path, "posthog", kind="purchase")


def test_parquet_holds_the_properties_as_text(tmp_path: Path) -> None:
    shop = Shop(20, sourceless="direct")
    rows = [row(hit) for hit in shop.hits] + [taken_back(back) for back in take_back(shop)]
    texts = [{**each, "properties": json.dumps(each["properties"])} for each in rows]
    path = written(texts, tmp_path / "events.parquet")
    check_credits([path], shop.histories, tmp_path, "posthog", kind="purchase")
