"""Exponential decay of each unit, with slopes that are shrunk to what units have in common.

    clicks ~ Poisson(impressions exp(level + slope x)),  slope ~ Normal(mean, variance)

Levels are free. Mean and variance are those of the slopes without shrinkage, weighted by what their
likelihood knows (DerSimonian and Laird 1986).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS: Final = 8
LARGEST_STEP: Final = 1.0
"""Change of a log rate over the range of x, or over its standard deviation, in a step."""

LEAST_SPREAD: Final = 1e-9

WIDEST: Final = 3.0
"""Standard deviation of the prior that slopes have at first: of a log rate over the range of x."""


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Log rates that are linear in x.

    Attributes:
        slope: of each unit ``[n]``.
        level: log rate at x = 0 ``[n]``.
        mean: of slopes.
        deviation: standard deviation of slopes among units.
    """

    slope: Floats
    level: Floats
    mean: float
    deviation: float


def shrunk_slopes(
    clicks: Floats, impressions: Floats, x: Floats, prior: Floats | None = None
) -> Slopes:
    """Fit the slope of each unit; days without impressions do not count.

    Args:
        clicks: ``[n, days]``.
        impressions: ``[n, days]``.
        x: of each day ``[n, days]``: age, or exposure.
        prior: mean and standard deviation of slopes ``[2]``; None for those of these units.
    """
    clicks = np.where(impressions > 0, clicks, 0)
    total = impressions.sum(axis=1)
    spread = np.where(impressions > 0, x, 0)
    scale = np.maximum(spread.max(axis=1, initial=0.0), LEAST_SPREAD)
    centre = (impressions * x).sum(axis=1) / np.maximum(total, 1)
    away = x - centre[:, None]
    if prior is None:
        [pooled] = common_slopes(clicks, impressions, x[None])
        mean, variance = _moments(
            *_fit(clicks, impressions, away, pooled, (scale / WIDEST) ** 2, scale)
        )
    else:
        mean, variance = float(prior[0]), float(prior[1]) ** 2
    precision = np.full(len(clicks), 1 / max(variance, LEAST_SPREAD**2))
    slope, _ = _fit(clicks, impressions, away, mean, precision, scale)
    expected = (impressions * _relative(slope, away)).sum(axis=1)
    level = np.log((clicks.sum(axis=1) + 0.5) / np.maximum(expected, 1)) - slope * centre
    return Slopes(slope, level, mean, float(np.sqrt(variance)))


def common_slopes(clicks: Floats, impressions: Floats, x: Floats) -> Floats:
    """Slopes that all units have in common, each with a level of its own ``[covariates]``.

    Args:
        clicks: ``[n, days]``.
        impressions: ``[n, days]``.
        x: covariates ``[covariates, n, days]``.

    Returns:
        0 for covariates that never change while a unit has impressions.
    """
    shown = impressions > 0
    clicks, impressions = np.where(shown, clicks, 0), np.where(shown, impressions, 0)
    scale = np.array([np.abs(one[shown]).mean() if shown.any() else 0 for one in x])
    x = x / np.maximum(scale, LEAST_SPREAD)[:, None, None]
    count = clicks.sum(axis=1)
    slope = np.zeros(len(x))
    for _ in range(STEPS):
        log_rate = np.tensordot(slope, x, 1)
        top = np.where(shown, log_rate, -np.inf).max(axis=1, keepdims=True, initial=-700)
        share = impressions * np.exp(np.minimum(log_rate - top, 0))
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
        mean = (share * x).sum(axis=2)
        score = (clicks * x).sum(axis=(1, 2)) - (count * mean).sum(axis=1)
        information = np.einsum("nd,and,bnd->ab", share * count[:, None], x, x)
        information -= np.einsum("an,bn->ab", mean * count, mean)
        step = np.linalg.lstsq(information, score, rcond=1e-9)[0]
        slope += np.clip(step, -LARGEST_STEP, LARGEST_STEP)
    return np.asarray(slope / np.maximum(scale, LEAST_SPREAD))


def _fit(
    clicks: Floats, impressions: Floats, away: Floats, mean: float, precision: Floats, scale: Floats
) -> tuple[Floats, Floats]:
    """Slopes with a normal prior, and the information of the likelihood on each."""
    slope = np.full(len(clicks), mean)
    for _ in range(STEPS):
        score, known = _score(clicks, impressions, away, slope)
        step = (score - precision * (slope - mean)) / (known + precision)
        slope = slope + np.clip(step, -LARGEST_STEP / scale, LARGEST_STEP / scale)
    return slope, known


def _score(
    clicks: Floats, impressions: Floats, away: Floats, slope: Floats
) -> tuple[Floats, Floats]:
    """Derivative of the log-likelihood by the slope, levels profiled out, and its information."""
    rate = impressions * _relative(slope, away)
    share = rate / np.maximum(rate.sum(axis=1, keepdims=True), 1e-300)
    count = clicks.sum(axis=1)
    mean = (share * away).sum(axis=1)
    variance = (share * away**2).sum(axis=1) - mean**2
    return (clicks * away).sum(axis=1) - count * mean, count * np.maximum(variance, 0)


def _relative(slope: Floats, away: Floats) -> Floats:
    """Rates over those at the centre; days without impressions may be far away."""
    return np.exp(np.clip(slope[:, None] * away, -30, 30))


def _moments(slope: Floats, known: Floats) -> tuple[float, float]:
    """Mean and variance of slopes of which so much is known."""
    known = np.maximum(known, 0)
    total = known.sum()
    if not total:
        return float(slope.mean()) if len(slope) else 0.0, 0.0
    mean = float((known * slope).sum() / total)
    excess = (known * (slope - mean) ** 2).sum() - max(int((known > 0).sum()) - 1, 0)
    freedom = total - (known**2).sum() / total
    variance = float(max(excess / freedom, 0)) if freedom > 0 else 0.0
    weight = np.where(known > 0, 1 / (variance + 1 / np.maximum(known, 1e-300)), 0)
    return float((weight * slope).sum() / weight.sum()), variance
