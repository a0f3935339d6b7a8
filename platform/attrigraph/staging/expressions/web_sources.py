"""Where a visit of a web page came from: SQL of click ids and of the site of the page before."""

from __future__ import annotations

from typing import Final

HOST: Final = r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/?#:]+)"

CLICK_IDS: Final = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "dclid": ("google", "cpm"),
    "msclkid": ("bing", "cpc"),
    "ttclid": ("tiktok", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
    "twclid": ("twitter", "cpc"),
    "ScCid": ("snapchat", "cpc"),
    "rdt_cid": ("reddit", "cpc"),
    "epik": ("pinterest", None),
    "fbclid": ("facebook", None),
}
"""Source and medium by click id; links without an ad have the ids without a medium, too."""

SITES: Final = (
    *("google", "bing", "yahoo", "duckduckgo", "baidu", "yandex", "ecosia", "naver", "qwant"),
    *("startpage", "aol", "facebook", "instagram", "twitter", "linkedin", "tiktok", "pinterest"),
    *("reddit", "snapchat", "threads", "whatsapp", "xing", "weibo", "youtube", "vimeo", "twitch"),
    "dailymotion",
)
"""Search engines, social networks and video sites whose name is their domain."""

SITE: Final = rf"^(?:.*\.)?({'|'.join(SITES)})\.(?:com?\.)?[a-z]{{2,3}}$"

OTHER_SERVICE: Final = (
    r"^(?:mail|docs|drive|sites|groups|accounts|pay|ads|meet|calendar|classroom|support)\."
)
"""Hosts of these sites on which people do not search or share."""


def click_source(url: str) -> str:
    """SQL of the source that the click id in a URL names, or NULL."""
    return _by_click_id(url, {name: source for name, (source, _) in CLICK_IDS.items()})


def click_medium(url: str) -> str:
    """SQL of the medium of the ad that the click id in a URL names, or NULL."""
    return _by_click_id(url, {name: medium for name, (_, medium) in CLICK_IDS.items() if medium})


def _by_click_id(url: str, values: dict[str, str]) -> str:
    name = f"regexp_extract({url}, '[?&]({'|'.join(CLICK_IDS)})=[^&#]', 1)"
    cases = " ".join(f"WHEN '{each}' THEN '{value}'" for each, value in values.items())
    return f"CASE {name} {cases} END"


def referring_site(referrer: str, url: str) -> str:
    """SQL of the site of the page before, NULL where it is the page's own or there is none.

    Args:
        referrer: SQL of the URL or the host of the page before.
        url: SQL of the URL of the page.
    """
    host, own = _host(referrer), _host(url)
    inner = f"ends_with('.' || {own}, '.' || {host}) OR ends_with('.' || {host}, '.' || {own})"
    name = f"regexp_extract({host}, '{SITE}', 1)"
    known = f"{name} <> '' AND NOT regexp_matches({host}, '{OTHER_SERVICE}')"
    site = f"CASE WHEN {known} THEN {name} ELSE {host} END"
    return f"CASE WHEN NOT coalesce({inner}, false) THEN {site} END"


def _host(url: str) -> str:
    """SQL of the host without ``www.``, in small letters; NULL where there is none."""
    host = f"nullif(coalesce(nullif(regexp_extract({url}, '{HOST}', 1), ''), {url}), '$direct')"
    return f"regexp_replace(lower({host}), '^www\\.', '')"
