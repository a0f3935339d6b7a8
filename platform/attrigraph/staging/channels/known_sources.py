"""What URLs say about sources, from ``sources.toml``: click ids, sites that refer, payments."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from attrigraph.staging.channels.rule_set import HostList
from attrigraph.staging.declarations import Declared, read_declarations

FILE: Final = Path(__file__).parent / "sources.toml"


class KnownSources(Declared):
    """Sources that are known by parameters of links or by hosts.

    Attributes:
        click_ids: source and medium by the name of a parameter, in small letters.
        search: hosts of search engines by the name of the source.
        sites: hosts of other sites by the name of the source.
        mail: hosts of mail on the web by the name of the source.
        payment: hosts of payment providers, which are no sources.
    """

    click_ids: dict[str, list[str]]
    search: dict[str, HostList]
    sites: dict[str, HostList]
    mail: dict[str, HostList]
    payment: dict[str, HostList]

    @property
    def referrers(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Source, medium and hosts of each site that refers."""
        by_medium = {"organic": self.search, "referral": self.sites, "email": self.mail}
        return [
            (name, medium, hosts)
            for medium, sites in by_medium.items()
            for name, hosts in sites.items()
        ]

    @property
    def payment_hosts(self) -> tuple[str, ...]:
        """Hosts of all payment providers."""
        return tuple(host for hosts in self.payment.values() for host in hosts)


@cache
def known_sources() -> KnownSources:
    """The known sources."""
    return read_declarations(FILE, KnownSources, "file of known sources")
