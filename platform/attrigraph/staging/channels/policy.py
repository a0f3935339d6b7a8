"""How the sources of the events of a file become channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrigraph.staging.channels.rule_set import ChannelRules


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """How the sources of the events of a file become channels.

    Attributes:
        rules: the rules that give channels to sources.
        own_domains: domains whose referrals are no sources, with the domains below them.
        payment_referrals: whether referrals from payment providers are sources.
    """

    rules: ChannelRules
    own_domains: tuple[str, ...] = ()
    payment_referrals: bool = False
