"""Names that analytics tools give to channels which no marketing pays for."""

from __future__ import annotations

from typing import Final

DIRECT_CHANNELS: Final = (
    "direct",
    "(direct)",
    "(direct) / (none)",
    "(none)",
    "direct traffic",
    "typed/bookmarked",
)
"""Direct traffic."""

NOT_MARKETING: Final = (
    *DIRECT_CHANNELS,
    "organic",
    "organic search",
    "organic social",
    "referral",
    "unassigned",
)
"""Channels that describe the customer and cause no conversions."""
