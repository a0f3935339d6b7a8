"""Tables of Segment: a generated warehouse, credited by an independent script."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset
from walked_histories import RULES, credit_by_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Row = dict[str, str]
START = datetime(2026, 10, 1, tzinfo=UTC)
SHOP = "https://shop.example.org/shirts"
PAGES = (
    *("id", "received_at", "anonymous_id", "user_id", "timestamp", "url", "path", "referrer"),
    *("context_campaign_source", "context_campaign_medium", "context_campaign_name", "title"),
)
ORDERS = (
    *("id", "anonymous_id", "user_id", "timestamp", "event", "event_text", "order_id"),
    *("revenue", "currency"),
)
IDENTIFIES = ("id", "anonymous_id", "user_id", "timestamp", "email")
ARRIVALS: dict[str, Row] = {
    "email": {
        "context_campaign_source": "crm",
        "context_campaign_medium": "email",
        "context_campaign_name": "autumn",
    },
    "paid search": {"url": f"{SHOP}?gclid=Cj0K&x=1"},
    "paid social": {"url": f"{SHOP}?utm_source=facebook&utm_medium=paid_social&utm_campaign=a%20b"},
    "referral": {"referrer": "https://blog.example.net/post"},
    "None": {},
}


def stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}+00"


def warehouse(
    seed: int, people: int = 150
) -> tuple[dict[str, list[Row]], dict[str, list[tuple[object, str | float]]]]:
    """Rows by table, and the history of each person: touches by channel, orders by value."""
    rng = np.random.default_rng(seed)
    tables: dict[str, list[Row]] = defaultdict(list)
    histories: dict[str, list[tuple[object, str | float]]] = defaultdict(list)
    for person in range(people):
        user = f"user-{person}" if rng.random() < 0.7 else ""
        devices = (
            [f"anon-{person}-{i}" for i in range(rng.integers(1, 3))]
            if user
            else [f"anon-{person}"]
        )
        time = START
        for number in range(rng.integers(1, 6)):
            time += timedelta(minutes=float(rng.uniform(31, 3_000)))
            device = devices[rng.integers(0, len(devices))]
            common = {"anonymous_id": device, "user_id": ""}
            channel = list(ARRIVALS)[rng.integers(0, len(ARRIVALS))]
            histories[user or device].append((time, channel))
            for page in range(rng.integers(1, 5)):
                arrival = (
                    {"url": SHOP, **ARRIVALS[channel]}
                    if page == 0
                    else {
                        "url": f"{SHOP}/{page}",
                        "referrer": SHOP,
                    }
                )
                row = {**common, "timestamp": stamp(time), "path": "/shirts", **arrival}
                tables["pages"].append({**row, "id": f"p{person}-{number}-{page}"})
                time += timedelta(seconds=float(rng.uniform(1, 900)))
            if rng.random() < 0.4:
                value = round(float(rng.gamma(2, 30)), 2)
                order = {
                    "id": f"t{person}-{number}",
                    "timestamp": stamp(time),
                    "event": "order_completed",
                    "event_text": "Order Completed",
                    "order_id": f"o{person}-{number}",
                    "revenue": f"{value}",
                    "currency": "EUR",
                }
                tables["order_completed"].append({**common, **order, "user_id": user})
                histories[user or device].append((time, value))
        for device in devices if user else ():
            login = {"id": f"i-{device}", "anonymous_id": device, "user_id": user}
            tables["identifies"].append({**login, "timestamp": stamp(time), "email": "x@x.org"})
    return tables, histories


def write(rows: Sequence[Row], columns: Sequence[str], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)
    return path


def files_of(tables: dict[str, list[Row]], mutation: str, folder: Path) -> list[Path]:
    pages: tuple[str, ...] = PAGES
    orders: tuple[str, ...] = ORDERS
    match mutation:
        case "other columns in another order":
            pages, orders = ("context_ip", *PAGES[::-1]), (*ORDERS[::-1], "products")
        case "pages in several files":
            half = len(tables["pages"]) // 2
            files = [
                write(tables["pages"][:half], pages, folder / "pages1.csv"),
                write(tables["pages"][half:], pages, folder / "pages2.csv"),
            ]
            rest = files_of({**tables, "pages": []}, "as it comes", folder)
            return [*files, *rest[1:]]
        case "CRLF and blank lines":
            files = files_of(tables, "as it comes", folder)
            for file in files:
                file.write_bytes(
                    file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n\r\n")
                )
            return files
        case "without optional columns":
            pages = tuple(name for name in PAGES if name not in ("title", "path", "received_at"))
            orders = tuple(name for name in ORDERS if name != "currency")
    return [
        write(tables["pages"], pages, folder / "pages.csv"),
        write(tables["order_completed"], orders, folder / "order_completed.csv"),
        write(tables["identifies"], IDENTIFIES, folder / "identifies.csv"),
    ]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "mutation",
    [
        "as it comes",
        "other columns in another order",
        "pages in several files",
        "CRLF and blank lines",
        "without optional columns",
    ],
)
def test_a_warehouse_has_the_credits_that_are_worked_out_from_its_rows(
    mutation: str, seed: int, tmp_path: Path
) -> None:
    tables, histories = warehouse(seed)
    assert sum(map(len, tables.values())) > 1_000
    answer = attribute_files(
        files_of(tables, mutation, tmp_path),
        preset("segment"),
        AttributionOptions(models=RULES),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path / "staged",
        strict=True,
    )
    expected = credit_by_rules(histories)
    for rule in RULES:
        credits = {str(each.key): each.value for each in answer.models[rule].credits}
        assert credits == pytest.approx(expected[rule], rel=1e-9), rule
