"""When the events of a table were: the first and the last that have a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain.columns import NO_TIME

if TYPE_CHECKING:
    from attrigraph.domain.events import EventTable


def time_span(events: EventTable) -> tuple[int, int] | None:
    """Time of the first and of the last event, epoch milliseconds; None if none has a time.

    No column of all times is made, since that of the touches is among the largest.
    """
    columns = [events.touches.time, events.conversions.time]
    latest = max(int(column.max(initial=NO_TIME)) for column in columns)
    if latest == NO_TIME:
        return None
    end = np.iinfo(np.int64).max
    earliest = (column.min(where=column != NO_TIME, initial=end) for column in columns)
    return min(map(int, earliest)), latest
