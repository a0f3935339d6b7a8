"""Sources of events by UTM fields, URLs of pages, click ids and referrers; expected by hand."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, read_mapping
from attrigraph.staging.channels import ChannelRules, built_in_rules
from attrigraph.staging.channels.known_sources import known_sources
from attrigraph.staging.notes import EXCLUDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.staging.conftest import Rows, Stage, Write

HEAD: Final = ("utm_source", "utm_medium", "page", "referrer", "click_id")
SHOP: Final = "https://shop.example/"
CASES: Final = {
    # UTM fields come first, then those of the page's URL
    ("google", "cpc", f"{SHOP}?utm_source=x&utm_medium=y", "", ""): "google / cpc",
    ("", "", f"{SHOP}?utm_source=News%20Letter&utm_medium=email", "", ""): "news letter / email",
    ("", "", f"{SHOP}?a=1&utm_source=x#utm_medium=y", "https://t.co/", ""): "x / ",
    ("x", "", SHOP, "https://t.co/", ""): "x / ",
    ("", "email", SHOP, "https://www.google.com/", ""): " / email",
    # click ids, in the URL or by name, where UTM fields are missing or state the same
    ("", "", f"{SHOP}?gclid=Cj0", "", ""): "google / cpc",
    ("", "", f"{SHOP}?a=1&GBRAID=0AAA&b=2", "", ""): "google / cpc",
    ("", "", f"{SHOP}?wbraid=1", "https://www.google.com/", ""): "google / cpc",
    ("", "", f"{SHOP}?msclkid=1", "https://www.bing.com/", ""): "bing / cpc",
    ("", "", f"{SHOP}?ttclid=1", "", ""): "tiktok / cpc",
    ("", "", f"{SHOP}?twclid=1", "https://t.co/", ""): "twitter / cpc",
    ("", "", f"{SHOP}?li_fat_id=1", "", ""): "linkedin / cpc",
    ("", "", f"{SHOP}?ScCid=1", "", ""): "snapchat / cpc",
    ("", "", f"{SHOP}?rdt_cid=1", "", ""): "reddit / cpc",
    ("", "", f"{SHOP}?dclid=1", "", ""): "dfa / cpm",
    ("", "", f"{SHOP}?fbclid=1", "https://m.facebook.com/", ""): "facebook / ",
    ("", "", "/landing?awc=1", "https://blog.example/", ""): "awin / affiliate",
    ("", "", "", "", "GCLID"): "google / cpc",
    ("", "", f"{SHOP}?fbclid=1", "", "gclid"): "google / cpc",
    ("google", "", f"{SHOP}?gclid=1", "", ""): "google / cpc",
    ("google", "organic", f"{SHOP}?gclid=1", "", ""): "google / cpc",
    ("google", "organic", "", "", "wbraid"): "google / cpc",
    ("", "organic", f"{SHOP}?gclid=1", "", ""): "google / cpc",
    ("google", "display", f"{SHOP}?gclid=1", "", ""): "google / display",
    ("news", "organic", f"{SHOP}?gclid=1", "", ""): "news / organic",
    ("facebook", "organic", f"{SHOP}?fbclid=1", "", ""): "facebook / organic",
    ("(direct)", "(none)", f"{SHOP}?gclid=1", "", ""): "google / cpc",
    ("news", "email", f"{SHOP}?fbclid=1", "", ""): "news / email",
    ("news", "", f"{SHOP}?gclid=1", "", ""): "news / ",
    ("", "", f"{SHOP}?gclid=", "", ""): None,
    ("", "", f"{SHOP}?xgclid=1", "", ""): None,
    ("", "", f"{SHOP}#gclid=1", "", ""): None,
    ("", "", "", "", "unheard-of"): None,
    # referrers: search engines, known sites, mail, others
    ("", "", SHOP, "https://www.google.co.uk/", ""): "google / organic",
    ("", "", SHOP, "google.de", ""): "google / organic",
    ("", "", SHOP, "android-app://com.google.android.googlequicksearchbox/", ""): (
        "google / organic"
    ),
    ("", "", SHOP, "https://docs.google.com/x", ""): "docs.google.com / referral",
    ("", "", SHOP, "https://uk.search.yahoo.com/", ""): "yahoo / organic",
    ("", "", SHOP, "https://mail.yahoo.com/", ""): "email / email",
    ("", "", SHOP, "https://mail.google.com/mail/u/0", ""): "email / email",
    ("", "", SHOP, "https://duckduckgo.com/", ""): "duckduckgo / organic",
    ("", "", SHOP, "https://t.co/abc", ""): "twitter / referral",
    ("", "", SHOP, "https://L.Instagram.com/?u=x", ""): "instagram / referral",
    ("", "", SHOP, "https://lnkd.in/x", ""): "linkedin / referral",
    ("", "", SHOP, "https://youtu.be/x", ""): "youtube / referral",
    ("", "", SHOP, "https://chatgpt.com/", ""): "chatgpt.com / referral",
    ("", "", SHOP, "https://www.blog.example:8080/a?b=https://google.com", ""): (
        "blog.example / referral"
    ),
    ("", "", "", "https://notgoogle.com/", ""): "notgoogle.com / referral",
    ("", "", SHOP, "$direct", ""): "(direct) / (none)",
    ("", "", SHOP, "-", ""): None,
    ("", "", SHOP, "", ""): None,
    # no sources: pages of the same site, own domains, payment providers
    ("", "", SHOP, "https://www.shop.example/cart", ""): None,
    ("", "", SHOP, "https://checkout.shop.example/", ""): None,
    ("", "", "https://blog.shop.example/", SHOP, ""): None,
    ("", "", SHOP, "https://notshop.example/", ""): "notshop.example / referral",
    ("", "", SHOP, "https://www.mine.example/", ""): None,
    ("", "", SHOP, "https://a.b.mine.example/", ""): None,
    ("", "", SHOP, "https://mine.example.org/", ""): "mine.example.org / referral",
    ("", "", SHOP, "https://www.paypal.com/checkout", ""): None,
    ("", "", SHOP, "https://checkout.stripe.com/", ""): None,
    ("", "", SHOP, "https://secure.payu.in/", ""): None,
    ("paypal.com", "referral", SHOP, "", ""): None,
    ("mine.example", "", SHOP, "", ""): None,
    ("paypal.com", "referral", f"{SHOP}?gclid=1", "", ""): "google / cpc",
    ("paypal.com", "cpc", SHOP, "", ""): "paypal.com / cpc",
    ("news", "email", SHOP, "https://www.paypal.com/", ""): "news / email",
}
"""Source and medium by fields of an event; None where nothing states a source."""


def csv_of(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["event_id", "customer_id", "timestamp", "kind", *head])
    for number, texts in enumerate(rows):
        writer.writerow([f"e{number:03}", "a", "2026-03-01T12:00:00Z", "visit", *texts])
    return text.getvalue()


def rules_that_name_sources(names: Sequence[str]) -> ChannelRules:
    """Rules whose channels are source and medium as they are."""
    pairs = [(name, *name.split(" / ")) for name in names]
    return ChannelRules.model_validate(
        {"rules": [{"channel": c, "source": [s], "medium": [m]} for c, s, m in pairs]}
    )


def test_every_event_has_its_source(staged: Stage, write: Write, rows: Rows) -> None:
    names = sorted({name for name in CASES.values() if name is not None})
    result = staged(
        write("e.csv", csv_of(list(CASES))),
        source="events",
        channel_rules=rules_that_name_sources(names),
        own_domains=("www.Mine.example",),
    )
    touches = sorted(rows(result.events())["touches"], key=lambda row: str(row[3]))
    found = {case: row[5] for case, row in zip(CASES, touches, strict=True)}
    assert found == CASES
    n_excluded = sum(use.touches for use in result.channel_use() if use.excluded)
    assert n_excluded == 10
    assert result.notes == (
        f"10 touches with {EXCLUDED}: channel unknown",
        "1 touch of direct traffic, as the files state: no known source",
    )


def test_every_click_id_and_host_that_is_known_gives_its_source(
    staged: Stage, write: Write, rows: Rows
) -> None:
    known = known_sources()
    given = [("", "", f"/?{name.upper()}=1", "", "") for name in known.click_ids]
    expected = [f"{source} / {medium}" for source, medium in known.click_ids.values()]
    for name, medium, hosts in known.referrers:
        plain = [host.removeprefix("=") for host in hosts if host[0] != "!"]
        given += [("", "", "", f"https://{host}/x", "") for host in plain]
        expected += [f"{name} / {medium}"] * len(plain)
    given += [("", "", "", host, "") for host in known.payment_hosts]
    result = staged(
        write("e.csv", csv_of(given)),
        source="events",
        channel_rules=rules_that_name_sources(sorted(set(expected))),
    )
    touches = sorted(rows(result.events())["touches"], key=lambda row: str(row[3]))
    channels = [row[5] for row in touches]
    assert channels[: len(expected)] == expected
    assert set(channels[len(expected) :]) == {None}


def test_payment_providers_are_sources_if_the_option_or_mapping_says_so(
    staged: Stage, write: Write, rows: Rows
) -> None:
    path = write("e.csv", csv_of([("", "", "", "https://www.paypal.com/", "")]))
    text = '[[tables]]\nrows = "events"\nown_domains = ["WWW.paypal.com"]\n'
    own = read_mapping(write("own.toml", text))
    payment = read_mapping(
        write("m.toml", '[[tables]]\nrows = "events"\npayment_referrals = true\n')
    )
    for options, channel in (
        ({"source": "events"}, None),
        ({"source": "events", "payment_referrals": True}, "referral"),
        ({"source": payment}, "referral"),
        ({"source": payment, "payment_referrals": False}, None),
        ({"source": payment, "own_domains": ("paypal.com",)}, None),
        ({"source": own, "payment_referrals": True}, None),
    ):
        (touch,) = rows(staged(path, **options).events())["touches"]
        assert touch[5] == channel, options


@pytest.mark.parametrize("domain", ["shop", "https://shop.example", "shop.example/x", "", "a b.c"])
def test_an_own_domain_is_a_host(domain: str, write: Write) -> None:
    with pytest.raises(InputError, match="an own domain must be a host such as"):
        StagingOptions(keep_ids=True, own_domains=("shop.example", domain))
    path = write("m.toml", f'[[tables]]\nrows = "events"\nown_domains = ["{domain}"]\n')
    with pytest.raises(InputError, match=r"in line 3 at tables.0.own_domains.0"):
        read_mapping(path)


def test_names_of_columns_that_tools_use_are_known(staged: Stage, write: Write, rows: Rows) -> None:
    given = [(f"{SHOP}?gclid=1", ""), (SHOP, "https://www.google.com/")]
    path = write("e.csv", csv_of(given, ["page_location", "page_referrer"]))
    result = staged(path, source="events", channel_rules=built_in_rules("ga4"))
    touches = sorted(rows(result.events())["touches"], key=lambda row: str(row[3]))
    assert [row[5] for row in touches] == ["Paid Search", "Organic Search"]


def test_campaign_and_creative_come_from_the_url_too(
    staged: Stage, write: Write, rows: Rows
) -> None:
    url = f"{SHOP}?utm_source=g&utm_medium=cpc&utm_campaign=spring&utm_content=ad"
    given = [(url, ""), (url, "own"), (f"{SHOP}?utm_campaign=(none)&utm_medium=cpc", "")]
    path = write("e.csv", csv_of(given, ["page", "utm_campaign"]))
    touches = sorted(
        rows(staged(path, source="events").events())["touches"], key=lambda row: str(row[3])
    )
    assert [row[5:8] for row in touches] == [
        ("paid other", "spring", "spring/ad"),
        ("paid other", "own", "own/ad"),
        ("paid other", None, None),
    ]
