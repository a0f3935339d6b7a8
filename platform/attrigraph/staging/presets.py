"""Forms of files that need no mapping of one's own."""

from __future__ import annotations

from typing import Final

from attrigraph.staging.mapping import Source

PRESETS: Final[dict[str, str]] = {
    "paths": "paths with how often each was walked",
    "criteo-journeys": "touchpoints and journeys in two files",
    "july2018": "one row an event, conversions among them",
    "events": "attrigraph's own form of events",
    "customers": "facts known of customers before exposure",
    "campaigns": "campaigns",
    "creatives": "creatives and their elements",
    "audiences": "audiences and the audiences around them",
    "creative-days": "daily figures of creatives",
}
"""Names that ``--preset`` takes, each with what it reads."""


def preset(*names: str) -> Source:
    """The source of one or several presets; each file goes to the one whose columns it has.

    Raises:
        InputError: for an unknown name.
    """
    raise NotImplementedError
