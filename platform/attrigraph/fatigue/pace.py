"""How fast units are shown at present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

LIVE_DAYS: Final = 7
"""Days of which the pace is the mean; a unit is live that had impressions in them."""


def recent_mean(figures: Floats, launch: Integers) -> Floats:
    """Mean per day of units since their launch, of the last ``LIVE_DAYS`` at most ``[units]``.

    Args:
        figures: by day ``[units, days]``.
        launch: first day of each unit ``[units]``; the number of days for a unit without any.
    """
    age = figures.shape[1] - launch
    return np.asarray(figures[:, -LIVE_DAYS:].sum(axis=1) / np.clip(age, 1, LIVE_DAYS))
