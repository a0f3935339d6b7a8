"""Time zones by their IANA names, and their days."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError


def zone_or_utc(name: str | None) -> tzinfo:
    """The zone of a name; UTC where none is stated.

    Raises:
        InputError: there is no such zone.
    """
    return UTC if name is None else zone_named(name)


def midnight(day: date, zone: tzinfo) -> int:
    """The instant at which a day begins in a zone, epoch milliseconds."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def day_start(day: date, zone: tzinfo) -> datetime:
    """The instant at which a day begins in a zone, UTC; where a clock skips midnight, the skip."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_at(time: int, zone: tzinfo) -> date:
    """The day in a zone of an instant, epoch milliseconds."""
    return datetime.fromtimestamp(time / 1000, zone).date()


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
