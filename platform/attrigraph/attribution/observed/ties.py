"""What a reader must know of events whose times leave their order open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.observed.journeys import count_simultaneous
from attrigraph.domain.order import repeats

if TYPE_CHECKING:
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import EventTable, Touches


def order_notes(events: EventTable, options: JourneyOptions) -> tuple[str, ...]:
    """Sentences that count what a rule had to put in order, none where times and positions do it.

    Args:
        events: whole customers, sorted as ``EventTable`` says.
        options: what counts as a journey.

    Raises:
        InputError: as ``observed.journeys.derive``.
        NeedsTimesError: as ``observed.journeys.derive``.
    """
    notes = []
    touches, customers = tied_touches(events.touches)
    if touches:
        notes.append(
            f"{touches:,} touches of {customers:,} customers are at the very same time as another "
            "touch of theirs; a hash of the ids decides their order, unless `position` is given"
        )
    simultaneous = count_simultaneous(events, options)
    if simultaneous:
        notes.append(
            f"{simultaneous:,} of {len(events.conversions):,} conversions have a touch at the very "
            "same time, which counts as after the conversion, unless `position` decides otherwise"
        )
    return tuple(notes)


def tied_touches(touches: Touches) -> tuple[int, int]:
    """How many touches of how many customers equal another in time, nanosecond and position."""
    columns = (touches.customer, touches.time, touches.nanosecond, touches.position)
    same = repeats(np.arange(len(touches)), *columns)
    tied = np.append(same, False) | np.append(False, same) if len(touches) else same
    return int(tied.sum()), len(np.unique(touches.customer[tied]))
