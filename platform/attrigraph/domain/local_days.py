"""The days of instants in a time zone, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain.zones import midnight, zone_or_utc

if TYPE_CHECKING:
    from numpy.typing import NDArray


def days_of(times: NDArray[np.int64], zone: str | None) -> NDArray[np.datetime64]:
    """The day in a zone of each time, datetime64[D]; UTC without a zone.

    Args:
        times: at least one, epoch milliseconds.
        zone: IANA name of the zone.
    """
    place, day_ms = zone_or_utc(zone), 86_400_000
    first, last = times.min() // day_ms - 1, times.max() // day_ms + 2
    days = np.arange(first, last + 1).astype("datetime64[D]")
    starts = np.array([midnight(day, place) for day in days.astype(object)])
    return np.asarray(days[np.searchsorted(starts, times, side="right") - 1])
