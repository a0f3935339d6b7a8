"""Lists of hosts against an independent reading of texts in Python."""

from __future__ import annotations

from urllib.parse import urlsplit

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.staging.channels.hosts import (
    GENERIC,
    check_entry,
    excluded_pattern_of,
    pattern_of,
    words_of,
)


def matches(text: str, *entries: str) -> bool:
    pattern = pattern_of(entries)
    if pattern is None:
        return False
    sql = "SELECT regexp_matches($text, $pattern)"
    return bool(duckdb.execute(sql, {"text": text, "pattern": pattern}).fetchall()[0][0])


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("google.com", "google.com"),
        ("google.com", "www.google.com"),
        ("google.com", "www.google.co.uk"),
        ("google.com", "google.de"),
        ("google.com", "news.google.com.au"),
        ("google.com", "google.com."),
        ("google.com", "google.com:443"),
        ("google.com", "https://www.google.fr/search?q=a.b"),
        ("google.com", "//google.com/#x"),
        ("facebook.com", "m.facebook.com"),
        ("instagram.com", "l.instagram.com"),
        ("lnkd.in", "lnkd.in"),
        ("t.co", "t.co"),
        ("t.co", "https://t.co/abc"),
        ("=hr.com", "hr.com"),
        ("=hr.com", "www.hr.com"),
        ("yahoo.co.jp", "search.yahoo.co.jp"),
    ],
)
def test_hosts_below_and_national_domains_belong_to_an_entry(entry: str, text: str) -> None:
    assert matches(text, "else.example", entry)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("google.com", "google"),
        ("google.com", "notgoogle.com"),
        ("google.com", "google.com.evil.example"),
        ("google.com", "google.example"),
        ("google.com", "google.io"),
        ("google.com", "google.tv"),
        ("google.com", "google.org.uk"),
        ("google.com", "evil.example/google.com"),
        ("google.com", "https://evil.example/?u=//google.com"),
        ("google.com", "googlexcom"),
        ("t.co", "t.me"),
        ("t.co", "t.com"),
        ("t.co", "at.co"),
        ("ask.com", "ask.fm"),
        ("=hr.com", "hr.de"),
        ("=hr.com", "jobs.hr.com"),
        ("yahoo.co.jp", "yahoo.com"),
        ("!google.com", "google.com"),
        ("google", "google"),
    ],
)
def test_other_hosts_do_not(entry: str, text: str) -> None:
    assert not matches(text, "else.example", entry)


def test_excluded_hosts_have_a_pattern_of_their_own() -> None:
    pattern = excluded_pattern_of(["google.com", "!docs.google.com"])
    sql = (
        "SELECT regexp_matches(unnest(['docs.google.com', 'x.docs.google.com', 'google.com']), $p)"
    )
    assert duckdb.execute(sql, {"p": pattern}).fetchall() == [(True,), (True,), (False,)]
    assert excluded_pattern_of(["google.com"]) is None
    assert pattern_of(["google", "!docs.google.com"]) is None
    assert words_of(["google", "google.com", "google shopping"]) == ("google", "google shopping")


@pytest.mark.parametrize("entry", ["Google", " t.co ", "=Hr.com", "!docs.google.com", "google+"])
def test_entries_are_written_in_small_letters(entry: str) -> None:
    assert check_entry(entry) == entry.strip().lower()


@pytest.mark.parametrize(
    "entry",
    ["", " ", "https://google.com", "google.com/x", "a..b", ".com", "=google", "!=a.b", "!"],
)
def test_what_is_no_host_is_a_mistake(entry: str) -> None:
    with pytest.raises(ValueError, match="must be a word such as google or a host such as"):
        check_entry(entry)


LABELS = st.sampled_from(
    ["google", "www", "m", "co", "com", "uk", "de", "io", "tv", "t", "xgoogle"]
)
HOSTS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
URLS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "https://", "//", "android-app://"]),
    HOSTS,
    st.sampled_from(["", ":80", "."]),
    st.sampled_from(["", "/", "/google.com", "?a=google.com", "#t.co"]),
)


def belongs(text: str) -> bool:
    """Whether a URL or host is one of google.com (with national domains), t.co and =m.tv."""
    host = (urlsplit(text if "//" in text else f"//{text}").hostname or "").removesuffix(".")
    labels = host.split(".")
    national = [("google", code) for code in ("com", "uk", "de", "co")] + [
        ("google", second, code)
        for second in ("co", "com")
        for code in ("co", "uk", "de", "io", "tv")
    ]
    national = [ending for ending in national if ending[1:] != ("co",)]
    ends = [("t", "co"), *national]
    return host in ("m.tv", "www.m.tv") or any(
        tuple(labels[-len(ending) :]) == ending for ending in ends
    )


@given(URLS)
def test_any_text_belongs_as_its_labels_say(text: str) -> None:
    assert {"io", "tv", "co"} <= GENERIC
    assert matches(text, "google.com", "t.co", "=m.tv") == belongs(text)
