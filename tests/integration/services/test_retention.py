"""Retention: the graph is as if old events had never been loaded."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.graph import retention
from attrigraph.graph.retention import Deleted, count_old_events
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.retention import first_kept, retain_events
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]

FIELDS = ("event_id", "customer_id", "timestamp", "kind", "channel", "value", "account_id")
NOW = datetime(2026, 4, 1, 15, tzinfo=UTC)
CUT = "2026-03-22"


def events() -> list[dict[str, str]]:
    """Events of a month; some customers have old ones alone, some new ones alone."""
    draw = random.Random(7)
    rows = []
    for number in range(400):
        customer = draw.randrange(60)
        first, last = ((1, 21), (22, 31), (1, 31))[customer % 3]
        converts = draw.random() < 0.2
        instant = f"2026-03-{draw.randrange(first, last):02}T{draw.randrange(24):02}:00Z"
        rows.append(
            {
                "event_id": f"e{number}",
                "customer_id": f"c{customer}",
                "timestamp": instant,
                "kind": "conversion" if converts else "click",
                "channel": "" if converts else "search",
                "value": "9" if converts else "",
                "account_id": f"a{customer}",
            }
        )
    return rows


def load_rows(stores: Stores, folder: Path, rows: Sequence[dict[str, str]]) -> None:
    """Load events, and a line of each order: of one product in every fifth, else of its own."""
    path = folder / "events.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        table.writerows(rows)
    options = LoadOptions(staging=StagingOptions(keep_ids=True), mode="online")
    lines = folder / "lines.csv"
    sold = [row["event_id"] for row in rows if row["value"]]
    products = [one if int(one[1:]) % 5 else "common" for one in sold]
    bought = [f"{order},{product},9\n" for order, product in zip(sold, products, strict=True)]
    lines.write_text("order_id,product,value\n" + "".join(bought), encoding="utf-8")
    load([path, lines], preset("events", "order-lines"), options, stores)


def test_the_graph_is_as_if_old_events_had_never_been_loaded(
    graph: Stores, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "CUSTOMERS", 7)
    rows = events()
    new = [row for row in rows if row["timestamp"] >= CUT]
    load_rows(graph, tmp_path, new)
    expected = snapshot()
    graph.driver.execute_query(
        "MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n", database_=DATABASE
    )
    load_rows(graph, tmp_path, rows)
    old = count_old_events(graph.driver, first_kept(10, NOW))
    done = retain_events(graph, 10, now=NOW)
    assert done.before.isoformat() == f"{CUT}T00:00:00+00:00"
    assert snapshot() == expected
    assert old == {"touches": done.deleted.touches, "conversions": done.deleted.conversions}
    assert sum(old.values()) == len(rows) - len(new)
    assert done.deleted.orders == done.deleted.conversions
    assert 0 < done.deleted.products < done.deleted.orders
    customers = {row["customer_id"] for row in rows} - {row["customer_id"] for row in new}
    assert done.deleted.customers == done.deleted.accounts == len(customers)
    assert retain_events(graph, 10, now=NOW).deleted == Deleted(*[0] * 9)


def test_events_are_kept_for_a_day_at_least() -> None:
    assert first_kept(1, NOW).isoformat() == "2026-03-31T00:00:00+00:00"
    with pytest.raises(InputError, match="at least 1 day, got 0"):
        first_kept(0)
    with pytest.raises(InputError, match="give fewer"):
        first_kept(10**9)
