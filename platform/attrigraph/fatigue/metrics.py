"""How far forecasts of fatigue are from what happened, or from the truth of a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

from attrigraph.errors import InputError
from attrigraph.fatigue.curve import HORIZON, SOON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Forecast

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

BLOCK: Final = 1000
"""Units that are compared with all others at a time."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of a method.

    Attributes:
        units: how many were compared.
        days: mean absolute error of days left.
        bias: mean of predicted minus true days.
        concordance: C-index of days; .5 is chance, NaN where no two units can be compared.
        auc_soon: of being tired within ``SOON`` days, NaN where all or none are.
        score: mean absolute error of R at present; None without a curve.
        curve: mean absolute error of R later; None without a curve.
    """

    units: int
    days: float
    bias: float
    concordance: float
    auc_soon: float
    score: float | None
    curve: float | None


def errors_of(forecast: Forecast, days: Floats, log_ratio: Floats | None = None) -> Errors:
    """Compare a forecast with true days, and its curve with the true one where both are known.

    Args:
        forecast: of units.
        days: true ones ``[n]``; ``HORIZON`` for at least as many.
        log_ratio: true log R at ``DAYS_AHEAD`` ``[n, 11]``.

    Raises:
        InputError: there are no units, or not the same in both.
    """
    if not len(days) or forecast.days.shape != days.shape:
        raise InputError(f"errors need the same units, got {len(forecast.days)} and {len(days)}")
    error = forecast.days - days
    score = curve = None
    if forecast.log_ratio is not None and log_ratio is not None:
        away = np.abs(np.exp(forecast.log_ratio) - np.exp(log_ratio))
        score, curve = float(away[:, 0].mean()), float(away[:, 1:].mean())
    return Errors(
        len(days),
        float(np.abs(error).mean()),
        float(error.mean()),
        concordance_index(forecast.days, days, days < HORIZON),
        auc(-forecast.days, days <= SOON),
        score,
        curve,
    )


def concordance_index(predicted: Floats, days: Floats, tired: Flags) -> float:
    """Share of pairs of units that are in the right order (Harrell et al. 1982).

    A pair can be compared where the unit with fewer days became tired; equal predictions count
    half. NaN where no pair can.

    Args:
        predicted: days ``[n]``.
        days: until tired or last seen ``[n]``.
        tired: False for units that were censored after ``days`` ``[n]``.
    """
    right = comparable = 0.0
    for start in range(0, len(days), BLOCK):
        part = slice(start, start + BLOCK)
        first = days[part, None]
        earlier = tired[part, None] & ((first < days) | ((first == days) & ~tired))
        comparable += earlier.sum()
        ahead = predicted[part, None]
        right += (earlier & (ahead < predicted)).sum() + (earlier & (ahead == predicted)).sum() / 2
    return float(right / comparable) if comparable else float("nan")


def auc(score: Floats, happened: Flags) -> float:
    """Probability that a unit to which it happened has a higher score than another ``[n]``.

    Equal scores count half. NaN where it happened to all or to none.
    """
    count = int(happened.sum())
    if count in (0, len(happened)):
        return float("nan")
    ranks = rankdata(score)[happened].sum() - count * (count + 1) / 2
    return float(ranks / (count * (len(happened) - count)))


def brier(probability: Floats, happened: Flags) -> float:
    """Mean squared error of probabilities (Brier 1950)."""
    return float(((probability - happened) ** 2).mean())


def calibration_error(probability: Floats, happened: Flags, groups: int = 10) -> float:
    """Mean absolute difference of mean probability and share in groups of similar probability.

    Args:
        probability: ``[n]``, at least one.
        happened: ``[n]``.
        groups: at most, of equal size.
    """
    bins = reliability(probability, happened, groups)
    return sum(one.count * abs(one.predicted - one.observed) for one in bins) / len(probability)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Units of similar probability: a point of a reliability diagram.

    Attributes:
        predicted: mean probability.
        observed: share of units to which it happened.
        count: of units.
    """

    predicted: float
    observed: float
    count: int


def reliability(
    probability: Floats, happened: Flags, groups: int = 10
) -> tuple[ReliabilityBin, ...]:
    """Groups of similar probability, at most so many, of equal size, by ascending probability."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(groups, len(order)))
    return tuple(
        ReliabilityBin(float(probability[part].mean()), float(happened[part].mean()), len(part))
        for part in parts
    )
