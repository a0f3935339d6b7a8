from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.staging import preset, read_mapping
from attrigraph.staging.reasons import REASONS
from long_forms import examples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Rows, Stage, Write

HEADER = "event_id,customer_id,timestamp,kind,channel,campaign,creative,audience,cost,value\n"
NOON = int(datetime(2024, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)


def test_touches_and_conversions_come_by_customer_and_time(
    staged: Stage, write: Write, rows: Rows
) -> None:
    path = write(
        "events.csv",
        HEADER
        + "e3,ann,2024-03-01T12:00:02Z,conversion,,,,,,9.5\n"
        + "e2,ann,2024-03-01T13:00:01+01:00,click,search,brand,,,0.25,\n"
        + "e1,ann,2024-03-01 12:00:00.5Z,impression,display,,banner,young,,\n",
    )
    result = staged(path, source="events")
    assert rows(result.events()) == {
        "customers": [("ann", 627)],
        "touches": [
            ("ann", NOON + 500, 0, "e1", "impression", "display", None, "banner", "nan"),
            ("ann", NOON + 1000, 0, "e2", "click", "search", "brand", None, "0.25"),
        ],
        "conversions": [("ann", NOON + 2000, 0, "e3", "conversion", 9.5)],
    }
    assert result.counts.read == result.counts.taken == 3
    assert (result.counts.touches, result.counts.conversions, result.counts.customers) == (2, 1, 1)


ROW = {"customer_id": "ann", "timestamp": "2024-03-01T12:00:00Z", "kind": "click"}
BAD = {
    "missing-id": {"customer_id": ""},
    "missing-kind": {"kind": ""},
    "unknown-kind": {"kind": "Click"},
    "missing-time": {"timestamp": ""},
    "bad-time": {"timestamp": "yesterday"},
    "naive-time": {"timestamp": "2024-03-01T12:00:00"},
    "unitless-time": {"timestamp": "1709294400"},
    "bad-number": {"cost": "cheap"},
    "not-finite": {"cost": "NaN"},
    "negative": {"cost": "-0.01"},
    "bad-count": {"position": "1.5"},
    "value-on-touch": {"value": "1"},
    "refund-on-touch": {"refunded": "1"},
    "cost-on-conversion": {"kind": "conversion", "cost": "1"},
    "flag-mismatch": {"converted": "1"},
    "nul-byte": {"channel": "a\0b"},
}
MORE_BAD = [
    ("missing-id", {"customer_id": None}),
    ("unknown-kind", {"kind": "conversion:"}),
    ("naive-time", {"timestamp": "2024-03-01"}),
    ("bad-time", {"timestamp": "2024-02-30T12:00:00Z"}),
    ("bad-time", {"timestamp": "2024-03-01T12:00:60Z"}),
    ("bad-time", {"timestamp": "2024-03-01T12:00:00+25:00"}),
    ("bad-time", {"timestamp": "9999-12-31T23:59:59-18:00"}),
    ("bad-number", {"cost": "1,5"}),
    ("bad-number", {"cost": "1_000"}),
    ("not-finite", {"cost": "1e999"}),
    ("not-finite", {"value": "-inf", "kind": "conversion"}),
    ("negative", {"value": "-1", "kind": "conversion"}),
    ("negative", {"position": "-1"}),
    ("bad-count", {"position": "99999999999"}),
    ("refund-on-touch", {"cancelled": "1"}),
    ("bad-flag", {"cancelled": "perhaps"}),
    ("bad-number", {"refunded": "all"}),
    ("flag-mismatch", {"converted": "perhaps"}),
    ("flag-mismatch", {"converted": "0", "kind": "conversion"}),
]


@pytest.mark.parametrize(("reason", "fields"), [*BAD.items(), *MORE_BAD])
def test_a_bad_row_is_rejected_with_its_reason(
    reason: str, fields: dict[str, str | None], staged: Stage, write: Write, reasons: Reasons
) -> None:
    path = write("e.jsonl", "\n".join(json.dumps(row) for row in (ROW, {**ROW, **fields})))
    result = staged(path, source="events")
    assert reasons(result) == [(2, reason)]
    assert (result.counts.read, result.counts.taken, result.counts.rejected) == (2, 1, 1)
    (rejected,) = result.rejected()
    shown = [
        f"({name} is empty)" if not text else f"({name}: {text!r})" for name, text in fields.items()
    ]
    assert reason == "nul-byte" or any(one in rejected.reason for one in shown)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"customer_id": "ann"', "bad-json"),
        ('["ann"]', "bad-json"),
        ("null", "bad-json"),
        ('{"customer_id": {"id": 1}}', "nested"),
        ('{"customer_id": "a\x01b"}', "bad-json"),
        ('{"customer_id": "a\tb"}', "bad-json"),
    ],
)
def test_a_bad_line_of_json_is_rejected(
    line: str, reason: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    path = write("e.jsonl", f"{json.dumps(ROW)}\n\n{line}\n")
    assert reasons(staged(path, source="events")) == [(3, reason)]


def test_lines_of_rejected_rows_are_exact_in_all_formats(
    staged: Stage, write: Write, reasons: Reasons, tmp_path: Path
) -> None:
    lines = ["customer_id,timestamp,kind,creative"]
    lines += [f"c{number},2024-03-01T12:00:00Z,click,x" for number in range(150_000)]
    lines[5] = "c5,2024-03-01T12:00:00Z,click"
    lines[100_000] = ",2024-03-01T12:00:00Z,click,x"
    lines[140_000] = "c,2024-03-01T12:00:00Z,klick,x"
    bad = [(6, "ragged"), (100_001, "missing-id"), (140_001, "unknown-kind")]
    text = "\n".join(lines)
    assert reasons(staged(write("e.csv", text), source="events")) == bad
    assert reasons(staged(write("e.csv.gz", text.replace("\n", "\r\n")), source="events")) == bad
    # A record over three lines and a blank line move what follows.
    lines[3] = 'c3,2024-03-01T12:00:00Z,click,"x\n\ny"'
    lines[4] += "\n"
    moved = [(line + 3, reason) for line, reason in bad]
    assert reasons(staged(write("f.csv", "\n".join(lines)), source="events")) == moved
    parquet = tmp_path / "e.parquet"
    duckdb.execute(
        "COPY (SELECT CASE WHEN i = 99999 THEN NULL ELSE 'c' || i END AS customer_id, "
        "TIMESTAMPTZ '2024-03-01 12:00:00+00' AS timestamp, "
        "CASE WHEN i = 139999 THEN 'klick' ELSE 'click' END AS kind FROM range(150000) AS t(i)) "
        f"TO '{parquet}' (FORMAT parquet)"
    )
    assert reasons(staged(parquet, source="events")) == [
        (100_000, "missing-id"),
        (140_000, "unknown-kind"),
    ]


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
ODD = st.sampled_from(
    ["'); DROP TABLE event; --", "MATCH (n) DETACH DELETE n", "<b>x</b>", "start", "null", "NULL",
     "conversion", " padded ", "é", "日本", '"', "\\", "a\nb", "a\r\nb", "#", "nan", "$file", "%"]
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(8, long=25)
)
@given(texts=st.lists(TEXT | ODD, min_size=5, max_size=5))
def test_any_text_passes_through_unchanged(
    texts: list[str], staged: Stage, tmp_path: Path, rows: Rows
) -> None:
    names = ["customer_id", "event_id", "channel", "campaign", "creative"]
    row = dict(zip(names, texts, strict=True)) | {"timestamp": ROW["timestamp"], "kind": "click"}
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, row)
    writer.writeheader()
    writer.writerow(row)
    files = {"e.csv": table.getvalue().encode(), "e.jsonl": json.dumps(row).encode()}
    wanted = (texts[0], NOON, 0, texts[1], "click", texts[2], texts[3], texts[4], "nan")
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with staged(tmp_path / name, source="events") as result:
            assert rows(result.events())["touches"] == [wanted]


EVENT = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from(["", "", "1", "2", "3"]),
        "customer_id": st.sampled_from(["ann", "bob", "", "eve"]),
        "timestamp": st.sampled_from(["2024-03-01T12:00:00Z", "2024-03-02T12:00:00Z", "bad"]),
        "kind": st.sampled_from(["click", "conversion", "oops"]),
        "channel": st.sampled_from(["", "a", "b"]),
        "campaign": st.sampled_from(["", "x", "y"]),
        "creative": st.sampled_from(["", "", "p", "q"]),
    }
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(8, long=25)
)
@given(events=st.lists(EVENT, max_size=12), data=st.data())
def test_order_of_rows_and_cuts_between_files_change_nothing(
    events: list[dict[str, str]], data: st.DataObject, staged: Stage, tmp_path: Path, rows: Rows
) -> None:
    mixed = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(mixed)))

    def written(name: str, part: list[dict[str, str]]) -> Path:
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, ["event_id", *ROW, "channel", "campaign", "creative"])
        writer.writeheader()
        writer.writerows(part)
        path = tmp_path / name
        text = table.getvalue().encode()
        path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
        return path

    with staged(written("all.csv", events), source="events") as result:
        one, counts = result, result.counts
        expected, referred = rows(one.events()), one.references()
        rejected = sorted(each.reason for each in one.rejected())
    files = written("a.csv", mixed[:cut]), written("b.csv.gz", mixed[cut:])
    with staged(*files, source="events") as result:
        assert rows(result.events()) == expected
        assert result.counts == counts
        assert result.references().campaigns == referred.campaigns
        assert result.references().creatives == referred.creatives
        assert sorted(each.reason for each in result.rejected()) == rejected
    assert counts.read == counts.taken + counts.duplicates + counts.rejected == len(events)
    assert counts.taken == counts.touches + counts.conversions
    assert len(rejected) == counts.rejected


def test_equal_rows_are_repeats_and_the_earliest_of_several_contents_is_taken(
    staged: Stage, write: Write, reasons: Reasons, rows: Rows
) -> None:
    path = write(
        "e.csv",
        "event_id,customer_id,timestamp,kind\n"
        "1,ann,2024-03-02T00:00:00Z,click\n"
        "1,ann,2024-03-01T12:00:00Z,click\n"
        "1,ann,2024-03-01T13:00:00+01:00,click\n"
        ",bob,2024-03-01T12:00:00Z,click\n"
        ",bob,2024-03-01T12:00:00Z,click\n",
    )
    result = staged(path, source="events")
    assert reasons(result) == [(2, "other-content")]
    assert result.counts.duplicates == 2
    assert [row[1] for row in rows(result.events())["touches"]] == [NOON, NOON]
    assert result.locate("touch", ["1"]) == [(str(path), 3)]


def test_ids_that_are_made_up_start_with_the_pseudonym_and_do_not_reveal_the_customer(
    staged: Stage, write: Write, rows: Rows
) -> None:
    text = "customer_id,timestamp,kind\nann,2024-03-01T12:00:00Z,click\n"
    first = staged(write("a.csv", text), source="events", customer_key=b"one").events()
    again = staged(write("b.csv", text), source="events", customer_key=b"one").events()
    other = staged(write("c.csv", text), source="events", customer_key=b"two").events()
    assert rows(first) == rows(again)
    assert first.touches.id[0].startswith(first.customers[0] + "-")
    assert other.customers[0] != first.customers[0]
    # What follows the pseudonym depends on the event alone.
    assert other.touches.id[0].split("-")[1] == first.touches.id[0].split("-")[1]


def test_a_creative_belongs_to_the_campaign_that_most_rows_name(
    staged: Stage, write: Write, reasons: Reasons, rows: Rows
) -> None:
    lines = ["customer_id,timestamp,kind,campaign,creative"]
    lines += [f"c{n},2024-03-01T12:00:0{n}Z,click,{c},ad" for n, c in enumerate("baab")]
    lines += ["c9,2024-03-01T12:00:00Z,click,,ad"]
    result = staged(write("e.csv", "\n".join(lines)), source="events")
    # Two against two: the one that sorts first.
    assert reasons(result) == [(2, "other-campaign"), (5, "other-campaign")]
    assert {row[6] for row in rows(result.events())["touches"]} == {"a"}
    assert [(each.id, each.campaign) for each in result.references().creatives] == [("ad", "a")]


def test_the_table_of_creatives_decides_about_campaigns(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    events = write(
        "e.csv",
        "customer_id,timestamp,kind,campaign,creative\n"
        "ann,2024-03-01T12:00:00Z,click,a,ad\n"
        "bob,2024-03-01T12:00:00Z,click,a,ad\n",
    )
    creatives = write("c.csv", "id,format,campaign\nad,image,b\n")
    result = staged(events, creatives, source=preset("events", "creatives"))
    assert reasons(result) == [(2, "other-campaign"), (3, "other-campaign")]


def test_what_is_known_of_creatives_decides_about_campaigns(
    staged: Stage, write: Write, reasons: Reasons, rows: Rows
) -> None:
    events = write(
        "e.csv",
        "customer_id,timestamp,kind,campaign,creative,channel\n"
        "ann,2024-03-01T12:00:00Z,click,a,ad,mail\n"
        "bob,2024-03-01T12:00:00Z,click,,ad,mail\n",
    )
    creatives = write("c.csv", "id,format,campaign\nad,image,c\nother,video,d\n")
    known = {"ad": "b", "unnamed": "x"}
    result = staged(
        events, creatives, source=preset("events", "creatives"), creative_campaigns=known
    )
    assert reasons(result) == [(2, "other-campaign"), (2, "other-campaign")]
    assert [row[6] for row in rows(result.events())["touches"]] == ["b"]
    referred = result.references()
    in_campaigns = [(each.id, each.campaign) for each in referred.creatives]
    assert in_campaigns == [("ad", "b"), ("other", "d")]
    assert [each.id for each in referred.campaigns] == ["b", "d"]
    assert referred.runs_on == (("b", "mail"),)


def test_a_conversion_may_be_a_touch_just_before_it(
    staged: Stage, write: Write, rows: Rows
) -> None:
    path = write(
        "e.csv",
        "event_id,customer_id,timestamp,kind,channel,cost,value\n"
        "1,ann,2024-03-01T12:00:00Z,conversion,search,0.5,9\n"
        "2,ann,2024-03-01T12:00:00Z,conversion,,,9\n",
    )
    result = staged(path, source="events", conversion_touches=True)
    assert rows(result.events())["touches"] == [
        ("ann", NOON - 1, 0, "1:touch", "touch", "search", None, None, "0.5")
    ]
    assert result.counts.conversions == 2
    assert result.references().channels == ("search",)


def test_a_conversions_channel_without_effect_is_reported(staged: Stage, write: Write) -> None:
    path = write(
        "e.csv",
        "customer_id,timestamp,kind,channel,shoe_size\n"
        "ann,2024-03-01T12:00:00Z,conversion,search,44\n",
    )
    result = staged(path, source="events")
    assert result.references().channels == ()
    unused_column, unused_channel = result.notes
    assert unused_column == f"{path}: nothing is read from its column shoe_size"
    assert unused_channel.startswith("1 conversion with a channel, campaign or creative")


def test_kinds_of_conversions_and_further_kinds_of_touches(
    staged: Stage, write: Write, rows: Rows
) -> None:
    mapping = write(
        "m.toml",
        '[[tables]]\nrows = "events"\nkinds = ["podcast"]\n'
        '[tables.values.kind]\nsale = "conversion:purchase"\n',
    )
    path = write(
        "e.csv",
        "customer_id,timestamp,kind\n"
        "ann,2024-03-01T12:00:00Z,podcast\n"
        "ann,2024-03-01T12:00:01Z,sale\n"
        "ann,2024-03-01T12:00:02Z,conversion:sign up\n",
    )
    events = staged(path, source=read_mapping(mapping)).events()
    assert [row[4] for row in rows(events)["touches"]] == ["podcast"]
    assert [row[4] for row in rows(events)["conversions"]] == ["purchase", "sign up"]


def test_every_reason_has_a_sentence() -> None:
    assert set(BAD) <= set(REASONS)
    assert all(sentence and not sentence.endswith(".") for sentence in REASONS.values())


def test_an_id_of_nothing_but_white_space_names_nobody(staged: Stage, write: Write) -> None:
    rows = "".join(
        f'"{customer}",2024-03-01T12:00:00Z,click\n' for customer in (" ", "\t \t", "\n", " a ")
    )
    result = staged(write("e.csv", "customer_id,timestamp,kind\n" + rows), source="events")
    assert [(refusal.line, refusal.reason[:10]) for refusal in result.rejected()] == [
        (2, "missing-id"),
        (3, "missing-id"),
        (4, "missing-id"),
    ]
    assert result.events().customers.tolist() == [" a "]


def test_a_column_without_a_name_that_nothing_is_read_from_is_reported(
    staged: Stage, write: Write
) -> None:
    path = write("e.csv", ",customer_id,timestamp,kind\n0,ann,2024-03-01T12:00:00Z,click\n")
    result = staged(path, source="events")
    assert result.notes[0] == f"{path}: nothing is read from its column without a name"


LONG = "ä" * 2000


@pytest.mark.parametrize(
    "field", ["event_id", "customer_id", "kind", "channel", "campaign", "creative", "audience"]
)
def test_a_name_too_long_for_the_graph_is_rejected(
    field: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    prefix = "conversion:" if field == "kind" else ""
    rows = [
        {**ROW, field: prefix + "x" * (4000 - len(prefix))},
        {**ROW, field: prefix + LONG + "x"},
    ]
    path = write("e.jsonl", "\n".join(json.dumps(row) for row in rows))
    result = staged(path, source="events")
    assert reasons(result) == [(2, "long-name")]
    (rejected,) = result.rejected()
    assert rejected.reason.endswith(f" ({field}: {(prefix + LONG)[:100]!r})")


def test_the_field_that_gives_a_name_too_long_is_named(staged: Stage, write: Write) -> None:
    long = "x" * 4001
    text = (
        "customer_id,user_id,timestamp,kind,order_id,utm_campaign\n"
        f"a,{long},2024-01-01T00:00:00Z,visit,,a\n"
        f"a,,2024-01-01T00:00:00Z,conversion,{long},a\n"
        f"a,,2024-01-01T00:00:00Z,visit,,{long}\n"
    )
    rejected = staged(write("e.csv", text), source="events").rejected()
    assert [one.reason.rpartition(" (")[2].split(":")[0] for one in rejected] == [
        "user_id",
        "order_id",
        "utm_campaign",
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("paths", f"path,total_conversions\n{LONG},1\n{LONG} > {LONG},1\na > {LONG}x > b,1\n"),
        ("customers", f"customer_id,age\n{LONG},1\na,2\n{LONG}x,1\n"),
        ("campaigns", f"id,channel\n{LONG},b\nb,{LONG}\na,{LONG}x\n"),
        ("creatives", f"id,text\n{LONG},b\na,{LONG}{LONG}\n{LONG}x,c\n"),
        ("audiences", f"id,name,parent\n{LONG},x,b\nc,x,{LONG}\na,x,{LONG}x\n"),
        ("creative-days",
         f"creative_id,audience_id,date\n{LONG},b,2024-01-01\na,b,2024-01-01\na,{LONG}x,2024-01-01\n"),
    ],
)  # fmt: skip
def test_a_name_too_long_for_the_graph_is_rejected_in_every_table(
    source: str, text: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("t.csv", text), source=source)
    assert reasons(result) == [(4, "long-name")]
    (rejected,) = result.rejected()
    column = rejected.reason.rpartition(" (")[2].split(":")[0]
    assert column in text.splitlines()[0].split(",")
    assert rejected.reason.endswith(f": {(LONG + 'x')[:100]!r})")
