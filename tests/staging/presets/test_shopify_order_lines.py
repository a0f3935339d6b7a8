"""Shopify's export of orders, read for its lines: added up by an independent script."""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    *("Name", "Email", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name"),
    *("Lineitem price", "Lineitem sku", "Lineitem discount"),
)


def rows_of(seed: int) -> list[dict[str, str]]:
    """At least 1,000 lines of 700 orders; the order's own columns are in its first line."""
    draw = np.random.default_rng(seed)
    rows: list[dict[str, str]] = []
    for number in range(700):
        for product in sorted(draw.choice(20, size=draw.integers(1, 4), replace=False)):
            first = not rows or rows[-1]["Name"] != f"#{1001 + number}"
            price = round(float(draw.gamma(2, 400)), 2)
            discount = round(float(draw.choice([0, 0, 0.1])) * price, 2)
            rows.append(
                {
                    "Name": f"#{1001 + number}",
                    "Email": "a@example.org",
                    "Currency": "EUR" if first else "",
                    "Created at": "2026-10-01 10:00:00 +0200",
                    "Lineitem quantity": str(draw.integers(1, 4)),
                    "Lineitem name": f"Product {product}, blue",
                    "Lineitem price": f"{price:,.2f}",
                    "Lineitem sku": f"SKU{product}" if product % 2 else "",
                    "Lineitem discount": f"{discount:.2f}" if discount else "",
                }
            )
    return rows


def expected_of(rows: list[dict[str, str]]) -> dict[str, float]:
    """Value by product, from the text of the rows."""
    values: dict[str, float] = defaultdict(float)
    for row in rows:
        price = float(row["Lineitem price"].replace(",", ""))
        value = int(row["Lineitem quantity"]) * price - float(row["Lineitem discount"] or 0)
        values[row["Lineitem sku"] or row["Lineitem name"]] += value
    return dict(values)


@pytest.mark.parametrize("mutation", ["as it comes", "other order", "two files"])
def test_products_have_the_values_of_their_lines(mutation: str, tmp_path: Path) -> None:
    rows = rows_of(3)
    assert len(rows) > 1_000
    parts = [rows[:600], rows[600:]] if mutation == "two files" else [rows]
    columns = COLUMNS[::-1] if mutation == "other order" else COLUMNS
    files = []
    for number, part in enumerate(parts):
        files.append(tmp_path / f"{number}.csv")
        with files[-1].open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, columns, restval="")
            out.writeheader()
            out.writerows(part)
    options = StagingOptions(keep_ids=True)
    with stage(files, preset("shopify-order-lines"), options, folder=tmp_path / "s") as staged:
        lines, counts, currency = staged.order_lines(), staged.counts, staged.currency
    found: dict[str, float] = defaultdict(float)
    for line in lines:
        found[line.product] += line.value
    assert dict(found) == pytest.approx(expected_of(rows))
    assert (counts.taken, counts.rejected, currency) == (len(rows), 0, "EUR")
