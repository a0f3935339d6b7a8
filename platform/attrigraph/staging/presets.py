"""Forms of files that need no mapping of one's own."""

from __future__ import annotations

from typing import Final

from attrigraph.errors import InputError
from attrigraph.staging.mapping import Source, Table

TABLES: Final[dict[str, tuple[Table, ...]]] = {
    "paths": (Table(rows="paths"),),
    "criteo-journeys": (
        Table(rows="criteo-touchpoints", constants={"channel": "display"}),
        Table(rows="criteo-journeys"),
    ),
    "july2018": (
        Table(
            rows="events",
            columns={
                "timestamp": "time",
                "kind": "interaction",
                "value": "conversion_value",
                "converted": "conversion",
            },
        ),
    ),
    "events": (Table(rows="events"),),
    "customers": (Table(rows="customers"),),
    "campaigns": (Table(rows="campaigns"),),
    "creatives": (Table(rows="creatives"),),
    "audiences": (Table(rows="audiences"),),
    "creative-days": (Table(rows="creative-days"),),
    "experiments": (Table(rows="experiments"),),
}
"""The forms of files that each preset reads."""

PRESETS: Final[dict[str, str]] = {
    "paths": "paths with the number of journeys along each",
    "criteo-journeys": "touchpoints and journeys in two files, seconds from --start",
    "july2018": "one row per event, conversions included",
    "events": "attrigraph's own form of events",
    "customers": "attributes of customers, known before exposure",
    "campaigns": "campaigns, their channels and audiences",
    "creatives": "creatives and their elements",
    "audiences": "audiences and the audiences that contain them",
    "creative-days": "daily figures of creatives",
    "experiments": "lifts of channels or campaigns that experiments measured",
}
"""Names that ``--preset`` takes, each with what it reads."""


def preset(*names: str) -> Source:
    """The source of one or several presets; each file goes to the one whose columns it has.

    Raises:
        InputError: for no name or an unknown one.
    """
    unknown = [name for name in names if name not in TABLES]
    if unknown or not names:
        value = repr(unknown[0]) if unknown else "none"
        raise InputError(f"the preset must be one of {', '.join(TABLES)}; got {value}")
    return Source(tables=tuple(table for name in dict.fromkeys(names) for table in TABLES[name]))
