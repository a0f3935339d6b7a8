"""What changes the rates of a whole channel on a day: season, competitors.

    clicks ~ Poisson(impressions exp(level + slope exposure + decay(age) + factor(channel, day)))

Levels and slopes are those of units; decay and factor are shared, and fitted in turn. A trend that
lasts as long as units live cannot be separated from their decay, and stays in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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
    step = np.searchsorted(AGES, np.arange(history.days), side="right") - 1
    shown = history.impressions > 0
    unit, day = np.nonzero(shown)
    clicks, impressions, exposure = history.clicks[shown], history.impressions[shown], own[shown]
    of_step, of_factor = step[day - launch[unit]], history.channel[unit] * history.days + day
    decay, factor = np.ones(len(AGES)), np.ones(shape)
    seen_of_step = _sums(clicks, of_step, len(AGES))
    seen_of_factor = _sums(clicks, of_factor, factor.size)
    fitted = None
    for _ in range(ROUNDS):
        common = _since_launch(decay[step], launch) * factor[history.channel]
        fitted = shrunk_slopes(history.clicks, history.impressions * common, own, near=fitted)
        expected = impressions * np.exp(fitted.level[unit] + fitted.slope[unit] * exposure)
        decay = _ratio(seen_of_step, expected * factor.ravel()[of_factor], of_step)
        factor = _ratio(seen_of_factor, expected * decay[of_step], of_factor).reshape(shape)
    return factor


def _since_launch(by_age: Floats, launch: Integers) -> Floats:
    """Figures by age ``[days]`` of each unit and day ``[units, days]``; before, that of age 0."""
    days = len(by_age)
    return sliding_window_view(np.r_[np.full(days, by_age[0]), by_age], days)[days - launch]


def _ratio(seen: Floats, expected: Floats, group: Integers) -> Floats:
    """Clicks over expected clicks by group, shrunk to 1 as far as chance explains what differs.

    Ratios are taken for Gamma distributed, with the variance that is left without that of Poisson
    counts; its inverse is how many clicks are added.

    Args:
        seen: clicks of each group ``[groups]``.
        expected: clicks ``[n]``.
        group: of these ``[n]``.
    """
    mean = _sums(expected, group, len(seen))
    variance = ((seen - mean) ** 2 - mean).sum() / max((mean**2).sum(), 1e-300)
    added = max(1 / max(variance, 1e-6), LEAST_CLICKS)
    return np.asarray((seen + added) / (mean + added))


def _sums(figures: Floats, group: Integers, groups: int) -> Floats:
    return np.bincount(group, figures, groups).astype(np.float64)
