"""Names of channels that no marketing pays for, in the spellings of common tools."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attrigraph.domain.channel_names import (
    DIRECT_CHANNELS,
    NOT_MARKETING,
    are_named,
    plain_channel,
)

METHODS = Path(__file__).parents[2] / "docs" / "methods.md"

OF_TOOLS = {
    "ga4": ["Direct", "(direct)", "(direct) / (none)", "direct/none", "(none)"],
    "hubspot": ["DIRECT_TRAFFIC", "Direct traffic"],
    "matomo": ["Direct Entry", "direct"],
    "mixpanel": ["$direct"],
    "adobe": ["Typed/Bookmarked", "typed / bookmarked"],
    "snowplow": ["Direct", "direct_traffic", "Direct-Visits"],
}

UNPAID = {
    "ga4": ["Organic Search", "Organic Social", "Organic Video", "Organic Shopping", "Referral"],
    "ga4 export": ["organic_search", "Unassigned", "AI Assistant"],
    "hubspot": ["ORGANIC_SEARCH", "REFERRALS", "Referrals", "AI_REFERRALS"],
    "matomo": ["Search Engines", "Websites", "AI Assistants"],
    "mixpanel": ["Organic Search", "Referral", "Organic  Social"],
    "amplitude": ["Organic Search", "Organic Video"],
    "posthog": ["Organic Shopping", "AI", "Referral"],
    "adobe": ["Natural Search", "Referring Domains", "Session Refresh", "Internal"],
    "snowplow": ["Organic_Search", "Organic_Video", "internal"],
}

MARKETING = [
    *("Paid Search", "PAID_SEARCH", "paid_social", "Cross-network", "Display", "Email", "SMS"),
    *("direct mail", "Direct_Mail", "Affiliates", "Push", "news", "Social Networks", "tv", ""),
    *("Directory", "paid referral", "organic-food-campaign", "-", "Search", "EMAIL_MARKETING"),
]


@pytest.mark.parametrize("tool", OF_TOOLS)
def test_direct_traffic_of_each_tool_is_direct_and_no_marketing(tool: str) -> None:
    assert are_named(OF_TOOLS[tool], DIRECT_CHANNELS).all()
    assert are_named(OF_TOOLS[tool], NOT_MARKETING).all()


@pytest.mark.parametrize("tool", UNPAID)
def test_unpaid_traffic_of_each_tool_is_no_marketing_and_not_direct(tool: str) -> None:
    assert are_named(UNPAID[tool], NOT_MARKETING).all()
    assert not are_named(UNPAID[tool], DIRECT_CHANNELS).any()


def test_what_is_paid_for_is_marketing_and_the_unknown_channel_too() -> None:
    assert not are_named([*MARKETING, None], NOT_MARKETING).any()


def test_given_names_are_compared_as_the_usual_ones() -> None:
    channels = ["Web_Visits", "web visit", "sms", "SM", "c", "Ёлки"]
    assert are_named(channels, ["web-visit", "sms", "ёлки"]).tolist() == [
        *(True, True, True, False, False, True)
    ]
    assert are_named([], ["a"]).tolist() == []
    assert not are_named(["a"], []).any()


def test_no_two_names_of_the_list_are_the_same() -> None:
    assert len({plain_channel(name) for name in NOT_MARKETING}) == len(NOT_MARKETING)


def test_the_documentation_lists_the_names() -> None:
    table = METHODS.read_text("utf-8").partition("| traffic | names |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| [a-z]+ \| (.+) \|$", table, re.MULTILINE)
    assert sorted(", ".join(rows).split(", ")) == sorted(NOT_MARKETING)
    assert rows[0].split(", ") == list(DIRECT_CHANNELS)
