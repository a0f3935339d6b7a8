"""What follows from a decay curve, so that score, curve and days left never contradict each other.

The response ratio R(h) is the click rate h days ahead over the highest rate so far. A creative is
tired where R is at most a half: at a constant price of impressions, each result then costs twice as
much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TIRED: Final = 0.5
"""Response ratio at which a creative is tired."""

HORIZON: Final = 30
"""Days that are forecast; more are left where R is above ``TIRED`` until then."""

SOON: Final = 7
"""Days within which the probability of being tired is given."""

DAYS_AHEAD: Final = np.arange(0.0, HORIZON + 1, 3.0)
"""Days of the points of a decay curve."""


def days_remaining(log_ratio: Floats, days: Floats) -> Floats:
    """Days until R is at most ``TIRED``, linear in log R between points ``[n]``.

    Args:
        log_ratio: log R of each creative ``[n, points]``.
        days: ahead, of each point ``[points]``, ascending from 0.

    Returns:
        0 where R is at most ``TIRED`` now, and the last of ``days`` where it never is.

    Raises:
        InputError: the shapes differ, or a value is NaN.
    """
    if log_ratio.ndim != 2 or log_ratio.shape[1:] != days.shape:
        raise InputError(
            f"log ratios must have the shape (n, {len(days)}), one per day, got {log_ratio.shape}"
        )
    if np.isnan(log_ratio).any():
        raise InputError("log ratios must be numbers, got NaN")
    limit = np.log(TIRED)
    tired = log_ratio <= limit
    first = tired.argmax(axis=1)
    rows = np.arange(len(log_ratio))
    before = np.maximum(first - 1, 0)
    high, low = log_ratio[rows, before], log_ratio[rows, first]
    share = np.divide(high - limit, high - low, out=np.zeros_like(high), where=high > low)
    between = days[before] + share * (days[first] - days[before])
    left = np.where(first == 0, days[0], between)
    return np.asarray(np.where(tired.any(axis=1), left, days[-1]))
