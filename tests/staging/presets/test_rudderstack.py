"""Tables of RudderStack: a generated warehouse, credited by an independent script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web_visits import MUTATIONS, Hit, Return, Row, Shop, check_credits, mutated, take_back

if TYPE_CHECKING:
    from pathlib import Path

OPTIONAL = {
    "pages": ("context_session_id", "path", "received_at"),
    "tracks": ("currency", "event_text", "received_at"),
    "identifies": ("received_at", "email"),
}
CAMPAIGNS = {"paid social": ("facebook", "paid_social"), "email": ("crm", "email")}


def common(hit: Hit) -> Row:
    stamp = f"{hit.time:%Y-%m-%d %H:%M:%S.%f}"
    return {
        "id": f"message-{hit.number}",
        "anonymous_id": hit.device,
        "user_id": hit.user,
        "timestamp": stamp,
        "received_at": stamp,
    }


def page(hit: Hit) -> Row:
    source, medium = CAMPAIGNS.get(hit.channel, ("", "")) if hit.arrival else ("", "")
    return {
        **common(hit),
        "url": hit.url,
        "path": "/shirts",
        "referrer": hit.referrer or "$direct",
        "context_session_id": hit.session,
        "context_campaign_source": source,
        "context_campaign_medium": medium,
        "context_campaign_name": "autumn" if source else "",
    }


def order(hit: Hit) -> Row:
    return {
        **common(hit),
        "event": "order_completed",
        "event_text": "Order Completed",
        "order_id": f"o{hit.number}",
        "revenue": f"{hit.value}",
        "currency": "EUR",
    }


def other(hit: Hit) -> Row:
    return {**common(hit), "event": "page_scrolled", "event_text": "Page Scrolled"}


def taken_back(back: Return) -> Row:
    """A refund or cancellation; half of the refunds are written as less than nothing."""
    sign = "-" if back.hit.number % 2 else ""
    return {
        **order(back.order),
        **common(back.hit),
        "event": "order_refunded" if back.what == "refund" else "order_cancelled",
        "revenue": "" if back.amount is None else f"{sign}{back.amount:.2f}",
    }


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_warehouse_has_the_credits_of_its_visits(mutation: str, tmp_path: Path) -> None:
    shop = Shop(50 + MUTATIONS.index(mutation), sourceless="direct")
    tables = {
        "pages": [page(hit) for hit in shop.hits if hit.what == "page"],
        "tracks": [order(hit) for hit in shop.hits if hit.what == "order"]
        + [other(hit) for hit in shop.hits if hit.what == "scroll"]
        + [taken_back(back) for back in take_back(shop)],
        "identifies": [
            {**common(hit), "email": "x@example.org"} for hit in shop.hits if hit.what == "login"
        ],
    }
    assert sum(map(len, tables.values())) > 1_000
    suffix = ".parquet" if mutation == "as it comes" else ".csv"
    files = [
        path
        for name, rows in tables.items()
        for path in mutated(
            rows,
            tmp_path / f"{name}{suffix}",
            mutation,
            optional=OPTIONAL[name],
            day=lambda each: each["timestamp"][:10],
        )
    ]
    check_credits(files, shop.histories, tmp_path, "rudderstack", kind="order_completed")
