"""Headers in other files, lines around the rows, and several forms of files in one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.cli.sources import source_of
from attrigraph.errors import InputError
from attrigraph.staging import preset, read_mapping

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

REPORT = """[[tables]]
rows = "events"
preamble = true
footer = ["©", "Rows:"]
zone = "UTC"
[tables.columns]
customer_id = "who"
timestamp = "Day"
[tables.constants]
kind = "click"
"""
EVENTS = "e1,c1,2026-03-01T12:00:00Z,click\ne2,c2,2026-03-02T12:00:00Z,click\n"


def test_a_report_is_read_between_its_preamble_and_its_footer(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    text = '"Report: clicks, all"\nPeriod,March\n\nDay,who,n\n2026-03-01,a,1\n2026-03-02,b,2,3\n'
    path = write("r.csv", f'{text}2026-03-03,c,3\n\n"©2026 Ad Corp., all"\nRows: 3\n')
    result = staged(path, source=read_mapping(write("m.toml", REPORT)))
    assert (result.counts.read, result.counts.touches, result.counts.ignored) == (5, 2, 2)
    assert reasons(result) == [(6, "ragged")]


def test_lines_of_one_field_beside_a_known_footer_are_part_of_it(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    rows = "Day,who,n\n2026-03-01,a,1\nalone\n2026-03-02,b,2\n"
    path = write("r.csv", f'{rows}\n"Clicks of March"\n"two, in one"\nRows: 2\nx,y\nAd Corp.\n')
    source = read_mapping(write("m.toml", REPORT))
    result = staged(path, source=source)
    assert (result.counts.read, result.counts.touches, result.counts.ignored) == (8, 2, 4)
    assert reasons(result) == [(3, "ragged"), (9, "ragged")]
    without = staged(write("s.csv", f"{rows}\nAd Corp.\n"), source=source)
    assert reasons(without) == [(3, "ragged"), (6, "ragged")]


def test_a_report_without_the_columns_names_those_of_its_closest_line(
    staged: Stage, write: Write
) -> None:
    path = write("r.csv", "Report,clicks,x\nwhen,who,n\n2026-03-01,a,1\n")
    with pytest.raises(InputError, match=r"lacks the column Day .* its columns are when, who, n"):
        staged(path, source=read_mapping(write("m.toml", REPORT)))


def test_a_header_of_another_file_is_that_of_the_files_without_one(
    staged: Stage, write: Write
) -> None:
    names = write("names.csv", "event_id,customer_id,timestamp,kind\n")
    bare = write("bare.csv", EVENTS)
    own = write("own.csv", "customer_id,timestamp,kind\nc3,2026-03-01T12:00:00Z,click\n")
    result = staged(bare, own, source="events", header=names)
    assert (result.counts.read, result.counts.touches) == (3, 3)
    assert sorted(result.events().customers.tolist()) == ["c1", "c2", "c3"]
    with pytest.raises(InputError, match="all files have a header of their own; leave out"):
        staged(own, source="events", header=names)


def test_lines_count_from_the_first_row_of_a_file_without_a_header(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    names = write("names.csv", "event_id,customer_id,timestamp,kind\n")
    bare = write("bare.csv", f"\ufeff{EVENTS}e3,c3,2026-03-01T12:00:00Z\n")
    assert reasons(staged(bare, source="events", header=names)) == [(3, "ragged")]


def test_presets_with_other_lines_before_the_header_go_into_one_command(
    staged: Stage, write: Write
) -> None:
    """Tables of the presets differ in what comes before the header; the columns decide."""
    report = write("r.csv", "Report\nDay,who\n2026-03-01,a\n")
    events = write("e.csv", f"event_id,customer_id,timestamp,kind\n{EVENTS}")
    source = read_mapping(write("m.toml", REPORT))
    both = source.model_copy(update={"tables": (*source.tables, *preset("events").tables)})
    assert staged(report, events, source=both).counts.touches == 3


PATTERNS = """[[tables]]
rows = "spend"
where = 'column("Spent (*)") is not None'
[tables.expressions]
date = "Day"
channel = "Channel"
cost = 'number(column("Spent (*)"))'
currency = 'name_part("Spent (*)")'
"""


def test_a_column_is_found_by_a_pattern_and_its_name_holds_a_value(
    staged: Stage, write: Write
) -> None:
    source = read_mapping(write("m.toml", PATTERNS))
    for name in ("EUR", "USD"):
        path = write("r.csv", f"Day,Spent ({name}),Channel\n2026-03-01,5,a\n2026-03-02,,a\n")
        result = staged(path, source=source)
        assert result.references().spend.currency.values().tolist() == [name]
        assert (result.counts.taken, result.counts.ignored) == (1, 1)
    several = write("r.csv", "Day,Spent (EUR),Spent (USD),Channel\n2026-03-01,5,6,a\n")
    with pytest.raises(InputError, match=r"several columns fit .* remove all but one"):
        staged(several, source=source)
    none = write("r.csv", "Day,Spent,Channel\n2026-03-01,5,a\n")
    with pytest.raises(InputError, match=r"lacks the column Spent \(\*\) that rows of spend need"):
        staged(none, source=source)


def test_names_of_columns_are_texts_whatever_they_hold(staged: Stage, write: Write) -> None:
    """The name of a column that fits a pattern never becomes a part of the expression."""
    name = 'Spent (") or column("Day)'
    quoted = name.replace('"', '""')
    path = write("r.csv", f'Day,"{quoted}",Channel\n2026-03-01,5,a\n')
    text = PATTERNS.replace("currency =", "platform =")
    spend = staged(path, source=read_mapping(write("m.toml", text))).references().spend
    assert spend.platform.values().tolist() == [name[7:-1]]


def test_events_are_conversions_by_the_names_that_are_stated(
    staged: Stage, write: Write, tmp_path: object
) -> None:
    lines = "".join(
        f'{{"event":"{name}","properties":{{"time":{1_790_000_000 + i},"distinct_id":"a"}}}}\n'
        for i, name in enumerate(["$mp_web_page_view", "Purchase", "Upgrade", "Scrolled"])
    )
    path = write("e.jsonl", lines)
    for source, kind in (
        (preset("mixpanel"), "Purchase"),
        (preset("mixpanel").with_conversions(["Upgrade", "Trial"]), "Upgrade"),
    ):
        result = staged(path, source=source)
        assert result.events().conversions.kind.values().tolist() == [kind]
        assert (result.counts.ignored, result.counts.touches) == (2, 1)
    with pytest.raises(InputError, match="no events whose names decide"):
        preset("events").with_conversions(["Upgrade"])


def test_ids_of_rows_that_are_left_out_are_joined_where_the_mapping_states_it(
    staged: Stage, write: Write
) -> None:
    text = """[[tables]]
rows = "events"
where = 'kind != "login"'
"""
    path = write(
        "e.csv",
        "customer_id,user_id,timestamp,kind\nd1,,2026-03-01T12:00:00Z,click\n"
        "d2,,2026-03-01T13:00:00Z,click\nd1,u,2026-03-01T14:00:00Z,login\n"
        "d2,u,2026-03-01T14:00:00Z,login\n",
    )
    for setting, customers in (("", ["d1", "d2"]), ("link_ignored = true\n", ["u"])):
        source = read_mapping(write("m.toml", text + setting))
        result = staged(path, source=source)
        assert sorted(result.events().customers.tolist()) == customers
        assert result.counts.ignored == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('preamble = true\nskip = 2\n[tables.constants]\nkind = "click"', "leave out skip"),
        ("where = 'is_conversion(event)'", "states no conversions"),
        ('conversions = ["a"]', "no expression has is_conversion"),
        ("where = 'name_part(event) == \"a\"'", "name_part takes a pattern with one"),
        ('conversions = ["a"]\nwhere = "is_conversion(n + 1)"', "is_conversion takes a text"),
    ],
)
def test_settings_that_cannot_be_are_mistakes(setting: str, message: str, write: Write) -> None:
    with pytest.raises(InputError, match=message):
        read_mapping(write("m.toml", f'[[tables]]\nrows = "events"\n{setting}\n'))
    wrong = '[[tables]]\nrows = "campaigns"\nconversions = ["a"]\nlink_ignored = true\n'
    with pytest.raises(InputError, match=r"(?s)conversions are for.*link_ignored is for"):
        read_mapping(write("m.toml", wrong))


def test_lines_of_totals_as_wide_as_rows_are_ignored(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    mapping = """[[tables]]
rows = "spend"
preamble = true
footer = ["Total"]
[tables.columns]
date = "Day"
channel = "Type"
cost = "Cost"
"""
    rows = "Report\nDay,Type,Cost\n2026-03-01,Total,1.5\n2026-03-02,x,2\n"
    path = write("s.csv", f'{rows}Total: Campaigns,--,3.5\n"Total: Account",--,3.5\n')
    result = staged(path, source=read_mapping(write("m.toml", mapping)))
    assert (result.counts.read, result.counts.taken, result.counts.ignored) == (4, 2, 2)
    assert reasons(result) == []
    assert result.references().spend.cost.tolist() == [1.5, 2]


def test_tables_of_equal_fields_and_columns_are_one(staged: Stage, write: Write) -> None:
    path = write("ids.csv", "anonymous_id,user_id\na,u\n")
    assert staged(path, source=preset("segment", "identities")).counts.taken == 1
    spend = write("spend.csv", "date,channel,cost\n2026-03-01,x,1\n")
    one = '[[tables]]\nrows = "spend"\nconstants = { platform = "PLATFORM" }\n'
    text = one.replace("PLATFORM", "x") + one.replace("PLATFORM", "y")
    with pytest.raises(InputError, match=r"may hold spend, its columns fit both"):
        staged(spend, source=read_mapping(write("m.toml", text)))


@pytest.mark.parametrize(
    ("names", "text", "mistake"),
    [
        (
            ("ga4-bigquery", "google-ads", "spend"),
            "Campaign report\nMarch\nCampaign,Campaign ID,Currency code,Cost\nx,1,EUR,2\n",
            r"lacks the column Day that rows of spend \(preset google-ads\) need; its col",
        ),
        (
            ("meta-ads", "spend"),
            "Campaign name,Amount spent (EUR)\nx,1\n",
            r"lacks the column Day or Reporting starts that rows of spend \(preset meta-ads\) need",
        ),
        (("spend",), "channel,cost\nx,1\n", r"lacks the column date or start that rows of spend"),
        (
            ("segment",),
            "customer_id,timestamp,kind\na,2026-03-01T12:00:00Z,click\n",
            r"lacks the columns .*; the preset events fits it$",
        ),
    ],
)
def test_what_the_nearest_preset_lacks_is_named(
    names: tuple[str, ...], text: str, mistake: str, staged: Stage, write: Write
) -> None:
    with pytest.raises(InputError, match=mistake):
        staged(write("f.csv", text), source=preset(*names))


def test_text_in_another_encoding_is_named(staged: Stage, write: Write) -> None:
    text = "Bericht\nTag,Kampagne,Kosten,Währungscode\n01.03.2026,x,1,EUR\n"
    path = write("g.csv", "")
    path.write_bytes(text.encode("cp1252"))
    match = r"g.csv is not UTF-8 text; state its encoding, as --encoding cp1252 does"
    with pytest.raises(InputError, match=match):
        staged(path, source=preset("spend", "events"))


def test_a_mapping_is_for_some_files_and_presets_are_for_others(
    staged: Stage, write: Write
) -> None:
    mapping = '[[tables]]\nrows = "events"\n[tables.columns]\ncustomer_id = "who"\n'
    source = source_of(["google-ads"], write("m.toml", mapping), [])
    events = write("e.csv", "who,timestamp,kind\na,2026-03-01T12:00:00Z,click\n")
    spend = write("s.csv", "Campaign report\nDay,Campaign,Cost\n2026-03-01,x,2\n")
    assert staged(events, spend, source=source).counts.taken == 2


def test_json_lines_may_be_called_json(staged: Stage, write: Write) -> None:
    path = write(
        "e.json", '{"customer_id":"a","timestamp":"2026-03-01T12:00:00Z","kind":"click"}\n'
    )
    assert staged(path, source="events").counts.taken == 1


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_fields_may_be_separated_by_what_their_header_holds(
    name: str, mark: str, staged: Stage, write: Write
) -> None:
    text = f"event_id,customer_id,timestamp,kind,campaign\n{EVENTS}"
    rows = text.replace("click\n", 'click,"x;y|z\t, w"\n').replace(",", mark)
    events = staged(write(name, rows), source="events").events()
    assert set(events.touches.campaign.values()) == {f"x;y|z\t{mark} w"}
    paths = write("b.tsv", "path,total_conversions\na > b,1\n")
    assert staged(paths, source="paths").counts.conversions == 1
    assert staged(write("c.csv", "customer_id\na;b\n"), source="customers").counts.taken == 1


def test_a_header_in_a_file_of_its_own_may_have_another_delimiter(
    staged: Stage, write: Write
) -> None:
    names = write("names.csv", "event_id,customer_id,timestamp,kind\n")
    rows = write("rows.csv", EVENTS.replace(",", ";"))
    assert staged(rows, source="events", header=names).counts.touches == 2


def test_a_delimiter_that_is_stated_is_the_one(staged: Stage, write: Write) -> None:
    source = read_mapping(write("m.toml", '[[tables]]\nrows = "events"\ndelimiter = ","\n'))
    path = write("a.csv", "customer_id;timestamp;kind\n")
    with pytest.raises(InputError, match="if ';' separates them, state it as the delimiter in a"):
        staged(path, source=source)
