"""Channels from UTM fields: an ordered table of rules, the first that fits decides.

``utm_medium`` and ``utm_source`` are compared in small letters and without blanks around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
    """One line of the table: fits when medium and source are both among those listed.

    Attributes:
        channel: the channel's name.
        mediums: values of utm_medium; empty means any, also none.
        sources: values of utm_source; empty means any, also none.
    """

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
"""The rules, in order. Where none fits, the channel stays unknown and is counted in a note."""


def channel(medium: str, source: str) -> str:
    """SQL of the channel that the rules give, NULL where none fits or both fields are missing."""
    medium, source = (f"lower(trim(coalesce({text}, '')))" for text in (medium, source))
    cases = " ".join(f"WHEN {_fits(rule, medium, source)} THEN '{rule.channel}'" for rule in RULES)
    return f"CASE WHEN {medium} = '' AND {source} = '' THEN NULL {cases} END"


def _fits(rule: Rule, medium: str, source: str) -> str:
    tests = [
        f"{text} IN ({', '.join(repr(value) for value in values)})"
        for text, values in ((medium, rule.mediums), (source, rule.sources))
        if values
    ]
    return " AND ".join(tests)
