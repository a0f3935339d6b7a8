from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.staging.channels import built_in_rules

if TYPE_CHECKING:
    from tests.staging.conftest import ChannelsBy, Rows, Stage, Write

GA = "2024-03-01T12:00:00Z,visit"


@pytest.mark.parametrize(
    ("medium", "source", "expected"),
    [
        ("cpc", "google", "paid search"),
        ("CPC ", " Google", "paid search"),
        ("cpc", "facebook", "paid social"),
        ("cpm", "facebook", "paid social"),
        ("paid-social", "anything", "paid social"),
        ("cpc", "youtube", "video"),
        ("cpc", "some-site", "paid other"),
        ("cpm", "some-site", "display"),
        ("organic", "google", "organic search"),
        ("organic", "instagram", "social"),
        ("social", "anything", "social"),
        ("", "linkedin", "social"),
        ("", "bing", "organic search"),
        ("email", "crm", "email"),
        ("", "newsletter", "email"),
        ("affiliate", "google", "affiliate"),
        ("display", "google", "display"),
        ("referral", "blog", "referral"),
        ("referral", "t.co", "social"),
        ("(none)", "(direct)", "direct"),
        ("", "direct", "direct"),
        ("carrier-pigeon", "loft", None),
        ("", "loft", None),
        ("", "", None),
        (None, None, None),
    ],
)
def test_the_first_rule_that_fits_names_the_channel(
    medium: str | None, source: str | None, expected: str | None, channels_by: ChannelsBy
) -> None:
    ((_, channel),) = channels_by(built_in_rules("classic"), [{"medium": medium, "source": source}])
    assert channel == expected


def test_every_rule_can_be_reached(channels_by: ChannelsBy) -> None:
    rules = built_in_rules("classic")
    for number, rule in enumerate(rules.rules, 1):
        texts = {
            name: [*each.words, *(word for key in each.lists for word in rules.lists[key])]
            for name, each in rule.conditions.items()
        }
        pairs = [
            {"medium": medium, "source": source}
            for medium in texts.get("medium", [""])
            for source in texts.get("source", ["elsewhere"])
        ]
        assert (number, rule.channel) in channels_by(rules, pairs)


def test_fields_fall_back_to_utm_only_where_they_are_missing(
    staged: Stage, write: Write, rows: Rows
) -> None:
    path = write(
        "e.csv",
        "customer_id,timestamp,kind,channel,campaign,creative,utm_source,utm_medium,utm_campaign,utm_content,utm_term\n"
        f"a,{GA},,,,google,cpc,spring,ad-1,shoes\n"
        f"b,{GA},own,mine,my-ad,google,cpc,spring,ad-1,shoes\n"
        f"c,{GA},,,,loft,carrier-pigeon,,,\n"
        f"d,{GA},x,,,,,,ad-1,\n",
    )
    result = staged(path, source="events")
    assert sorted((row[0], *row[5:8]) for row in rows(result.events())["touches"]) == [
        ("a", "paid search", "spring", "spring/ad-1"),
        ("b", "own", "mine", "my-ad"),
        ("c", None, None, None),
        ("d", "x", None, "ad-1"),
    ]
    (note,) = result.notes
    assert note == "1 touch with a source that matches no rule: channel unknown"
