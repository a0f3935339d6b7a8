"""Notes on events whose order is not determined by their times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.observed.journeys import count_simultaneous
from attrigraph.domain.order import repeats
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import EventTable, Touches


def order_notes(events: EventTable, options: JourneyOptions) -> tuple[str, ...]:
    """Notes with counts of events ordered by a tie rule; empty if times and positions suffice.

    Args:
        events: all events of each customer, sorted as in ``EventTable``.
        options: what counts as a journey.

    Raises:
        InputError: as ``observed.journeys.derive``.
        NeedsTimesError: as ``observed.journeys.derive``.
    """
    notes = []
    touches, customers = tied_touches(events.touches)
    if touches:
        notes.append(
            f"{touches:,} touches of {counted(customers, 'customer')} are at the very same time"
            " as another touch of the same customer; a hash of the ids decides their order, unless"
            " `position` is given"
        )
    simultaneous = count_simultaneous(events, options)
    if simultaneous:
        notes.append(
            f"{simultaneous:,} of {counted(len(events.conversions), 'conversion')}"
            f" {'has' if simultaneous == 1 else 'have'} a touch at the very same time, which"
            " counts as after the conversion, unless `position` decides otherwise"
        )
    return tuple(notes)


def tied_touches(touches: Touches) -> tuple[int, int]:
    """Number of touches equal to another in time, nanosecond and position, and of customers."""
    columns = (touches.customer, touches.time, touches.nanosecond, touches.position)
    same = repeats(np.arange(len(touches)), *columns)
    tied = np.append(same, False) | np.append(False, same) if len(touches) else same
    return int(tied.sum()), len(np.unique(touches.customer[tied]))
