"""The true decay of units of a fatigue world from any day on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.curve import HORIZON, days_remaining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.fatigue.simulation import FatigueWorld

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def true_log_ratio(world: FatigueWorld, units: Integers, day: Integers) -> Floats:
    """Log R on each of the days 0 to ``HORIZON`` after some day ``[n, HORIZON + 1]``.

    It is that of the impressions that were bought afterwards, at the same season and competition.

    Args:
        world: the world.
        units: numbers of units ``[n]``.
        day: days from which it is forecast ``[n]``: not before the launch, and ``HORIZON`` days
            before the end of the world.

    Raises:
        InputError: a day is outside of these.
    """
    end = world.spec.days - 1 - HORIZON
    if ((day < world.launch[units]) | (day > end)).any():
        raise InputError(f"days must be from the launch of a unit to day {end}")
    rate = world.own_rate[units]
    so_far = np.arange(world.spec.days) <= day[:, None]
    peak = np.where(so_far, rate, 0).max(axis=1)
    ahead = np.take_along_axis(rate, day[:, None] + np.arange(HORIZON + 1), axis=1)
    return np.asarray(np.log(ahead / peak[:, None]))


def true_days(world: FatigueWorld, units: Integers, day: Integers) -> Floats:
    """Days until units are tired, at most ``HORIZON`` ``[n]``; see ``true_log_ratio``."""
    return days_remaining(true_log_ratio(world, units, day), np.arange(HORIZON + 1.0))
