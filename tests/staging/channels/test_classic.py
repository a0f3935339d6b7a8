"""The rules `classic` against the table that was written in code before rules had files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from attrigraph.staging.channels import built_in_rules

if TYPE_CHECKING:
    from tests.staging.conftest import ChannelsBy

SEARCH: Final = (
    "google",
    "bing",
    "yahoo",
    "duckduckgo",
    "baidu",
    "yandex",
    "ecosia",
    "naver",
    "qwant",
    "startpage",
    "ask",
    "aol",
)
SOCIAL: Final = (
    "facebook",
    "fb",
    "facebook.com",
    "instagram",
    "ig",
    "instagram.com",
    "meta",
    "twitter",
    "x",
    "t.co",
    "linkedin",
    "linkedin.com",
    "tiktok",
    "tiktok.com",
    "pinterest",
    "pinterest.com",
    "reddit",
    "reddit.com",
    "snapchat",
    "threads",
    "whatsapp",
    "xing",
    "weibo",
    "vk",
)
VIDEO: Final = ("youtube", "youtube.com", "vimeo", "twitch", "dailymotion")
PAID: Final = ("cpc", "ppc", "cpm", "cpa", "cpv", "paid", "retargeting", "remarketing")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: fits when medium and source are both among those listed, if any."""

    channel: str
    mediums: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


NO_MEDIUM: Final = ("", "(none)", "none", "(not set)")

RULES: Final = (
    Rule("affiliate", ("affiliate", "affiliates", "partner")),
    Rule("email", ("email", "e-mail", "e_mail", "mail", "newsletter")),
    Rule("email", NO_MEDIUM, ("email", "newsletter")),
    Rule("sms", ("sms", "mms")),
    Rule("push", ("push", "web-push", "app-push", "notification")),
    Rule("paid social", ("paid-social", "paidsocial", "paid_social", "paid social", "cpc-social")),
    Rule("paid social", PAID, SOCIAL),
    Rule("video", ("video", "online-video", "preroll", "pre-roll", "cpv")),
    Rule("video", PAID, VIDEO),
    Rule("paid search", ("paidsearch", "paid-search", "paid_search", "paid search", "sem", "sea")),
    Rule("paid search", ("cpc", "ppc", "paid"), SEARCH),
    Rule(
        "display",
        (
            "display",
            "banner",
            "cpm",
            "interstitial",
            "programmatic",
            "gdn",
            "native",
            "retargeting",
            "remarketing",
        ),
    ),
    Rule("paid other", PAID),
    Rule("audio", ("audio", "podcast", "radio")),
    Rule("social", ("social", "social-network", "social-media", "social_media", "sm")),
    Rule("social", ("organic", "referral", *NO_MEDIUM), SOCIAL),
    Rule("video", ("organic", "referral", *NO_MEDIUM), VIDEO),
    Rule("organic search", ("organic", "seo")),
    Rule("organic search", ("referral", *NO_MEDIUM), SEARCH),
    Rule("referral", ("referral", "link", "app")),
    Rule("direct", NO_MEDIUM, ("direct", "(direct)")),
)


def channel(medium: str, source: str) -> str | None:
    """The channel by the table; medium and source are in small letters."""
    if not medium and not source:
        return None
    for rule in RULES:
        if medium in (rule.mediums or (medium,)) and source in (rule.sources or (source,)):
            return rule.channel
    return None


MEDIUMS = sorted({medium for rule in RULES for medium in rule.mediums} | {"", "else", "cpcx"})
SOURCES = sorted({source for rule in RULES for source in rule.sources} | {"", "else", "m.fb"})


def test_every_pair_has_the_channel_of_the_table(channels_by: ChannelsBy) -> None:
    pairs = list(product(MEDIUMS, SOURCES))
    assert len(pairs) > 2900
    given = [{"medium": medium, "source": source} for medium, source in pairs]
    channels = [channel for _, channel in channels_by(built_in_rules("classic"), given)]
    assert channels == [channel(medium, source) for medium, source in pairs]


def test_rules_are_those_of_the_table_in_its_order() -> None:
    rules = built_in_rules("classic")

    def words(rule_number: int, field: str) -> set[str]:
        condition = rules.rules[rule_number].conditions.get(field)
        if condition is None:
            return set()
        return {*condition.words, *(w for name in condition.lists for w in rules.lists[name])}

    assert rules.otherwise is None
    assert [rule.channel for rule in rules.rules] == [rule.channel for rule in RULES]
    for number, rule in enumerate(RULES):
        assert (words(number, "medium"), words(number, "source")) == (
            set(rule.mediums),
            set(rule.sources),
        )
