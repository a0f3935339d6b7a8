"""Lists of hosts: which texts name one of them, a domain below it, or its national domain.

An entry is one of

* a word without a dot (``google``): this text;
* a host (``reddit.com``): it, the domains below it (``out.reddit.com``) and, if it ends in
  ``.com``, its national domains (``www.google.co.uk`` for ``google.com``);
* ``=`` before a host: this host alone, with or without ``www.``;
* ``!`` before a host: neither it nor a domain below it, whatever other entries fit.

Text may be a host or a URL, in small letters.
"""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", re.ASCII)

GENERIC: Final = frozenset(
    (
        *("ad", "ai", "as", "bz", "cc", "cd", "co", "dj", "fm", "gg", "io", "la", "ly", "me"),
        *("ms", "nu", "sc", "sr", "su", "tk", "to", "tv", "ws"),
    )
)
"""Country codes that sites of all countries use, which make no national domain of a name."""

BEFORE: Final = "^(?:(?:[a-z][a-z0-9+.-]*:)?//)?"
AFTER: Final = r"\.?(?::[0-9]+)?(?:[/?#].*)?$"
BELOW: Final = "(?:[^/?#:]*[.])?"


def _country_codes() -> str:
    """Pattern of two letters that are no generic code."""
    patterns = []
    for first in ascii_lowercase:
        excluded = {code[1] for code in GENERIC if code[0] == first}
        patterns.append(f"{first}[{''.join(sorted(set(ascii_lowercase) - excluded))}]")
    return "|".join(patterns)


NATIONAL: Final = f"(?:com|com?[.][a-z][a-z]|{_country_codes()})"
"""Pattern of what takes the place of ``com`` in national domains."""


def check_entry(entry: str) -> str:
    """The entry in small letters and without blanks around it.

    Raises:
        ValueError: it is neither a word nor a host.
    """
    entry = entry.strip().lower()
    host = entry.removeprefix("=").removeprefix("!")
    if entry == host and "." not in host and "/" not in host and host:
        return entry
    if HOST.fullmatch(host) is None or len(entry) - len(host) > 1:
        raise ValueError(
            f"an entry must be a word such as google or a host such as google.com, got {entry!r}"
        )
    return entry


def check_domain(text: str) -> str:
    """The domain in small letters, without ``www.`` and blanks around it.

    Raises:
        ValueError: it is none.
    """
    domain = text.strip().lower().removeprefix("www.")
    if HOST.fullmatch(domain) is None:
        raise ValueError(f"an own domain must be a host such as shop.example, got {text!r}")
    return domain


def words_of(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries that are words."""
    return tuple(entry for entry in entries if "." not in entry)


def pattern_of(entries: Iterable[str]) -> str | None:
    """RE2 pattern of texts that entries with a dot name; None if there is no such entry."""
    hosts = [entry for entry in entries if "." in entry and not entry.startswith("!")]
    exact = [host[1:] for host in hosts if host.startswith("=")]
    below = [host for host in hosts if not host.startswith("=")]
    national = [host.removesuffix(".com") for host in below if host.endswith(".com")]
    plain = [host for host in below if not host.endswith(".com")]
    parts = [
        f"{BELOW}{_one_of(national)}[.]{NATIONAL}" if national else "",
        f"{BELOW}{_one_of(plain)}" if plain else "",
        f"(?:www[.])?{_one_of(exact)}" if exact else "",
    ]
    alternatives = "|".join(part for part in parts if part)
    return f"{BEFORE}(?:{alternatives}){AFTER}" if alternatives else None


def excluded_pattern_of(entries: Iterable[str]) -> str | None:
    """RE2 pattern of texts that entries with ``!`` name; None if there is no such entry."""
    hosts = [entry[1:] for entry in entries if entry.startswith("!")]
    return below_pattern_of(hosts) if hosts else None


def below_pattern_of(hosts: Sequence[str]) -> str:
    """RE2 pattern of texts that name one of the hosts or a domain below it."""
    return f"{BEFORE}{BELOW}{_one_of(hosts)}{AFTER}"


def _one_of(hosts: Sequence[str]) -> str:
    return f"(?:{'|'.join(re.escape(host) for host in hosts)})"
