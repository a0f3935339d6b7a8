"""How fast units are shown at present, and what exposure they will have if that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.fatigue.frequency import FORGETTING
from attrigraph.fatigue.snapshot import LIVE_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def daily_frequency(frequency: Floats, launch: Integers, units: Integers) -> Floats:
    """Mean frequency of units since their launch, of the last ``LIVE_DAYS`` at most ``[n]``.

    Args:
        frequency: of all units by day ``[units, days]``.
        launch: first day of all units ``[units]``.
        units: numbers of live units ``[n]``.
    """
    age = frequency.shape[1] - launch[units]
    total = frequency[units, -LIVE_DAYS:].sum(axis=1)
    return np.asarray(total / np.clip(age, 1, LIVE_DAYS))


def exposure_ahead(exposure: Floats, daily: Floats, days: Floats) -> Floats:
    """Exposure that is left after some days ``[n, days]``, at the same frequency on each of them.

    Args:
        exposure: that is left at present ``[n]``.
        daily: frequency ``[n]``.
        days: ahead ``[days]``.
    """
    left = FORGETTING**days
    grown = daily[:, None] * (1 - left) / (1 - FORGETTING)
    return np.asarray(exposure[:, None] * left + grown)
