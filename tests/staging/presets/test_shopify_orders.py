"""Shopify's export of orders: a generated file, added up by an independent script."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Row = dict[str, str]
COLUMNS = (
    *("Name", "Email", "Financial Status", "Paid at", "Currency", "Subtotal", "Total"),
    *("Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Cancelled at"),
    *("Refunded Amount", "Id"),
)


def orders(seed: int, count: int = 700) -> tuple[list[Row], dict[str, tuple[str, float]]]:
    """Lines of orders, and the customer and net value of each order that is a conversion."""
    rng = np.random.default_rng(seed)
    rows, expected = [], {}
    for number in range(count):
        name, who = f"#{1001 + number}", f"Customer{rng.integers(0, 300)}@Example.org"
        total = round(float(rng.gamma(2, 400)), 2)
        refunded = round(total * float(rng.choice([0, 0, 0, 0.25, 1])), 2)
        cancelled = rng.random() < 0.05
        created = f"2026-10-{1 + number % 30:02} {number % 24:02}:00:00 +0200"
        rows.append(
            {
                "Name": name,
                "Email": who,
                "Currency": "EUR",
                "Total": f"{total:,.2f}",
                "Created at": created,
                "Lineitem name": "Shirt, blue",
                "Cancelled at": created if cancelled else "",
                "Refunded Amount": f"{refunded:,.2f}" if refunded else rng.choice(["", "0.00"]),
                "Id": str(4_500_000_000 + number),
            }
        )
        lines = rng.integers(0, 3)
        further = {"Name": name, "Email": who, "Created at": created, "Lineitem name": "Socks"}
        rows += [{**further, "Lineitem price": "9.99"} for _ in range(lines)]
        if not cancelled:
            expected[name] = (who.lower(), total - refunded)
    return rows, expected


def write(rows: Sequence[Row], path: Path, columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "mutation",
    ["as it comes", "other order", "fewer columns", "two files", "blank lines", "other numbers"],
)
def test_an_order_is_one_conversion_of_its_net_value(
    mutation: str, seed: int, tmp_path: Path
) -> None:
    rows, expected = orders(seed)
    assert len(rows) > 1_000
    path, source = tmp_path / "orders.csv", preset("shopify-orders")
    match mutation:
        case "other order":
            files = [write(rows, path, ("Vendor", *COLUMNS[::-1]))]
        case "fewer columns":
            gone = ("Subtotal", "Paid at", "Lineitem price", "Financial Status")
            files = [write(rows, path, [name for name in COLUMNS if name not in gone])]
        case "two files":
            cut = next(i for i, row in enumerate(rows) if row["Name"] == "#1400")
            files = [write(rows[:cut], path), write(rows[cut:], tmp_path / "more.csv")]
        case "blank lines":
            files = [write(rows, path)]
            text = path.read_bytes().replace(b"\r\n", b"\n")
            path.write_bytes(text.replace(b"\n", b"\r\n\r\n"))
        case "other numbers":
            swap = str.maketrans(",.", ".,")
            money = ("Total", "Refunded Amount", "Lineitem price")
            files = [
                write(
                    [
                        {k: v.translate(swap) if k in money else v for k, v in row.items()}
                        for row in rows
                    ],
                    path,
                )
            ]
            source = source.with_numbers("1.234,56")
        case _:
            files = [write(rows, path)]
    with stage(files, source, StagingOptions(keep_ids=True), folder=tmp_path / "s") as staged:
        counts, events = staged.counts, staged.events()
    conversions = events.conversions
    names = events.customers[conversions.customer].tolist()
    found = dict(
        zip(
            conversions.id.tolist(),
            zip(names, conversions.value.tolist(), strict=True),
            strict=True,
        )
    )
    assert found.keys() == expected.keys()
    for name, (who, value) in expected.items():
        assert found[name] == (who, pytest.approx(value, abs=1e-9)), name
    assert set(conversions.kind.values().tolist()) == {"order"}
    assert counts.read == len(rows) == counts.taken + counts.ignored + counts.merged


LANDINGS = (
    ("/?utm_source=google&utm_medium=cpc&utm_campaign=brand", "", "paid search", "brand"),
    ("https://shop.example/a?gclid=x1", "https://www.google.com/", "paid search", None),
    ("/products/shirt", "https://www.facebook.com/", "social", None),
    ("/products/shirt", "https://news.example.org/list", "referral", None),
    ("/products/shirt", "", None, None),
    ("", "", None, None),
)
"""Landing page, referring page, and the channel and campaign that they show."""


@pytest.mark.parametrize(
    "columns", [("Landing Site", "Referring Site"), ("referring_site", "landing_site")]
)
def test_the_page_on_which_the_customer_landed_is_a_touch_before_the_order(
    columns: tuple[str, str], tmp_path: Path
) -> None:
    rows, expected = orders(3)
    landing, referring = sorted(columns, key=str.lower)
    named = {}
    first = [row for row in rows if "Total" in row]
    for number, row in enumerate(first):
        page, referrer, channel, campaign = LANDINGS[number % len(LANDINGS)]
        row |= {landing: page, referring: referrer}
        if channel is not None:  # who landed and then cancelled the order has been there, too
            named[row["Name"]] = (row["Email"].lower(), channel, campaign)
    path = write(rows, tmp_path / "orders.csv", (*COLUMNS, *columns))
    options = StagingOptions(keep_ids=True)
    with stage([path], preset("shopify-orders"), options, folder=tmp_path / "s") as staged:
        events = staged.events()
    touches, conversions = events.touches, events.conversions
    assert len(conversions.id) == len(expected)
    found = {
        touch.removesuffix(":touch"): (events.customers[who], channel, campaign)
        for touch, who, channel, campaign in zip(
            touches.id,
            touches.customer,
            touches.channel.values(),
            touches.campaign.values(),
            strict=True,
        )
    }
    assert found == named
    when = dict(zip(conversions.id, conversions.time, strict=True))
    of_order = [touch.removesuffix(":touch") for touch in touches.id]
    kept = np.array([order in when for order in of_order])
    before = [when[order] for order in of_order if order in when] - touches.time[kept]
    assert set(before.tolist()) == {1}, "a nanosecond before is in the millisecond before"
    assert set(touches.nanosecond.tolist()) == {999_999}
