"""Names that analytics tools give to channels which no marketing pays for.

The lists have one spelling of each name. `are_named` takes others for the same: any case, any signs
between words, and the plural: `DIRECT_TRAFFIC`, `$direct` and `Referrals` are on them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.plain_names import plain_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

NO_MEDIUM: Final = "(none)"
"""Direct traffic by GA's medium, with its parentheses: a channel named `None` is another."""

DIRECT_CHANNELS: Final = (
    "direct",
    "direct / none",
    NO_MEDIUM,
    "direct traffic",
    "direct entry",
    "direct visit",
    "direct access",
    "typed/bookmarked",
)
"""Direct traffic: in GA4, HubSpot, Matomo, Mixpanel, Adobe and others."""

NOT_MARKETING: Final = (
    *DIRECT_CHANNELS,
    *("organic", "organic traffic", "natural"),
    *("organic search", "search organic", "natural search", "unpaid search", "search engine"),
    *("organic social", "social organic", "natural social", "unpaid social"),
    *("organic video", "video organic", "organic shopping", "shopping organic"),
    *("referral", "referral traffic", "referrer", "referring domain", "referring site"),
    *("referring website", "website", "external website", "other website", "other web site"),
    *("ai", "ai assistant", "ai referral"),
    *("internal", "internal traffic", "session refresh", "unassigned"),
)
"""Channels that describe the customer and cause no conversions, in GA4, HubSpot, Matomo, Mixpanel,
Amplitude, Adobe, PostHog and Snowplow. Social networks without a word for unpaid are not on the
list: some tools count advertisements there under the same name."""

_PLURAL: Final = re.compile(r"\b([^\W\d]{3,}[^\Ws\d])s\b")
"""The s of a word of five letters or more: of `referrals`, not of `sms`, `news` or `express`."""


def plain_channel(name: str) -> str:
    """The name as lists of channels are compared: words in small letters and the singular."""
    if name.strip().lower() == NO_MEDIUM:
        return NO_MEDIUM
    return _PLURAL.sub(r"\1", plain_name(name))


def plain_channels(names: Iterable[str]) -> frozenset[str]:
    """The names as `plain_channel` has them."""
    return frozenset(map(plain_channel, names))


def are_named(channels: Collection[str | None], names: Iterable[str]) -> NDArray[np.bool_]:
    """Which channels ``[channels]`` a list of names has; it never has the unknown channel."""
    listed = plain_channels(names)
    return np.array(
        [channel is not None and plain_channel(channel) in listed for channel in channels],
        dtype=bool,
    )
