"""Where visits came from, as SQL: by UTM fields, else a click id, else the referrer.

A referral from an own domain or a payment provider is no source. A visit with none of these has no
source, even if its referrer is empty: only the export can know that it was direct.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.channels.hosts import below_pattern_of, pattern_of
from attrigraph.staging.channels.known_sources import known_sources
from attrigraph.staging.channels.sql import compared, is_host_of
from attrigraph.staging.expressions.functions import FUNCTIONS
from attrigraph.staging.expressions.web_sources import click_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attrigraph.staging.channels.policy import ChannelPolicy
    from attrigraph.staging.channels.sql import Parameter
    from attrigraph.staging.columns import FieldSql

UTM_FIELDS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_id")
"""Fields for which a parameter of the page's URL counts where they are missing."""

HOST: Final = r"^(?:(?:[a-z][a-z0-9+.-]*:)?//)?(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)"
"""Pattern of the host of a URL or of a host, without ``www.``."""

URL_HOST: Final = HOST.replace("//)?", "//)", 1)

DIRECT_WORDS: Final = ("direct", "(direct)", "$direct", "(none)")
"""Texts of a referrer that state direct traffic."""

NO_SOURCE: Final = "('', '(direct)', '(none)', '(not set)')"
"""SQL of the texts of source and medium in the place of which a click id counts."""

UNPAID: Final = "('organic', 'referral')"
"""SQL of media that a click id of an ad contradicts, where it is of the same source."""

MISSING: Final = {
    **dict.fromkeys(("given_source", "given_medium", "campaign", "referrer", "click_id"), "''"),
    **dict.fromkeys(("campaign_id", "ad_network", "host"), "''"),
    "own": "false",
}
"""What decides on source and channel, each with the SQL of it where a file does not state it.

``given_source`` and ``given_medium`` are of UTM fields, ``host`` is that of the referrer, and
``own`` is whether the referrer is known to be a page of the same site.
"""

FIELDS: Final = {
    "given_source": ("utm_source",),
    "given_medium": ("utm_medium",),
    "campaign": ("utm_campaign", "campaign"),
    "referrer": ("referrer",),
    "campaign_id": ("utm_id",),
    "ad_network": ("ad_network",),
}
"""Fields of an event that give these texts, the first that is not missing."""


class RowTexts:
    """What the rows of a file state about where visits came from.

    Args:
        fields: SQL of the file's fields.
        further: fields for which a parameter of the page's URL counts, besides ``UTM_FIELDS``.

    Attributes:
        columns: SQL of the columns that rows need in addition, each with its name.
        names: their names.
        referrer_host: whether there is a column of the referrer's host, empty where it is missing.
        own_referrer: whether there is a column of whether the referrer is a page of the same site.
        click_name: whether there is a column of the name of a click id, as rules compare it.
    """

    def __init__(self, fields: FieldSql, further: Sequence[str] = ()) -> None:
        self._fields = fields
        self._of_page = (*UTM_FIELDS, *further)
        self._has_page = fields.has("page")
        self.referrer_host = fields.has("referrer")
        self.own_referrer = self.referrer_host and self._has_page
        self.click_name = self._has_page or fields.has("click_id")
        self.columns = tuple(self._columns())
        self.names = tuple(column.rpartition(" ")[2] for column in self.columns)

    def has(self, name: str) -> bool:
        """Whether a field or the URL of the page can give the text of that name."""
        return self._fields.has(name) or (self._has_page and name in self._of_page)

    def text(self, name: str) -> str:
        """SQL of a field, else of the parameter of its name in the URL of the page."""
        if self._has_page and name in self._of_page:
            return self._fields.text_or(name, f"page_{name}")
        return self._fields.text(name)

    def compared(self, names: Sequence[str]) -> dict[str, str]:
        """SQL of what decides on source and channel, of ``MISSING``, as far as the file states it.

        Args:
            names: fields that rules are about.
        """
        texts = {
            name: self._compared(fields)
            for name, fields in FIELDS.items()
            if (name in names or name.startswith("given")) and any(map(self.has, fields))
        }
        if self.click_name:
            texts["click_id"] = "click_name"
        if self.referrer_host:
            texts["host"] = "referrer_host"
        return texts | ({"own": "own_referrer"} if self.own_referrer else {})

    def _compared(self, fields: Sequence[str]) -> str:
        return compared(
            f"coalesce({', '.join(self.text(name) for name in fields if self.has(name))})"
        )

    def _columns(self) -> Iterator[str]:
        page, referrer = self._fields.text("page"), self._fields.text("referrer")
        if self._has_page:
            parameter = FUNCTIONS["url_param"].sql
            for name in self._of_page:  # the test spares the URLs of most pages the costly parsing
                value = parameter(page, repr(name))
                yield f"CASE WHEN contains({page}, 'utm_') THEN {value} END AS page_{name}"
        if self.click_name:
            name = f"coalesce({self._fields.text('click_id')}, {click_id(page)})"
            given = f"coalesce({self._fields.text('click_id')}, {page})"
            yield f"CASE WHEN {given} IS NULL THEN '' ELSE {compared(name)} END AS click_name"
        if self.referrer_host:
            host = _host(referrer, HOST)
            yield f"CASE WHEN {referrer} IS NULL THEN '' ELSE {host} END AS referrer_host"
        if self.own_referrer:
            own = _same_site("referrer_host", _host(page, URL_HOST))
            yield f"CASE WHEN {referrer} IS NULL THEN false ELSE {own} END AS own_referrer"


def _host(url: str, pattern: str) -> str:
    return f"regexp_extract({compared(url)}, '{pattern}', 1)"


def _same_site(host: str, other: str) -> str:
    """SQL of whether hosts are equal or one lies below the other; false for missing ones."""
    below = f"ends_with({host}, '.' || {other}) OR ends_with({other}, '.' || {host})"
    return f"{host} <> '' AND {other} <> '' AND ({host} = {other} OR {below})"


def with_sources(rows: str, policy: ChannelPolicy, parameter: Parameter) -> str:
    """SQL of rows with ``source``, ``medium`` and ``excluded``.

    Args:
        rows: SQL of rows with the columns of ``MISSING``.
        policy: which referrals are sources.
        parameter: makes a value a parameter and returns the SQL that names it.

    Returns:
        ``source`` and ``medium`` are empty where they are missing. ``excluded`` is whether a
        referral was left out since it is from the same owner or a payment provider.
    """
    no_source = _no_source(policy, parameter)
    return f"""
        SELECT *, no_utm OR no_referrer AS excluded,
            CASE WHEN click_source IS NOT NULL AND utm_source IN {NO_SOURCE} THEN click_source
                WHEN utm_source <> '' OR utm_medium <> '' THEN utm_source
                ELSE coalesce(site_source, '') END AS source,
            CASE WHEN click_source IS NOT NULL
                    AND (utm_medium IN {NO_SOURCE} OR utm_medium IN {UNPAID} AND click_medium <> '')
                    AND (utm_source IN {NO_SOURCE} OR utm_source = click_source) THEN click_medium
                WHEN utm_source <> '' OR utm_medium <> '' THEN utm_medium
                ELSE coalesce(site_medium, '') END AS medium
        FROM (
            SELECT *, {_by_click(parameter)}, {_by_site(parameter)},
                CASE WHEN no_utm THEN '' ELSE given_source END AS utm_source,
                CASE WHEN no_utm THEN '' ELSE given_medium END AS utm_medium
            FROM (
                SELECT *, {_site(parameter)} AS site,
                    given_medium IN ('', 'referral') AND {no_source("given_source")} AS no_utm,
                    own OR {no_source("host")} AS no_referrer
                FROM {rows}))"""


def _no_source(policy: ChannelPolicy, parameter: Parameter) -> Callable[[str], str]:
    """SQL of whether a host is an own domain's or a payment provider's, from SQL of the host."""
    patterns = [] if policy.payment_referrals else [pattern_of(known_sources().payment_hosts)]
    if policy.own_domains:
        patterns.append(below_pattern_of(policy.own_domains))
    names = [parameter(pattern) for pattern in patterns]
    return lambda host: (
        f"({' OR '.join(f'regexp_matches({host}, {name})' for name in names) or 'false'})"
    )


def _by_click(parameter: Parameter) -> str:
    """SQL of ``click_source`` and ``click_medium``, NULL without a click id that is known."""
    known = known_sources().click_ids
    names = parameter(list(known))
    place = f"nullif(list_position({names}::VARCHAR[], click_id), 0)"
    return ", ".join(
        f"({parameter(list(texts))}::VARCHAR[])[{place}] AS click_{name}"
        for name, texts in zip(("source", "medium"), zip(*known.values(), strict=True), strict=True)
    )


def _site(parameter: Parameter) -> str:
    """SQL of the number of the known site of a host, from 1, and 0 if there is none."""
    cases = (
        f"WHEN {is_host_of('host', hosts, parameter)} THEN {number}"
        for number, (_, _, hosts) in enumerate(known_sources().referrers, 1)
    )
    return f"CASE WHEN host = '' THEN 0 {' '.join(cases)} ELSE 0 END"


def _by_site(parameter: Parameter) -> str:
    """SQL of ``site_source`` and ``site_medium``, NULL without a referrer that is a source."""
    names, media, _ = zip(*known_sources().referrers, strict=True)
    direct = parameter(list(DIRECT_WORDS))
    columns = (("source", names, "(direct)", "host"), ("medium", media, "(none)", "'referral'"))
    return ", ".join(
        f"""CASE WHEN no_referrer THEN NULL
            WHEN site > 0 THEN ({parameter(list(texts))}::VARCHAR[])[site]
            WHEN list_contains({direct}::VARCHAR[], host) THEN '{stated}'
            WHEN contains(host, '.') THEN {other} END AS site_{name}"""
        for name, texts, stated, other in columns
    )
