"""Channels that rules give to the events of files."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.staging import preset, read_mapping
from attrigraph.staging.channels import ChannelRules, built_in_rules
from attrigraph.staging.placeholders import PLACEHOLDERS
from long_forms import examples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.staging.conftest import ChannelsBy, Rows, Stage, Write

HEAD = ("event_id", "customer_id", "timestamp", "kind", "utm_source", "utm_medium", "utm_campaign")
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
WORDS = st.sampled_from(
    [
        "google",
        "facebook.com",
        "www.amazon.co.uk",
        "cpc",
        "paid_x",
        "referral",
        "email",
        "(direct)",
        "(none)",
        "organic",
        "ai-assistant",
        "cross-network",
        "shop",
        "'",
        '"',
        "$1",
        ";",
        "(",
        "[",
        "\\",
        "%",
        "ü",
    ]
)


def csv_of(pairs: Sequence[tuple[str, ...]], head: Sequence[str] = HEAD) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for number, texts in enumerate(pairs):
        writer.writerow([f"e{number:06}", "a", "2026-03-01T12:00:00Z", "visit", *texts])
    return text.getvalue()


def mapping(write: Write, text: str) -> Path:
    return write("m.toml", f'[[tables]]\nrows = "events"\n{text}')


def channels_of(rows: Rows, staged: Stage, path: Path, **options: object) -> list[str | None]:
    """Channels of the touches of a file in the order of their ids."""
    options.setdefault("source", "events")
    touches = rows(staged(path, **options).events())["touches"]
    return [row[5] for row in sorted(touches, key=lambda row: str(row[3]))]


def test_the_option_chooses_the_rules(staged: Stage, write: Write, rows: Rows) -> None:
    path = write("e.csv", csv_of([("m.facebook.com", "referral", ""), ("loft", "pigeon", "")]))
    assert channels_of(rows, staged, path) == ["referral", None]
    ga4 = built_in_rules("ga4")
    assert channels_of(rows, staged, path, channel_rules=ga4) == ["Organic Social", "Unassigned"]


def test_a_table_of_a_mapping_chooses_rules_and_the_option_overrides_it(
    staged: Stage, write: Write, rows: Rows
) -> None:
    path = write("e.csv", csv_of([("google", "cpc", "")]))
    source = read_mapping(mapping(write, 'channel_rules = "ga4"\n'))
    assert channels_of(rows, staged, path, source=source) == ["Paid Search"]
    classic = built_in_rules("classic")
    assert channels_of(rows, staged, path, source=source, channel_rules=classic) == ["paid search"]


def test_value_mappings_apply_after_the_rules(staged: Stage, write: Write, rows: Rows) -> None:
    values = '[tables.values.channel]\n"paid search" = "SEA"\nmail = "post"\n'
    source = read_mapping(mapping(write, values))
    head = (*HEAD, "channel")
    given = [("google", "cpc", "", ""), ("google", "cpc", "", "mail"), ("", "email", "", "")]
    path = write("e.csv", csv_of(given, head))
    assert channels_of(rows, staged, path, source=source) == ["SEA", "post", "email"]


def test_rules_see_the_campaign_of_either_field_and_other_fields(
    staged: Stage, write: Write, rows: Rows
) -> None:
    rules = ChannelRules.model_validate(
        {
            "rules": [
                {"channel": "brand", "campaign": {"partially_matches": "brand"}},
                {"channel": "by click", "click_id": "gclid"},
                {"channel": "by id", "campaign_id": "17"},
                {"channel": "by network", "ad_network": "YouTube"},
                {"channel": "by referrer", "referrer": {"matches": ".*blog.*"}},
            ]
        }
    )
    head = (*HEAD, "campaign", "click_id", "utm_id", "ad_network", "referrer")
    given = [
        ("", "", "my brand", "", "", "", "", ""),
        ("", "", "", "Brand 2", "", "", "", ""),
        ("", "", "other", "brand", "", "", "", ""),
        ("", "", "", "", "gclid", "", "", ""),
        ("", "", "", "", "", "17", "", ""),
        ("", "", "", "", "", "", "youtube", ""),
        ("", "", "", "", "", "", "", "https://my.blog/x"),
        ("google", "cpc", "", "", "", "", "", ""),
    ]
    path = write("e.csv", csv_of(given, head))
    assert channels_of(rows, staged, path, channel_rules=rules) == [
        *("brand", "brand", None, "by click", "by id", "by network", "by referrer", None)
    ]


def test_several_files_each_have_their_own_rules(staged: Stage, write: Write, rows: Rows) -> None:
    one = write("a.csv", csv_of([("google", "cpc", "")]))
    two = write(
        "b.jsonl",
        '{"event_id": "x", "customer_id": "a", "timestamp": '
        '"2026-03-01T12:00:00Z", "kind": "visit", "utm_source": "google", "utm_medium": "cpc"}\n',
    )
    path = write(
        "m.toml",
        '[[tables]]\nrows = "events"\nfiles = "*.csv"\nchannel_rules = "ga4"\n'
        '[[tables]]\nrows = "events"\nfiles = "*.jsonl"\n',
    )
    touches = rows(staged(one, two, source=read_mapping(path)).events())["touches"]
    assert sorted((row[3], row[5]) for row in touches) == [
        ("e000000", "Paid Search"),
        ("x", "paid search"),
    ]


def test_a_note_counts_touches_that_no_rule_fits(staged: Stage, write: Write) -> None:
    given = [("loft", "pigeon", ""), ("loft", "", ""), ("google", "cpc", ""), ("", " ", "")]
    path = write("e.csv", csv_of(given))
    assert staged(path, source="events").notes == (
        "2 touches with a source that matches no rule: channel unknown",
    )
    assert staged(path, source="events", channel_rules=built_in_rules("ga4")).notes == (
        "2 touches with a source that matches no rule: channel 'Unassigned'",
    )


@pytest.mark.parametrize("word", [*PLACEHOLDERS, "(Not Set)", " (direct) "])
def test_a_word_for_no_campaign_is_a_missing_campaign_and_creative(
    word: str, staged: Stage, write: Write, rows: Rows
) -> None:
    head = (*HEAD, "campaign", "creative", "utm_content")
    given = [
        ("google", "cpc", word, "", "", "ad"),
        ("google", "cpc", "spring", word, "", word),
        ("google", "cpc", word, word, word, "ad"),
        ("google", "cpc", "spring", "mine", "own", word),
        ("google", "cpc", "", "", "", ""),
    ]
    result = staged(write("e.csv", csv_of(given, head)), source="events")
    touches = sorted(rows(result.events())["touches"], key=lambda row: str(row[3]))
    assert [(row[6], row[7]) for row in touches] == [
        (None, "ad"),
        ("spring", None),
        (None, "ad"),
        ("mine", "own"),
        (None, None),
    ]
    assert result.notes == (
        "4 events with a word such as (not set) as campaign or creative, which is taken for none",
    )


def test_rules_still_see_the_words_for_none(staged: Stage, write: Write, rows: Rows) -> None:
    path = write("e.csv", csv_of([("(direct)", "(none)", "(direct)"), ("x", "cpc", "(none)")]))
    rules = ChannelRules.model_validate(
        {
            "rules": [
                {"channel": "none", "campaign": "(none)"},
                {"channel": "d", "source": "(direct)"},
            ]
        }
    )
    assert channels_of(rows, staged, path, channel_rules=rules) == ["d", "none"]


PAIRS = st.lists(st.tuples(*[st.one_of(TEXT, WORDS)] * 3), min_size=1, max_size=30)


@settings(
    max_examples=examples(10, long=25), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs=PAIRS)
def test_any_texts_give_one_channel_each(
    pairs: list[tuple[str, str, str]],
    staged: Stage,
    write: Write,
    rows: Rows,
    channels_by: ChannelsBy,
) -> None:
    path = write("e.csv", csv_of(pairs))
    for name in ("classic", "ga4"):
        rules = built_in_rules(name)
        found = channels_of(rows, staged, path, channel_rules=rules)
        texts = [dict(zip(("source", "medium", "campaign"), pair, strict=True)) for pair in pairs]
        assert found == [channel for _, channel in channels_by(rules, texts)]
        known = {rule.channel for rule in rules.rules} | {rules.otherwise, None}
        assert set(found) <= known


def test_a_file_of_many_chunks_has_the_channels_of_its_rows(
    staged: Stage, write: Write, rows: Rows, channels_by: ChannelsBy
) -> None:
    pairs = [(f"s{number % 7}.google.com", "referral", f"c{number}") for number in range(40_000)]
    path = write("e.csv", csv_of(pairs))
    found = channels_of(rows, staged, path, channel_rules=built_in_rules("ga4"))
    assert found == ["Organic Search"] * len(pairs)


def test_rules_are_for_events_alone(staged: Stage, write: Write) -> None:
    rules = {"channel_rules": built_in_rules("ga4")}
    owner = {"own_domains": ("a.example",), "payment_referrals": True}
    paths = write("p.csv", "path,total_conversions\na > b,1\n")
    spend = write("s.csv", "date,channel,cost\n2026-03-01,a,1\n")
    for path, source, options, names in (
        (spend, "spend", rules, "channel rules"),
        (paths, "paths", owner, "own domains and referrals"),
    ):
        with pytest.raises(InputError, match=f"{names}.* are for rows of events, and the files"):
            staged(path, source=source, **options)
    text = '[[tables]]\nrows = "paths"\nchannel_rules = "ga4"\nown_domains = ["a.example"]\n'
    with pytest.raises(InputError) as error:
        read_mapping(write("m.toml", text))
    assert "channel_rules is for rows of events, not of paths" in str(error.value)
    assert "own_domains is for rows of events, not of paths" in str(error.value)


def test_presets_of_ga4_have_its_rules_and_others_have_not() -> None:
    names = {"ga4-bigquery": "ga4", "events": "classic", "segment": "classic"}
    for name, rules in names.items():
        assert {table.channel_rules for table in preset(name).tables} == {rules}
