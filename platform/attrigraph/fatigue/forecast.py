"""Forecasts of units: curves, days left with intervals, and the probability of being tired soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.fatigue.curve import DAYS_AHEAD, HORIZON, SOON, days_remaining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.calibration import Calibration
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class UnitForecasts:
    """Forecasts of the units of a snapshot.

    Attributes:
        snapshot: of which they are made.
        log_level: log of the highest rate so far, calibrated ``[n]``.
        log_ratio: log R at ``DAYS_AHEAD`` ``[n, 11]``.
        elements: Shapley value of each kind of element for log R in 15 days ``[n, kinds]``.
        days: left, 0 to ``HORIZON`` ``[n]``.
        low: lower end of their 80 % interval; 0 where nothing is calibrated ``[n]``.
        high: upper end; ``HORIZON`` where nothing is calibrated ``[n]``.
        probability: of being tired within ``SOON`` days; NaN where nothing is calibrated ``[n]``.
        calibration: of intervals; None where nothing is calibrated.
    """

    snapshot: Snapshot
    log_level: Floats
    log_ratio: Floats
    elements: Floats
    days: Floats
    low: Floats
    high: Floats
    probability: Floats
    calibration: Calibration | None


def forecast_units(
    snapshot: Snapshot,
    log_level: Floats,
    log_ratio: Floats,
    elements: Floats,
    calibration: Calibration | None,
) -> UnitForecasts:
    """All that follows from curves of the units of a snapshot."""
    days = days_remaining(log_ratio, DAYS_AHEAD)
    low, high = np.zeros_like(days), np.full_like(days, HORIZON)
    probability = np.full_like(days, np.nan)
    if calibration is not None:
        log_level = log_level + np.log(calibration.clicks_ratio)
        low, high = calibration.interval(days, snapshot.age)
        probability = calibration.probability_soon(log_ratio_at(log_ratio, SOON))
    return UnitForecasts(
        snapshot, log_level, log_ratio, elements, days, low, high, probability, calibration
    )


def log_ratio_at(log_ratio: Floats, day: float) -> Floats:
    """Log R on a day ahead, at most ``HORIZON``, linear between points ``[n]``."""
    after = max(int(np.searchsorted(DAYS_AHEAD, day)), 1)
    before, end = DAYS_AHEAD[after - 1], DAYS_AHEAD[after]
    share = (day - before) / (end - before)
    return np.asarray((1 - share) * log_ratio[:, after - 1] + share * log_ratio[:, after])


def mean_ratio(log_ratio: Floats, days: int) -> Floats:
    """Mean R of the next days ``[n]``."""
    ahead = [np.exp(log_ratio_at(log_ratio, day)) for day in range(1, days + 1)]
    return np.asarray(np.mean(ahead, axis=0))
