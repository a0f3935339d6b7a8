"""GA4's default channel group, condition by condition as Google publishes them.

The expected channels follow from the published table and list of sources, not from the rules here.
A site with ``www.`` or ``m.``, or under a national domain, counts as the site of Google's list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from attrigraph.staging.channels import built_in_rules

if TYPE_CHECKING:
    from tests.staging.conftest import ChannelsBy

CASES: Final = {
    # Source exactly matches "(direct)" AND medium is one of ("(not set)", "(none)")
    "Direct": """
        (direct) / (none)
        (direct) / (not set)
        (direct) /
        (DIRECT) / (None)
    """,
    # Campaign name contains "cross-network"
    "Cross-network": """
        google / cpc / cross-network
        google / cpc / (cross-network)
        (not set) / (not set) / Summer Cross-Network 2026
        facebook / social / x-cross-network-y
    """,
    # (Source is a shopping site OR campaign matches ^(.*(([^a-df-z]|^)shop|shopping).*)$)
    # AND medium matches ^(.*cp.*|ppc|retargeting|paid.*)$
    "Paid Shopping": """
        amazon / cpc
        amazon.com / cpc
        www.amazon.de / cpc
        Google Shopping / cpc
        igshopping / paid
        shopify / paid
        ebay.co.uk / ppc
        etsy.com / cpm
        walmart / retargeting
        alibaba.com / cpc
        mercadolibre.com.ar / cpc
        stripe / paid_x
        google / cpc / shop
        google / cpc / shopping
        google / cpc / DE_Shopping_Brand
        google / cpc / spring-shop
        google / cpc / my shop ads
        google / cpc / bigeshop
        facebook / paid / shop now
        somewhere / paidsearch / shopping
    """,
    # Source is a search site AND medium is paid
    "Paid Search": """
        google / cpc
        GOOGLE / CPC
        google / ppc
        google / paid
        google / paidsearch
        google / paid-search
        google / cpc_brand
        google / xcpx
        google.com / cpc
        www.google.co.uk / cpc
        bing / cpc
        bing.com / cpc
        cn.bing.com / cpm
        yahoo / cpc
        uk.search.yahoo.com / cpc
        yandex / ppc
        yandex.ru / cpc
        baidu / cpc
        duckduckgo / cpc
        ecosia.org / cpc
        naver / cpc
        seznam.cz / retargeting
        google / cpc / workshop
        google / cpc / bishop
    """,
    # Source is a social site AND medium is paid
    "Paid Social": """
        facebook / cpc
        facebook.com / cpc
        m.facebook.com / paid
        fb / paid_social
        ig / cpm
        instagram / paid-social
        l.instagram.com / cpc
        linkedin / cpc
        lnkd.in / paid
        twitter / ppc
        t.co / cpc
        snapchat.com / cpc
        pinterest / cpc
        pinterest.co.uk / cpc
        tiktok / cpc
        tiktok.com / paid
        reddit / cpc
        quora.com / cpc
        whatsapp / paid
        facebook / retargeting
    """,
    # Source is a video site AND medium is paid
    "Paid Video": """
        youtube / cpc
        youtube.com / cpv_cpx
        m.youtube.com / paid
        vimeo / cpc
        vimeo.com / ppc
        twitch / paid
        dailymotion / cpm
        netflix / paid
        disneyplus / cpc
        hulu.com / cpc
    """,
    # Medium is one of ("display", "banner", "expandable", "interstitial", "cpm")
    "Display": """
        somewhere / display
        somewhere / banner
        somewhere / expandable
        somewhere / interstitial
        somewhere / cpm
        google / display
        facebook / banner
        criteo / Display
    """,
    # Medium is paid
    "Paid Other": """
        somewhere / cpc
        somewhere / ppc
        somewhere / paid
        criteo / retargeting
        tiktok_ads / paid-social
        taboola / cpc
        outbrain / paid_native
        somewhere / cpa_cpc
        (not set) / cpv_cpc
        email / paid
    """,
    # The medium of referrals from assistants is ai-assistant
    "AI Assistant": """
        chatgpt.com / ai-assistant
        gemini.google.com / ai-assistant
        claude.ai / ai-assistant
        bing / ai-assistant
        somewhere / AI-Assistant / (ai-assistant)
        chatgpt.com / referral
        chat.openai.com / referral
        gemini.google.com / referral
        www.claude.ai / referral
    """,
    # Source is a shopping site OR campaign matches the pattern of shops
    "Organic Shopping": """
        amazon / referral
        www.amazon.co.uk / referral
        ebay /
        ebay.com / organic
        etsy.com / referral
        checkout.stripe.com / referral
        shop.app / referral
        shopping.yahoo.com / referral
        shopping.naver.com / referral
        google / organic / shopping
        newsletter / newsletter / shop
        somewhere / email / e-shop
        somewhere / (none) / winter shopping
    """,
    # Source is a social site OR medium is one of the social ones
    "Organic Social": """
        facebook / referral
        facebook / fb_feed
        facebook / social
        m.facebook.com / referral
        l.facebook.com / referral
        lm.facebook.com / referral
        instagram / referral
        l.instagram.com / referral
        ig / story
        linkedin / sponsored
        linkedin.com / referral
        lnkd.in / referral
        twitter / email
        twitter.com / referral
        t.co / referral
        out.reddit.com / referral
        old.reddit.com / referral
        quora.com / referral
        news.ycombinator.com / referral
        pinterest.de / referral
        tiktok.com / referral
        t.me / referral
        away.vk.com / referral
        xing.com / referral
        whatsapp / (not set)
        plus.google.com / referral
        groups.google.com / referral
        blog.naver.com / referral
        stackoverflow.com / referral
        somewhere / social
        somewhere / social-network
        somewhere / social-media
        somewhere / sm
        somewhere / social network
        somewhere / social media
        somewhere / Social
    """,
    # Source is a video site OR medium matches ^(.*video.*)$
    "Organic Video": """
        youtube / referral
        youtube.com / referral
        m.youtube.com / referral
        www.youtube.com / organic
        player.vimeo.com / referral
        m.twitch.tv / referral
        dailymotion / social-ish
        ted.com / referral
        somewhere / video
        somewhere / online-video
        somewhere / videos_x
    """,
    # Source is a search site OR medium exactly matches organic
    "Organic Search": """
        google / organic
        google /
        google / (not set)
        google / product_sync
        www.google.com / referral
        www.google.de / referral
        google.com.au / referral
        duckduckgo.com / referral
        duckduckgo / referral
        yahoo.co.jp / referral
        fr.search.yahoo.com / referral
        bing.com / referral
        cn.bing.com / organic
        baidu / affiliate
        m.baidu.com / referral
        yandex.ru / referral
        ecosia.org / referral
        search.naver.com / referral
        qwant.com / referral
        somewhere / organic
        somewhere / ORGANIC
    """,
    # Medium is one of ("referral", "app", "link")
    "Referral": """
        blog.example / referral
        somewhere / app
        somewhere / link
        partner.example / Referral
        docs.google.com / referral
        notgoogle.com / referral
        google.com.evil.example / referral
        myfacebook.com / referral
        email / referral
        sms / link
        sub.t.com / referral
    """,
    # Source or medium is one of email, e-mail, e_mail, e mail
    "Email": """
        email / (none)
        e-mail / crm
        e_mail /
        e mail / newsletter
        somewhere / email
        somewhere / e-mail
        somewhere / e_mail
        somewhere / e mail
        klaviyo / Email
        EMAIL / sms
    """,
    # Medium is affiliate
    "Affiliates": """
        awin / affiliate
        somewhere / Affiliate
    """,
    # Medium exactly matches audio
    "Audio": """
        spotify / audio
        podcast / AUDIO
    """,
    # Source or medium exactly matches sms
    "SMS": """
        sms / (none)
        sms / push
        attentive / sms
        somewhere / SMS
    """,
    # Medium ends with "push" OR contains "mobile" or "notification" OR source is firebase
    "Mobile Push Notifications": """
        somewhere / push
        somewhere / web-push
        somewhere / mobile
        somewhere / mobile_app
        somewhere / notification
        somewhere / push-notifications
        firebase / (none)
        firebase / fcm
    """,
    # no condition fits
    "Unassigned": """
        somewhere / somehow
        newsletter / newsletter
        taboola / native
        somewhere / affiliates
        somewhere / podcast
        somewhere / mms
        somewhere / push-x
        somewhere / email2
        partner / partner
        direct / (none)
        (direct) / visit
        somewhere /
        (not set) / (not set) / summer
        fb.example / story
    """,
}
"""Source / medium / campaign by channel."""

NETWORKS: Final = {
    "Cross-network": "Cross-network",
    "Google Search": "Paid Search",
    "Google Partners": "Paid Search",
    "YouTube Search": "Paid Video",
    "YouTube Videos": "Paid Video",
    "Google Display Network": "Display",
    "Social": "Paid Social",
}


def texts_of(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split(" /")]
    return dict(zip(("source", "medium", "campaign"), parts, strict=False))


PAIRS: Final = [
    (texts_of(line), channel)
    for channel, lines in CASES.items()
    for line in lines.strip().splitlines()
]


def test_there_are_enough_different_cases() -> None:
    assert len({tuple(texts.items()) for texts, _ in PAIRS}) == len(PAIRS) >= 200


@pytest.mark.parametrize("channel", CASES)
def test_texts_have_the_channel_of_ga4(channel: str, channels_by: ChannelsBy) -> None:
    given = [texts for texts, expected in PAIRS if expected == channel]
    found = channels_by(built_in_rules("ga4"), given)
    assert [(texts, found) for texts, (_, found) in zip(given, found, strict=True)] == [
        (texts, channel) for texts in given
    ]


def test_the_network_of_an_ad_of_google_decides(channels_by: ChannelsBy) -> None:
    given = [{"source": "google", "medium": "cpc", "ad_network": name} for name in NETWORKS]
    found = channels_by(built_in_rules("ga4"), given)
    assert [channel for _, channel in found] == list(NETWORKS.values())


def test_every_rule_gives_some_case_its_channel(channels_by: ChannelsBy) -> None:
    rules = built_in_rules("ga4")
    given = [texts for texts, _ in PAIRS] + [{"ad_network": name} for name in NETWORKS]
    numbers = {number for number, _ in channels_by(rules, given)}
    assert numbers == set(range(len(rules.rules) + 1))


def test_channels_come_in_the_published_order() -> None:
    names = [rule.channel for rule in built_in_rules("ga4").rules if rule.ad_network is None]
    assert [*dict.fromkeys(names), "Unassigned"] == list(CASES)


def test_rules_have_a_version_and_every_host_is_in_one_list_alone() -> None:
    rules = built_in_rules("ga4")
    assert rules.version == "2026-05-13"
    entries = [entry for hosts in rules.hosts.values() for entry in hosts if entry[0] != "!"]
    assert len(entries) == len(set(entries)) > 600
