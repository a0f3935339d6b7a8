"""How fast units are shown at present."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.fatigue.snapshot import LIVE_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def recent_mean(figures: Floats, launch: Integers, units: Integers) -> Floats:
    """Mean per day of units since their launch, of the last ``LIVE_DAYS`` at most ``[n]``.

    Args:
        figures: of all units by day ``[units, days]``.
        launch: first day of all units ``[units]``.
        units: numbers of live units ``[n]``.
    """
    age = figures.shape[1] - launch[units]
    total = figures[units, -LIVE_DAYS:].sum(axis=1)
    return np.asarray(total / np.clip(age, 1, LIVE_DAYS))
