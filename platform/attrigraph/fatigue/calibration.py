"""Intervals and probabilities of days left, from campaigns that the model was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import isotonic_regression

from attrigraph.fatigue.conformal import Spread, campaign_quantile, fit_spread
from attrigraph.fatigue.curve import HORIZON, SOON, TIRED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

LEVEL: Final = 0.8
"""Share of units whose days left are to lie in their interval."""

DEVIATIONS: Final = 1.2816
"""Standard deviations of a normal interval of that level."""

YOUNG: Final = 15
"""Days; intervals of younger units are made of such units alone."""

LEAST_ERROR: Final = 0.5
"""Days."""

PSEUDO_CLICKS: Final = 200.0
"""Clicks that were as expected, which are added to those of a ratio."""

LEAST_CAMPAIGNS: Final = 10
"""Below so many of calibration, intervals are not given."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Predictions for units whose days left were observed to the end.

    Attributes:
        predicted: days left ``[n]``.
        age: days since the launch ``[n]``.
        log_soon: predicted log R after ``SOON`` days ``[n]``.
        days: observed ``[n]``.
        campaign: of each unit ``[n]``.
        expected: clicks predicted for the next ``SOON`` days, at their impressions ``[n]``.
        clicks: of these days ``[n]``.
    """

    predicted: Floats
    age: Floats
    log_soon: Floats
    days: Floats
    campaign: Integers
    expected: Floats
    clicks: Floats

    @classmethod
    def concatenate(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Units of several days."""
        none = np.zeros(0)
        first = cls(none, none, none, none, np.zeros(0, np.int64), none, none)
        columns = {
            one.name: np.concatenate([getattr(part, one.name) for part in (first, *parts)])
            for one in fields(cls)
        }
        return cls(**columns)

    @property
    def error(self) -> float:
        """Mean absolute error of days; NaN without units."""
        return float(np.abs(self.days - self.predicted).mean()) if len(self.days) else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What turns a prediction into an interval and a probability.

    Attributes:
        campaigns: of which it was made.
        spread: error of days by predicted days.
        low: how many times that error the interval reaches below the prediction, for young units
            and for others ``[2]``.
        high: and above it ``[2]``.
        log_soon: log R after ``SOON`` days, ascending ``[k]``.
        probability: of being tired by then, descending ``[k]``.
        dispersion: standard deviation of the relative error of expected clicks.
        clicks_low: how many standard deviations observed clicks lie below expected ones.
        clicks_high: and above them.
        clicks_ratio: observed clicks over those that the model expected.
        fresh_ratio: observed clicks of new creatives over those that were expected of fresh ones.
    """

    campaigns: int
    spread: Spread
    low: Floats
    high: Floats
    log_soon: Floats
    probability: Floats
    dispersion: float
    clicks_low: float
    clicks_high: float
    clicks_ratio: float
    fresh_ratio: float

    def interval(self, predicted: Floats, age: Floats) -> tuple[Floats, Floats]:
        """Lower and upper end of days left, in 0 to ``HORIZON``."""
        error, group = self.spread.at(predicted), _group(age)
        low, high = predicted - self.low[group] * error, predicted + self.high[group] * error
        return np.clip(low, 0, HORIZON), np.clip(high, 0, HORIZON)

    def probability_soon(self, log_soon: Floats) -> Floats:
        """Probability of being tired within ``SOON`` days ``[n]``."""
        return np.interp(log_soon, self.log_soon, self.probability)

    def clicks_interval(self, expected: Floats) -> tuple[Floats, Floats]:
        """Ends between which clicks lie of which so many are expected, at least 0."""
        deviation = np.sqrt(expected + (self.dispersion * expected) ** 2)
        low, high = expected - self.clicks_low * deviation, expected + self.clicks_high * deviation
        return np.maximum(low, 0), high


def calibrate(
    outcomes: Outcomes, *, fresh_ratio: float = 1.0, level: float = LEVEL
) -> Calibration | None:
    """Fit intervals; None for fewer campaigns than ``LEAST_CAMPAIGNS``.

    Args:
        outcomes: of units of the campaigns of the intervals.
        fresh_ratio: of ``Calibration``.
        level: share of units that intervals are to hold.
    """
    campaigns = len(np.unique(outcomes.campaign))
    if campaigns < LEAST_CAMPAIGNS:
        return None
    ratio = ratio_of_clicks(outcomes.clicks, outcomes.expected)
    outcomes = replace(outcomes, expected=ratio * outcomes.expected)
    error = outcomes.days - outcomes.predicted
    spread = fit_spread(outcomes.predicted, np.abs(error), least=LEAST_ERROR)
    scaled = error / spread.at(outcomes.predicted)
    side, group = (1 + level) / 2, _group(outcomes.age)
    log_soon, probability = _isotonic(outcomes.log_soon, outcomes.days <= SOON)
    dispersion = dispersion_of(outcomes.clicks, outcomes.expected)
    deviation = np.sqrt(outcomes.expected + (dispersion * outcomes.expected) ** 2)
    known = deviation > 0
    clicks = (outcomes.clicks - outcomes.expected)[known] / deviation[known]
    return Calibration(
        campaigns,
        spread,
        low=_quantiles(-scaled, group, outcomes.campaign, side),
        high=_quantiles(scaled, group, outcomes.campaign, side),
        log_soon=log_soon,
        probability=probability,
        dispersion=dispersion,
        clicks_low=campaign_quantile(-clicks, outcomes.campaign[known], side),
        clicks_high=campaign_quantile(clicks, outcomes.campaign[known], side),
        clicks_ratio=ratio,
        fresh_ratio=fresh_ratio,
    )


def ratio_of_clicks(observed: Floats, expected: Floats) -> float:
    """Observed clicks over expected ones, shrunk to 1 by ``PSEUDO_CLICKS``."""
    return float((observed.sum() + PSEUDO_CLICKS) / (expected.sum() + PSEUDO_CLICKS))


def _group(age: Floats) -> Integers:
    """0 for young units, of which less is known, 1 for others."""
    return (np.asarray(age) >= YOUNG).astype(np.int64)


def _quantiles(scores: Floats, group: Integers, campaign: Integers, level: float) -> Floats:
    """The quantile of each group; that of all units for a group of few campaigns."""
    found = []
    for number in range(2):
        rows = group == number
        if len(np.unique(campaign[rows])) < LEAST_CAMPAIGNS:
            rows = np.ones(len(group), bool)
        found.append(campaign_quantile(scores[rows], campaign[rows], level))
    return np.array(found)


def _isotonic(log_soon: Floats, tired: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Share of tired units, which falls with log R; one of each kind is added to no share of 0."""
    order = np.argsort(log_soon, kind="stable")
    far = abs(np.log(TIRED)) * 10
    x = np.concatenate([[log_soon.min() - far], log_soon[order], [log_soon.max() + far]])
    y = np.concatenate([[1.0], tired[order].astype(float), [0.0]])
    fitted = isotonic_regression(y, increasing=False)
    return x, np.asarray(fitted.x)


def dispersion_of(clicks: Floats, expected: Floats) -> float:
    """Standard deviation of relative errors beyond that of Poisson counts (method of moments)."""
    excess = ((clicks - expected) ** 2 - expected).sum() / max((expected**2).sum(), 1e-12)
    return float(np.sqrt(max(excess, 0)))
