"""Amplitude's export: generated files, credited by an independent script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web_visits import (
    ARRIVALS,
    MUTATIONS,
    Hit,
    Return,
    Row,
    Shop,
    check_credits,
    mutated,
    take_back,
)

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {
    "page": "[Amplitude] Page Viewed",
    "order": "Order Completed",
    "login": "$identify",
    "scroll": "Scrolled",
}
UTM = {
    "paid search": ("google", "cpc"),
    "paid social": ("facebook", "paid_social"),
    "email": ("crm", "email"),
    "social": ("facebook", None),
    "organic search": ("google", "organic"),
    "referral": ("blog.example.net", "referral"),
    "None": (None, None),
}


def row(hit: Hit) -> Row:
    event: Row = {"[Amplitude] Page Location": hit.url} if hit.what == "page" else {}
    if hit.referrer and hit.what == "page":
        event["referrer"] = hit.referrer
    if hit.what == "order":
        event |= {"order_id": f"o{hit.number}", "revenue": hit.value}
    return {
        "$insert_id": f"insert-{hit.number}",
        "uuid": f"{hit.number:08x}-0000-4000-8000-000000000000",
        "event_type": EVENTS[hit.what],
        "event_time": f"{hit.time:%Y-%m-%d %H:%M:%S.%f}",
        "event_id": hit.number,
        "user_id": hit.user or None,
        "device_id": hit.device,
        "amplitude_id": 1,
        "session_id": hit.session,
        "event_properties": event,
        "user_properties": {"initial_utm_source": "EMPTY", "referrer": hit.referrer},
        "data": {"path": "/2/httpapi", "list": [1]},
        "server_upload_time": f"{hit.time:%Y-%m-%d %H:%M:%S.%f}",
    }


def row_of_session(hit: Hit) -> Row:
    """As ``row``, of an app without addresses: the user's properties name the source."""
    own = row(hit)
    source, medium = UTM[hit.channel]
    event = "session_start" if hit.what == "page" else own["event_type"]
    kept = {name: own["event_properties"].get(name) for name in ("order_id", "revenue")}
    user = {"utm_source": source, "utm_medium": medium}
    return {**own, "event_type": event, "event_properties": kept, "user_properties": user}


def taken_back(back: Return) -> Row:
    """A refund or cancellation: an event of its own, or revenue below 0 or of that type."""
    own = row(back.hit)
    properties: Row = {"order_id": f"o{back.order.number}"}
    if back.what == "cancellation":
        return {**own, "event_type": "Order Cancelled", "event_properties": properties}
    if back.amount is None:
        return {**own, "event_type": "Order Refunded", "event_properties": properties}
    match back.order.number % 3:
        case 0:
            properties |= {"$price": -back.amount / 2, "$quantity": 2}
        case 1:
            properties |= {"$revenue": back.amount, "$revenueType": "Refund"}
        case _:
            properties |= {"revenue": -back.amount}
    return {**own, "event_properties": properties}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_export_has_the_credits_of_its_visits(mutation: str, tmp_path: Path) -> None:
    shop = Shop(30 + MUTATIONS.index(mutation))
    rows = [row(hit) for hit in shop.hits] + [taken_back(back) for back in take_back(shop)]
    assert len(rows) > 1_000
    files = mutated(
        rows,
        tmp_path / "events.jsonl",
        mutation,
        optional=("$insert_id", "event_id", "amplitude_id", "data", "session_id"),
        day=lambda each: each["event_time"][:10],
    )
    check_credits(files, shop.histories, tmp_path, "amplitude", kind="Order Completed")


def test_an_app_without_addresses_has_the_source_of_the_user(tmp_path: Path) -> None:
    assert UTM.keys() == ARRIVALS.keys()
    shop = Shop(40)
    rows = [row_of_session(hit) for hit in shop.hits]
    files = mutated(rows, tmp_path / "e.jsonl", "as it comes", optional=(), day=id)
    check_credits(files, shop.histories, tmp_path, "amplitude", kind="Order Completed")
