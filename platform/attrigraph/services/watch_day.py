"""Use case: check the events of a day, and alert where something is unusual."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from attrigraph.domain.zones import day_start, zone_named
from attrigraph.graph.exported import read_table
from attrigraph.watching.alerts import send_alert
from attrigraph.watching.days import compared_days, unusual_counts

if TYPE_CHECKING:
    from attrigraph.stores import Stores
    from attrigraph.watching.alerts import Receivers
    from attrigraph.watching.days import Unusual


def unusual_events(stores: Stores, day: date, zone: str = "UTC") -> list[Unusual]:
    """What is unusual about the touches and conversions of a day.

    Args:
        stores: with the events.
        day: the day, in the zone.
        zone: IANA name of the time zone.

    Raises:
        InputError: there is no such zone.
    """
    place = zone_named(zone)
    bounds = {
        "start": day_start(compared_days(day)[-1], place),
        "end": day_start(day + timedelta(days=1), place),
    }
    counts: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in read_table(stores.driver, "touches_by_day", {"zone": zone, **bounds}):
        counts["touches"][row["day"]] += row["touches"]
    for row in read_table(stores.driver, "conversions_by_day", {"zone": zone, **bounds}):
        counts[row["kind"] or "conversions"][row["day"]] += row["conversions"]
    return [
        one for what, found in sorted(counts.items()) for one in unusual_counts(what, day, found)
    ]


def alert(receivers: Receivers, day: date, unusual: list[Unusual]) -> list[str]:
    """Send what is unusual to the receivers; the names of those that took it, none for nothing.

    Raises:
        AlertError: a receiver does not take it.
    """
    if not unusual:
        return []
    content = {"day": day.isoformat(), "unusual": [one.to_json() for one in unusual]}
    return send_alert(receivers, f"attrigraph: {unusual[0].sentence()}", content)
