"""What a mapping states about rows as a whole, on files of every form."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from attrigraph.errors import InputError
from attrigraph.staging import read_mapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.staging import Staged

EVENTS = """
[[tables]]
rows = "events"
where = 'event_name != "scroll"'
ignore = ["user_engagement"]
time_unit = "us"
[tables.expressions]
customer_id = "coalesce(optional(user_id), user_pseudo_id)"
timestamp = "event_timestamp"
kind = 'concat("conversion:", event_name) if event_name == "purchase" else event_name'
channel = "collected_traffic_source.manual_source"
campaign = 'param("campaign")'
value = "ecommerce.purchase_revenue - coalesce(ecommerce.refund_value, 0)"
[tables.values.kind]
page_view = "visit"
"""

ROWS = [
    {
        "user_pseudo_id": "d1",
        "event_timestamp": "1",
        "event_name": "page_view",
        "collected_traffic_source": {"manual_source": "google"},
        "event_params": [{"key": "campaign", "value": {"string_value": "brand"}}],
        "ecommerce": {"purchase_revenue": None, "refund_value": None},
    },
    {
        "user_pseudo_id": "d1",
        "event_timestamp": "5000",
        "event_name": "purchase",
        "collected_traffic_source": None,
        "event_params": [],
        "ecommerce": {"purchase_revenue": 120.5, "refund_value": 20},
    },
    {"user_pseudo_id": "d1", "event_timestamp": "6000", "event_name": "scroll"},
    {"user_pseudo_id": "d1", "event_timestamp": "7000", "event_name": "user_engagement"},
]


def write_jsonl(write: Write, rows: list[dict[str, object]]) -> Path:
    return write("e.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")


def write_parquet(write: Write, rows: list[dict[str, object]]) -> Path:
    path = write_jsonl(write, rows).with_name("e.parquet")
    duckdb.connect().execute(
        f"COPY (FROM read_json('{path.with_name('e.jsonl')}')) TO '{path}' (FORMAT parquet)"
    )
    return path


def totals(staged: Staged) -> tuple[int, int, int, int, int, int]:
    counts = staged.counts
    sums = (counts.taken, counts.duplicates, counts.ignored, counts.merged, counts.rejected)
    assert counts.read == sum(sums)
    return (counts.read, *sums)


@pytest.mark.parametrize("form", [write_jsonl, write_parquet])
def test_nested_rows_are_read_by_expressions(
    form: Callable[..., Path], staged: Stage, write: Write
) -> None:
    result = staged(form(write, ROWS), source=read_mapping(write("m.toml", EVENTS)))
    assert totals(result) == (4, 2, 0, 2, 0, 0)
    events = result.events()
    assert events.customers.tolist() == ["d1"]
    assert events.touches.channel.values().tolist() == ["google"]
    assert events.touches.campaign.values().tolist() == ["brand"]
    assert events.conversions.kind.values().tolist() == ["purchase"]
    assert events.conversions.value.tolist() == [100.5]


def test_a_missing_column_is_named_unless_it_is_optional(staged: Stage, write: Write) -> None:
    mapping = read_mapping(write("m.toml", EVENTS))
    with pytest.raises(InputError, match=r"lacks the columns? .*ecommerce"):
        staged(write("e.csv", "user_pseudo_id,event_timestamp,event_name\na,1,x"), source=mapping)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_one_cell_that_is_no_json_rejects_its_row_and_not_the_file(
    form: str, staged: Stage, write: Write
) -> None:
    mapping = read_mapping(
        write(
            "m.toml",
            '[[tables]]\nrows = "events"\n[tables.expressions]\nchannel = "props.ch"\n',
        )
    )
    rows: list[dict[str, object]] = [
        {"customer_id": f"c{i}", "timestamp": f"2026-03-0{i}T00:00:00Z", "kind": "click", **props}
        for i, props in enumerate([{"props": '{"ch": "email"}'}, {"props": "n/a"}, {}], start=1)
    ]
    if form == "jsonl":
        path = write_jsonl(write, rows)
    else:
        text = io.StringIO()
        writer = csv.DictWriter(text, ["customer_id", "timestamp", "kind", "props"])
        writer.writeheader()
        writer.writerows(rows)
        path = write("e.csv", text.getvalue())
    result = staged(path, source=mapping)
    assert totals(result) == (3, 2, 0, 0, 0, 1)
    assert result.events().touches.channel.values().tolist() == ["email", None]
    (rejected,) = result.rejected()
    assert "not-json" in rejected.reason
    assert "(props: 'n/a')" in rejected.reason


ORDERS = """
[[tables]]
rows = "events"
skip = 2
null = ["--"]
numbers = "1.234,56"
times = ["%d.%m.%Y %H:%M"]
zone = "Europe/Berlin"
where = 'Kunde != "Summe"'
group = "Bestellung"
[tables.columns]
customer_id = "Kunde"
timestamp = "Datum"
event_id = "Bestellung"
[tables.constants]
kind = "conversion:purchase"
[tables.expressions]
value = "sum(Preis * Menge) - coalesce(Erstattung, 0)"
"""

LINES = """Bestellungen 2026
erstellt am 01.10.2026
Bestellung,Kunde,Datum,Preis,Menge,Erstattung
B1,ann,05.10.2026 14:03,"1.234,50 €",1,"34,50"
B1,,,"10,25",2,
B2,bob,06.10.2026 09:00,"5,00",1,--
B3,cid,06.10.2026 09:00,"12.34",1,--
,Summe,,"1.265,00",,
,dan,07.10.2026 09:00,"7,00",1,
"""


def test_order_lines_are_one_conversion_of_their_net_value(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("o.csv", LINES), source=read_mapping(write("m.toml", ORDERS)))
    assert totals(result) == (6, 3, 0, 1, 1, 1)
    assert reasons(result) == [(7, "bad-number")]
    events = result.events()
    values = dict(
        zip(
            events.customers[events.conversions.customer].tolist(),
            events.conversions.value.tolist(),
            strict=True,
        )
    )
    assert values == {"ann": 1234.5 + 20.5 - 34.5, "bob": 5.0, "dan": 7.0}
    # 14:03 of Berlin in October is 12:03 UTC
    first = events.conversions.time[events.customers[events.conversions.customer] == "ann"]
    assert first.tolist() == [1_791_201_780_000]


def test_a_file_without_rows_has_no_groups_of_the_file_before(staged: Stage, write: Write) -> None:
    header = "".join(LINES.splitlines(keepends=True)[:3])
    result = staged(
        write("a.csv", LINES),
        write("b.csv", header),
        source=read_mapping(write("m.toml", ORDERS)),
    )
    assert totals(result) == (6, 3, 0, 1, 1, 1)


def test_every_row_left_out_is_counted_as_ignored_and_none_as_rejected(
    staged: Stage, write: Write
) -> None:
    mapping = write(
        "m.toml",
        '[[tables]]\nrows = "events"\nignore = ["scroll", "ping"]\n[tables.columns]\nkind = "what"',
    )
    lines = "customer_id,timestamp,what\n" + "a,2026-01-01T00:00:00Z,click\n" + "b,,scroll\n" * 3
    result = staged(write("e.csv", lines), source=read_mapping(mapping))
    assert totals(result) == (4, 1, 0, 3, 0, 0)


def test_a_damaged_row_is_rejected_whatever_the_condition(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    mapping = write("m.toml", "[[tables]]\nrows = \"events\"\nwhere = 'number(n) > 1'")
    lines = (
        '{"customer_id":"a","timestamp":"2026-01-01T00:00:00Z","kind":"click","n":2}\n'
        '{"customer_id":"a","timestamp":"2026-01-01T00:00:00Z","kind":"click","n":"x"}\n'
        "[1]\n"
        '{"customer_id":"a","timestamp":"2026-01-01T00:00:00Z","kind":"click"}\n'
    )
    result = staged(write("e.jsonl", lines), source=read_mapping(mapping))
    assert totals(result) == (4, 1, 0, 1, 0, 2)
    assert [line for line, _ in reasons(result)] == [2, 3]
