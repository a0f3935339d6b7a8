"""Journeys without the touches that rules about single touches leave out.

In this order: touches beyond the lookback of their channel or kind, direct touches of journeys that
have others, and all but the last ``steps`` touches.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.observed.touch_limits import DAY_NS, touch_limits
from attrigraph.domain.channel_names import are_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import EventTable, Journeys, Touches
    from attrigraph.domain.columns import Flags


def trim(journeys: Journeys, events: EventTable, options: JourneyOptions) -> Journeys:
    """The journeys with the touches that stay; the same journeys in the same order.

    Args:
        journeys: cut by the longest lookback.
        events: their events.
        options: with the rules.

    Raises:
        InputError: a lookback of a channel or kind that no touch has.
    """
    if options.lookbacks:
        within = _within_lookbacks(journeys, events.touches, options)
        journeys = _keep(journeys, within)
    if options.dropped_channels:
        journeys = _keep(journeys, _not_dropped(journeys, events.touches, options.dropped_channels))
    if options.steps is not None:
        journeys = _keep(journeys, _steps_to_end(journeys) < options.steps)
    return journeys


def _within_lookbacks(journeys: Journeys, touches: Touches, options: JourneyOptions) -> Flags:
    limits = touch_limits(touches, options.lookback_days, options.lookbacks)[journeys.touch]
    # ages are days as fractions; in whole nanoseconds they are exact
    age = np.rint(journeys.age * DAY_NS)
    within: Flags = ~(age > limits)
    return within


def _not_dropped(journeys: Journeys, touches: Touches, channels: Sequence[str]) -> Flags:
    """Touches of other channels, and all touches of journeys that have only these channels."""
    is_dropped = are_named(touches.channel.keys, channels)
    dropped = np.append(is_dropped, False)[touches.channel.codes[journeys.touch]]
    journey = _journey_of(journeys)
    has_other = np.zeros(len(journeys), bool)
    has_other[journey[~dropped]] = True
    kept: Flags = ~dropped | ~has_other[journey]
    return kept


def _steps_to_end(journeys: Journeys) -> NDArray[np.int64]:
    """Int64 ``[n]``: how many touches of its journey come after each touch."""
    ends = journeys.offsets[1:][_journey_of(journeys)]
    return ends - 1 - np.arange(len(journeys.touch))


def _journey_of(journeys: Journeys) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(journeys)), np.diff(journeys.offsets))


def _keep(journeys: Journeys, kept: Flags) -> Journeys:
    """The journeys with some of their touches."""
    if kept.all():
        return journeys
    offsets = np.concatenate([[0], np.cumsum(kept)])[journeys.offsets]
    return replace(journeys, offsets=offsets, touch=journeys.touch[kept], age=journeys.age[kept])
