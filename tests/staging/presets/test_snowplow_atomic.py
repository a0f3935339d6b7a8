"""Snowplow's atomic events: a generated export, credited by an independent script."""

from __future__ import annotations

import csv
import json
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

Event = dict[str, str]
START = datetime(2026, 10, 1, tzinfo=UTC)
COLUMNS = (
    *("app_id", "platform", "collector_tstamp", "derived_tstamp", "event", "event_id"),
    *("domain_userid", "domain_sessionid", "user_id", "page_urlhost", "page_urlpath"),
    *("refr_urlhost", "refr_medium", "refr_source", "mkt_medium", "mkt_source", "mkt_campaign"),
    *("mkt_content", "mkt_clickid", "tr_orderid", "tr_total", "tr_currency", "event_name"),
)
ECOMMERCE = "com_snowplowanalytics_snowplow_ecommerce"
ACTION = f"unstruct_event_{ECOMMERCE}_snowplow_ecommerce_action_1"
SALE, BACK = f"contexts_{ECOMMERCE}_transaction_1", f"contexts_{ECOMMERCE}_refund_1"
ARRIVALS: dict[str | None, dict[str, str]] = {
    "paid search": {"mkt_source": "google", "mkt_medium": "cpc", "mkt_campaign": "brand"},
    "email": {"mkt_source": "crm", "mkt_medium": "email", "mkt_campaign": "autumn"},
    "organic search": {
        "refr_medium": "search",
        "refr_source": "Google",
        "refr_urlhost": "www.google.de",
    },
    "referral": {"refr_medium": "unknown", "refr_urlhost": "blog.example.net"},
    None: {},
}


def event(name: str, user: str, session: str, time: datetime, **further: str) -> Event:
    blank = dict.fromkeys(COLUMNS, "")
    stamp = f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}"
    return {
        **blank,
        "app_id": "shop",
        "platform": "web",
        "collector_tstamp": stamp,
        "derived_tstamp": stamp,
        "event": name,
        "domain_userid": user,
        "domain_sessionid": session,
        "page_urlhost": "shop.example.org",
        **further,
    }


def export(seed: int, users: int = 160) -> list[tuple[Event, str | None]]:
    """Events of sessions, each with the channel of its arrival; pages within name the shop."""
    rng = np.random.default_rng(seed)
    channels = list(ARRIVALS)
    rows: list[tuple[Event, str | None]] = []
    for user in range(users):
        for visit in range(rng.integers(1, 4)):
            who, session = f"u{user}", f"s{user}-{visit}"
            time = START + timedelta(milliseconds=int(rng.integers(0, 6 * 86_400_000)))
            channel = channels[rng.integers(0, len(channels))]
            for page in range(rng.integers(1, 6)):
                within = {"refr_medium": "internal", "refr_urlhost": "shop.example.org"}
                found = ARRIVALS[channel] if page == 0 else within
                rows.append((event("page_view", who, session, time, **found), channel))
                time += timedelta(seconds=int(rng.integers(1, 900)))
                rows.append((event("page_ping", who, session, time), channel))
            if rng.random() < 0.4:
                total = f"{rng.gamma(2, 30):.2f}"
                sold = {"tr_orderid": f"o{user}-{visit}", "tr_total": total, "tr_currency": "EUR"}
                time += timedelta(seconds=1)
                rows.append((event("transaction", who, session, time, **sold), channel))
    for number, (row, _) in enumerate(rows):
        row["event_id"] = f"{number:08x}-0000-4000-8000-000000000000"
    return rows


def commerce(name: str, entity: str, **properties: object) -> Event:
    """Columns of an event of the present tracking of commerce; nested ones are JSON."""
    return {
        "event_name": "snowplow_ecommerce_action",
        ACTION: json.dumps({"type": name, "name": None}),
        entity: json.dumps([properties]),
    }


def export_of_commerce(seed: int) -> list[tuple[Event, str | None]]:
    """As ``export``, with sales as the present tracking has them, some of them refunded."""
    rows: list[tuple[Event, str | None]] = []
    for row, channel in export(seed):
        order, total = row["tr_orderid"], row["tr_total"]
        if not order:
            rows.append((row, channel))
            continue
        nothing = dict.fromkeys(("tr_orderid", "tr_total", "tr_currency"), "")
        own = {**row, **nothing, "event": "unstruct"}
        sold = commerce("transaction", SALE, transaction_id=order, revenue=float(total))
        rows.append(({**own, **sold}, channel))
        # by the server, which knows no browser
        server = {"domain_userid": "", "domain_sessionid": "", "event_id": f"back-{order}"}
        if len(rows) % 3 == 0:
            amount = None if len(rows) % 2 else round(float(total) / 4, 2)
            back = commerce("refund", BACK, transaction_id=order, refund_amount=amount)
            rows.append(({**own, **server, **back}, channel))
        step = commerce("checkout_step", "contexts_x_1")
        rows.append(({**own, **step, "event_id": f"step-{order}"}, channel))
    return rows


def left_of(row: Event, rows: Sequence[tuple[Event, str | None]]) -> float:
    """What is left of the value of a sale."""
    sold = json.loads(row[SALE])[0]
    taken = [json.loads(other[BACK])[0] for other, _ in rows if BACK in other]
    amounts = [
        sold["revenue"] if back["refund_amount"] is None else back["refund_amount"]
        for back in taken
        if back["transaction_id"] == sold["transaction_id"]
    ]
    return float(sold["revenue"] - sum(amounts))


def worked_out(rows: Sequence[tuple[Event, str | None]]) -> dict[str, dict[str, float]]:
    """Credited value by rule; the first page of each session is its touch."""
    histories: dict[str, list[tuple[object, str | float]]] = defaultdict(list)
    seen = set()
    for row, channel in sorted(rows, key=lambda each: each[0]["derived_tstamp"]):
        user, session, stamp = (
            row[name] for name in ("domain_userid", "domain_sessionid", "derived_tstamp")
        )
        if row["event"] == "page_view" and session not in seen:
            seen.add(session)
            histories[user].append((stamp, str(channel)))
        elif row["event"] == "transaction":
            histories[user].append((stamp, float(row["tr_total"])))
        elif SALE in row:
            histories[user].append((stamp, left_of(row, rows)))
    return credit_by_rules(histories)


def write(rows: Sequence[Event], path: Path, columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        if path.suffix == ".jsonl":
            for row in rows:
                kept = {name: row.get(name) or None for name in columns}
                file.write(f"{json.dumps(kept)}\n")
            return path
        delimiter = "\t" if path.suffix == ".tsv" else ","
        out = csv.DictWriter(file, columns, "", extrasaction="ignore", delimiter=delimiter)
        out.writeheader()
        out.writerows(rows)
    return path


def mutated(name: str, rows: list[Event], folder: Path) -> list[Path]:
    match name:
        case "csv":
            return [write(rows, folder / "events.csv")]
        case "tsv in another order":
            return [write(rows[::-1], folder / "events.tsv", COLUMNS[::-1])]
        case "json lines, a file a day":
            days: dict[str, list[Event]] = defaultdict(list)
            for row in rows:
                days[row["derived_tstamp"][:10]].append(row)
            return [write(each, folder / f"{day}.jsonl") for day, each in days.items()]
        case "other columns, CRLF and blank lines":
            path = write(rows, folder / "events.csv", ("etl_tstamp", *COLUMNS, "ti_sku"))
            text = path.read_bytes().replace(b"\r\n", b"\n")
            path.write_bytes(text.replace(b"\n", b"\r\n\r\n"))
            return [path]
        case "without optional columns":
            gone = ("app_id", "user_id", "derived_tstamp", "mkt_content", "mkt_clickid")
            return [write(rows, folder / "e.csv", [n for n in COLUMNS if n not in gone])]
    raise AssertionError(name)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "mutation",
    [
        "csv",
        "tsv in another order",
        "json lines, a file a day",
        "other columns, CRLF and blank lines",
        "without optional columns",
    ],
)
def test_an_export_has_the_credits_that_are_worked_out_from_its_rows(
    mutation: str, seed: int, tmp_path: Path
) -> None:
    rows = export(seed)
    assert len(rows) > 1_000
    check(mutated(mutation, [row for row, _ in rows], tmp_path), worked_out(rows), tmp_path)


@pytest.mark.parametrize("name", ["events.csv", "events.jsonl"])
def test_the_present_tracking_of_commerce_has_sales_and_refunds(name: str, tmp_path: Path) -> None:
    rows = export_of_commerce(3)
    assert sum(BACK in row for row, _ in rows) > 20
    path = write([row for row, _ in rows], tmp_path / name, (*COLUMNS, ACTION, SALE, BACK))
    check([path], worked_out(rows), tmp_path)


def check(files: Sequence[Path], expected: dict[str, dict[str, float]], folder: Path) -> None:
    answer = attribute_files(
        files,
        preset("snowplow-atomic"),
        AttributionOptions(models=RULES),
        staging=StagingOptions(keep_ids=True),
        folder=folder / "staged",
        strict=True,
    )
    for model in RULES:
        credits = {str(each.key): each.value for each in answer.models[model].credits}
        assert credits == pytest.approx(expected[model], rel=1e-9), model
