"""What changes the rates of a whole channel on a day: season, competitors.

    clicks ~ Poisson(impressions exp(level + slope exposure + decay(age) + factor(channel, day)))

Levels and slopes are those of units; decay and factor are shared, and fitted in turn. A trend that
lasts as long as units live cannot be separated from their decay, and stays in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.slopes import shrunk_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

ROUNDS: Final = 4

LEAST_CLICKS: Final = 100.0
"""Clicks as of an ordinary day that are at least added to those of a channel and day."""

AGES: Final = (0, 1, 2, 3, 5, 8, 12, 17, 24, 35, 50)
"""First days of the steps of the shared decay."""


def common_factor(history: FatigueHistory, launch: Integers, own: Floats) -> Floats:
    """What multiplies the rates of a channel on a day ``[channels, days]``; 1 is an ordinary day.

    Args:
        history: daily figures.
        launch: first day of each unit with impressions ``[units]``.
        own: exposure of each unit ``[units, days]``.
    """
    shape = len(history.channels), history.days
    age = np.arange(history.days) - launch[:, None]
    step = np.searchsorted(AGES, np.maximum(age, 0), side="right") - 1
    shown = history.impressions > 0
    unit, day = np.nonzero(shown)
    clicks, impressions, exposure = history.clicks[shown], history.impressions[shown], own[shown]
    of_step, of_factor = step[shown], history.channel[unit] * history.days + day
    decay, factor = np.ones(len(AGES)), np.ones(shape)
    fitted = None
    for _ in range(ROUNDS):
        common = decay[step] * factor[history.channel]
        fitted = shrunk_slopes(history.clicks, history.impressions * common, own, near=fitted)
        expected = impressions * np.exp(fitted.level[unit] + fitted.slope[unit] * exposure)
        decay = _ratio(clicks, expected * factor.ravel()[of_factor], of_step, len(AGES))
        ratio = _ratio(clicks, expected * decay[of_step], of_factor, factor.size)
        factor = ratio.reshape(shape)
    return factor


def _ratio(clicks: Floats, expected: Floats, group: Integers, groups: int) -> Floats:
    """Clicks over expected clicks by group, shrunk to 1 as far as chance explains what differs.

    Ratios are taken for Gamma distributed, with the variance that is left without that of Poisson
    counts; its inverse is how many clicks are added.
    """
    seen = np.bincount(group, clicks, groups)
    mean = np.bincount(group, expected, groups)
    variance = ((seen - mean) ** 2 - mean).sum() / max((mean**2).sum(), 1e-300)
    added = max(1 / max(variance, 1e-6), LEAST_CLICKS)
    return np.asarray((seen + added) / (mean + added))
