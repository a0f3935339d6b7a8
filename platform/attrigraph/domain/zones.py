"""Time zones by their IANA names."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError


def zone_named(name: str) -> ZoneInfo:
    """The zone of a name such as ``Europe/Berlin``.

    Raises:
        InputError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = available_timezones()
        raise InputError(
            f"the zone must be an IANA name such as Europe/Berlin, got {name!r}; "
            f"{near_names(name, known)}"
        ) from error
