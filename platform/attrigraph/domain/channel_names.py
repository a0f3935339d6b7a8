"""Names that analytics tools give to channels which no marketing pays for."""

from __future__ import annotations

from typing import Final

DIRECT_CHANNELS: Final = (
    "direct",
    "(direct)",
    "(direct) / (none)",
    "(direct)/(none)",
    "direct / (none)",
    "direct / none",
    "(none)",
    "$direct",
    "direct traffic",
    "direct entry",
    "direct visit",
    "typed/bookmarked",
)
"""Direct traffic, in small letters: in GA4, HubSpot, Matomo, Mixpanel, Adobe and others."""

NOT_MARKETING: Final = (
    *DIRECT_CHANNELS,
    "organic",
    "organic search",
    "organic social",
    "organic video",
    "organic shopping",
    "ai assistant",
    "referral",
    "unassigned",
)
"""Channels that describe the customer and cause no conversions."""
