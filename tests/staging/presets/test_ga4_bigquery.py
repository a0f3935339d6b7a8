"""GA4's export to BigQuery: a generated export, credited by an independent script."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest

from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset, stage
from walked_histories import RULES, credit_by_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Event = dict[str, Any]
DAY = 24 * 60 * 60 * 1_000_000
START = 1_790_812_800_000_000  # 2026-10-01T00:00:00Z, a Thursday
SOURCES = {
    ("google", "cpc"): "Paid Search",
    ("newsletter", "email"): "Email",
    ("facebook", "paid_social"): "Paid Social",
    ("(direct)", "(none)"): "Direct",
    None: None,
}
IGNORED = ("scroll", "user_engagement", "add_to_cart", "view_item")


def parameter(key: str, value: object) -> Event:
    empty = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}
    kind = "int_value" if isinstance(value, int) else "string_value"
    return {"key": key, "value": {**empty, kind: str(value)}}


def event(user: str, time: int, name: str, session: int, source: tuple[str, str] | None) -> Event:
    """One row of the export; 64-bit numbers are texts, as BigQuery writes them to JSON."""
    collected = None
    if source is not None:
        gclid = "Cj0KCQ" if source == ("google", "cpc") else None
        collected = {
            "manual_campaign_name": f"{source[0]}_autumn"
            if source[0] != "(direct)"
            else "(direct)",
            "manual_source": None if gclid else source[0],
            "manual_medium": None if gclid else source[1],
            "manual_content": "(not set)",
            "gclid": gclid,
        }
    return {
        "event_date": "20261001",
        "event_timestamp": str(time),
        "event_name": name,
        "event_params": [
            parameter("ga_session_id", session),
            parameter("page_location", "https://shop.example.org/a?x=1"),
            parameter("engagement_time_msec", 12),
        ],
        "user_id": None,
        "user_pseudo_id": user,
        "device": {"category": "mobile", "web_info": {"browser": "Chrome"}},
        "traffic_source": {"source": "google", "medium": "organic", "name": "(organic)"},
        "collected_traffic_source": collected,
        "batch_event_index": "1",
        "batch_ordering_id": "2",
        "ecommerce": {"purchase_revenue": None, "transaction_id": "(not set)"},
        "items": [],
    }


def export(seed: int, users: int = 150) -> list[Event]:
    """Sessions of users over a week; only the first page of a session names its source."""
    rng = np.random.default_rng(seed)
    events: list[Event] = []
    keys = list(SOURCES)
    for user in range(users):
        known = rng.random() < 0.3
        for _ in range(rng.integers(1, 5)):
            start = START + int(rng.integers(0, 7 * DAY))
            session, name = start // 1_000_000, f"{user}.{rng.integers(10**9, 2 * 10**9)}"
            source = keys[rng.integers(0, len(keys))]
            time = start
            for page in range(rng.integers(1, 6)):
                who = f"u{user}{'ab'[session % 2] if known else ''}"
                for kind in ("session_start",) * (page == 0) + ("page_view",):
                    events.append(event(who, time, kind, session, source if page == 0 else None))
                    time += int(rng.integers(1, 20 * 60 * 1_000_000))
                events.append(event(who, time, str(rng.choice(IGNORED)), session, None))
            if rng.random() < 0.4:
                sold = event(who, time + 1, "purchase", session, None)
                sold["user_id"] = f"login{user}" if known else None
                sold["ecommerce"] = {
                    "purchase_revenue": round(float(rng.gamma(2, 30)), 2),
                    "transaction_id": f"T{name}",
                }
                events.append(sold)
                if rng.random() < 0.1:
                    events.append(sold)  # an export may hold a row twice
                if rng.random() < 0.2:
                    back = event(who, time + 5 * DAY, "refund", session, None)
                    back["ecommerce"] = {
                        "refund_value": round(float(rng.uniform(0, 20)), 2),
                        "transaction_id": f"T{name}",
                    }
                    events.append(back)
    return events


def worked_out(events: Sequence[Event]) -> dict[str, dict[str, float]]:
    """Credited value by rule; a person is a browser, or the user that logged in on it."""
    person: dict[str, str] = {
        row["user_pseudo_id"]: str(row["user_id"]) for row in events if row["user_id"]
    }
    orders: dict[str, Event] = {}
    refunds: dict[str, float] = defaultdict(float)
    sessions: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for row in events:
        if row["event_name"] in ("page_view", "session_start"):
            session = row["event_params"][0]["value"]["int_value"]
            sessions[row["user_pseudo_id"], session].append(row)
        elif row["event_name"] == "purchase":
            orders[row["ecommerce"]["transaction_id"]] = row
        elif row["event_name"] == "refund":
            refunds[row["ecommerce"]["transaction_id"]] += row["ecommerce"]["refund_value"]
    histories: dict[str, list[tuple[object, str | float]]] = defaultdict(list)
    for (browser, _), rows in sessions.items():
        rows.sort(key=lambda row: int(row["event_timestamp"]))
        sources = [row["collected_traffic_source"] for row in rows]
        named = next((source for source in sources if source is not None), None)
        touch = (int(rows[0]["event_timestamp"]), channel(named))
        histories[person.get(browser, browser)].append(touch)
    for row in orders.values():
        browser, sold = str(row["user_pseudo_id"]), row["ecommerce"]
        value = max(0.0, sold["purchase_revenue"] - refunds[sold["transaction_id"]])
        order = (int(row["event_timestamp"]), value)
        histories[person.get(browser, browser)].append(order)
    return credit_by_rules(histories)


def channel(collected: Event | None) -> str:
    if collected is None:
        return "None"
    if collected["gclid"]:
        return "Paid Search"
    name = SOURCES[collected["manual_source"], collected["manual_medium"]]
    assert name is not None
    return name


def credited(*files: Path, folder: Path) -> dict[str, dict[str, float]]:
    answer = attribute_files(
        files,
        preset("ga4-bigquery"),
        AttributionOptions(models=RULES),
        staging=StagingOptions(keep_ids=True),
        folder=folder,
        strict=True,
    )
    return {
        name: {str(each.key): each.value for each in model.credits}
        for name, model in answer.models.items()
    }


def as_lines(events: Sequence[Event], path: Path) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in events), encoding="utf-8")
    return path


def as_parquet(events: Sequence[Event], path: Path) -> Path:
    lines = as_lines(events, path.with_suffix(".part.jsonl"))
    duckdb.connect().execute(
        f"COPY (FROM read_json('{lines}', sample_size = -1)) TO '{path}' (FORMAT parquet)"
    )
    lines.unlink()
    return path


def mutated(name: str, events: list[Event], folder: Path) -> list[Path]:
    match name:
        case "lines":
            return [as_lines(events, folder / "e.jsonl")]
        case "parquet":
            return [as_parquet(events, folder / "e.parquet")]
        case "one file a day":
            days: dict[int, list[Event]] = defaultdict(list)
            for row in events:
                days[(int(row["event_timestamp"]) - START) // DAY].append(row)
            return [as_lines(rows, folder / f"events_{day}.jsonl") for day, rows in days.items()]
        case "shuffled, with other columns":
            order = np.random.default_rng(0).permutation(len(events))
            rows = [{"is_active_user": True, **events[i], "publisher": None} for i in order]
            return [as_lines(rows, folder / "e.jsonl")]
        case "one array, indented":
            path = folder / "e.json"
            path.write_text(json.dumps(events, indent=2), encoding="utf-8")
            return [path]
        case "CRLF and blank lines":
            path = as_lines(events, folder / "e.jsonl")
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n\r\n"))
            return [path]
        case "without optional columns":
            gone = ("batch_event_index", "batch_ordering_id", "items", "device")
            rows = [{k: v for k, v in row.items() if k not in gone} for row in events]
            return [as_lines(rows, folder / "e.jsonl"), as_parquet(rows[:1], folder / "f.parquet")]
    raise AssertionError(name)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "mutation",
    [
        "lines",
        "parquet",
        "one file a day",
        "shuffled, with other columns",
        "one array, indented",
        "CRLF and blank lines",
        "without optional columns",
    ],
)
def test_an_export_has_the_credits_that_are_worked_out_from_its_rows(
    mutation: str, seed: int, tmp_path: Path
) -> None:
    events = export(seed)
    assert len(events) > 1_000
    files = mutated(mutation, events, tmp_path)
    credits, expected = credited(*files, folder=tmp_path / "staged"), worked_out(events)
    for model in RULES:
        assert credits[model] == pytest.approx(expected[model], rel=1e-9), model


def test_touches_keep_the_device_and_the_page_without_its_query(tmp_path: Path) -> None:
    bought = event("u1", START + DAY, "purchase", 1, None)
    bare = event("u2", START, "page_view", 2, None)
    del bare["device"]
    rows = [event("u1", START, "page_view", 1, None), bought, bare]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    options = StagingOptions(keep_ids=True, event_properties=True)
    with stage([file], preset("ga4-bigquery"), options, folder=tmp_path / "s") as staged:
        (batch,) = staged.batches()
    found = []
    for events in (batch.touches, batch.conversions):
        assert events.properties is not None
        known, codes = events.properties.combinations, events.properties.codes.tolist()
        found += [dict(known[code]) for code in codes]
    page = {"landingPage": "/a"}
    assert sorted(map(str, found)) == sorted(
        map(str, [{"device": "mobile", **page}, page, {"device": "mobile"}])
    )
