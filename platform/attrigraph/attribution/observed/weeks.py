"""Customers by week and by the channels that touched them, and how many conversions they made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.observed.paths import grouped_rows
from attrigraph.domain import NO_TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import EventTable

    Integers = NDArray[np.int64]
    ChannelSet = tuple[str | None, ...]

WEEK_MS: Final = 7 * 86_400_000
BEFORE: Final = 4
"""Weeks after the last touch in which a customer still counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """What happened in weeks that follow each other.

    The customers of a week are those with a touch in it, or in the four weeks before. Their
    channels are those of the week; the set is empty without a touch in it.

    Attributes:
        channels: names of the channels, None for an unknown one.
        touches: of each channel ``[n_weeks, n_channels]``.
        sets: sets of channels, the empty one first.
        customers: of each set ``[n_weeks, n_sets]``.
        conversions: that they made in the week ``[n_weeks, n_sets]``.
    """

    channels: tuple[str | None, ...]
    touches: Integers
    sets: tuple[ChannelSet, ...]
    customers: Integers
    conversions: Integers


def weeks_of(events: EventTable, start: int, number: int) -> Weeks:
    """Count the events of some weeks.

    Args:
        events: with those of the four weeks before, and conversions of the wanted kinds alone.
        start: epoch milliseconds of the first week.
        number: of weeks, at least 1.
    """
    touches, conversions = events.touches, events.conversions
    channels = (*touches.channel.keys, None)
    channel = np.where(touches.channel.codes < 0, len(channels) - 1, touches.channel.codes)
    week = _weeks_from(touches.time, start)
    inside = (week >= 0) & (week < number)
    unit = touches.customer.astype(np.int64) * number + week
    touched, sets, of_touched = _channel_sets(unit[inside], channel[inside], len(channels))
    lapsed = np.setdiff1d(_later_weeks(touches.customer, week, number), touched)
    units = np.concatenate([touched, lapsed])
    of_unit = np.concatenate([of_touched + 1, np.zeros(len(lapsed), np.int64)])
    made = _weeks_from(conversions.time, start)
    kept = (made >= 0) & (made < number)
    row = _places(units, conversions.customer[kept].astype(np.int64) * number + made[kept])
    shape = number, len(sets) + 1
    return Weeks(
        channels,
        _counted(week[inside], channel[inside], (number, len(channels))),
        ((), *(tuple(channels[code] for code in codes) for codes in sets)),
        _counted(units % number, of_unit, shape),
        _counted(units[row] % number, of_unit[row], shape),
    )


def _weeks_from(time: Integers, start: int) -> Integers:
    """Number of the week of each time; far before all weeks for those without a time."""
    known = np.where(time == NO_TIME, start - 10**15, time)
    return (known - start) // WEEK_MS


def _channel_sets(
    unit: Integers, channel: NDArray[np.integer], n_channels: int
) -> tuple[Integers, list[list[int]], Integers]:
    """The units, the distinct sets of channels, and which of them each unit has."""
    pairs = np.unique(unit * n_channels + channel)
    units, first = np.unique(pairs // n_channels, return_index=True)
    offsets, codes = np.append(first, len(pairs)), (pairs % n_channels).astype(np.int32)
    example, which = grouped_rows(offsets, codes, n_channels)
    sets = [codes[offsets[row] : offsets[row + 1]].tolist() for row in example.tolist()]
    return units, sets, which.astype(np.int64)


def _later_weeks(customer: NDArray[np.int32], week: Integers, number: int) -> Integers:
    """Units of the weeks in which customers still count after a touch, each once."""
    recent, span = (week >= -BEFORE) & (week < number), BEFORE + number
    pairs = np.unique(customer[recent].astype(np.int64) * span + week[recent] + BEFORE)
    owner, touched = pairs // span, pairs % span - BEFORE
    later = (touched[:, None] + np.arange(1, BEFORE + 1)).ravel()
    inside = (later >= 0) & (later < number)
    return np.unique(np.repeat(owner, BEFORE)[inside] * number + later[inside])


def _places(units: Integers, wanted: Integers) -> Integers:
    """Where in the units those are that occur among them."""
    order = np.argsort(units)
    place = np.searchsorted(units[order], wanted)
    place[place == len(units)] = 0
    found = order[place] if len(units) else np.zeros(0, np.int64)
    return found[units[found] == wanted] if len(units) else found


def _counted(row: Integers, column: NDArray[np.integer], shape: tuple[int, int]) -> Integers:
    cells = np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1])
    return cells.reshape(shape)
