"""Exports of several tools in one command, as a newcomer types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from walked_histories import RULES, credit_by_rules
from web_visits import Hit, Row, Shop, written

if TYPE_CHECKING:
    from pathlib import Path

    from web_visits import Histories


def page(hit: Hit) -> Row:
    """A page view of PostHog."""
    return {
        "uuid": f"u{hit.number}",
        "event": "$pageview",
        "timestamp": f"{hit.time:%Y-%m-%d %H:%M:%S.%f}+00:00",
        "distinct_id": hit.device,
        "properties": {"$current_url": hit.url, "$referrer": hit.referrer or "$direct"},
    }


def order(hit: Hit) -> Row:
    """An order of Shopify, by address."""
    return {
        "Name": f"#{hit.number}",
        "Email": f"{hit.user or hit.device}@Example.org",
        "Created at": f"{hit.time:%Y-%m-%d %H:%M:%S} +0000",
        "Total": f"{hit.value + 5:,.2f}",
        "Refunded Amount": "5.00",
        "Cancelled at": "",
    }


def ids(shop: Shop) -> list[Row]:
    """Which address belongs to each device."""
    users = {hit.device: hit.user for hit in shop.hits if hit.user}
    devices = dict.fromkeys(hit.device for hit in shop.hits)
    return [
        {"anonymous_id": device, "user_id": f"{users.get(device, device)}@example.org"}
        for device in devices
    ]


def answered(*arguments: str) -> dict[str, dict[str, float]]:
    """Credited value by rule and channel, as the command prints it."""
    command = ["attribute", *arguments, "--models", ",".join(RULES), "--strict", "--json"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    models = json.loads(result.stdout)["models"]
    return {
        rule: {str(each["key"]): each["value"] for each in models[rule]["credits"]}
        for rule in RULES
    }


def check(answer: dict[str, dict[str, float]], histories: Histories) -> None:
    expected = credit_by_rules(histories)
    for rule in RULES:
        assert answer[rule] == pytest.approx(expected[rule], rel=1e-9), rule


def test_visits_of_one_tool_and_orders_of_another_are_joined_by_a_table_of_ids(
    tmp_path: Path,
) -> None:
    shop = Shop(7, sourceless="direct")
    hits = shop.hits
    files = [
        written([page(hit) for hit in hits if hit.what == "page"], tmp_path / "posthog.jsonl"),
        written([order(hit) for hit in hits if hit.what == "order"], tmp_path / "orders.csv"),
        written(ids(shop), tmp_path / "ids.csv"),
    ]
    presets = ("posthog", "shopify-orders", "identities")
    arguments = [each for name in presets for each in ("--preset", name)]
    check(answered("--input", *map(str, files), *arguments), shop.histories)
