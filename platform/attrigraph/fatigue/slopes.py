"""Exponential decay of each unit, with slopes that are shrunk to what units have in common.

    clicks ~ Poisson(impressions exp(level + slope x)),  slope ~ Normal(mean, variance)

Levels are free. Mean and variance are those of the slopes without shrinkage, weighted by what their
likelihood knows (DerSimonian and Laird 1986). Slopes are fitted by Newton's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

STEPS: Final = 20
"""Of Newton's method at most; few units need more than six."""

LARGEST_STEP: Final = 1.0
"""Change of a log rate over the range of x, or over its mean, in a step."""

LEAST_STEP: Final = 1e-4
"""Of the same, after which a slope is found: errors shrink quadratically."""

LEAST_SPREAD: Final = 1e-9

LEAST_INFORMATION: Final = 1e-12
"""Mean squared distance of x to its mean, over its mean, below which it never changes."""

LEAST_RATE: Final = 1e-300
"""What is divided by in place of 0."""

FEW: Final = 0.75
"""Share of units that still move, below which the others are left out of further steps."""

WIDEST: Final = 3.0
"""Standard deviation of the prior that slopes have at first: of a log rate over the range of x."""

BLOCK: Final = 1024
"""Units that are fitted together: their figures fit into the cache of a core."""


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
    clicks: Floats,
    impressions: Floats,
    x: Floats,
    *,
    prior: Floats | None = None,
    near: Slopes | None = None,
) -> Slopes:
    """Fit the slope of each unit; days without impressions do not count.

    Args:
        clicks: ``[n, days]``.
        impressions: ``[n, days]``.
        x: of each day ``[n, days]``: age, or exposure.
        prior: mean and standard deviation of slopes ``[2]``; None for those of these units.
        near: slopes of nearly the same figures, from which the fit starts.
    """
    counts = _counts(clicks, impressions, x[None])
    scale = np.maximum(np.where(impressions > 0, x, 0).max(axis=1, initial=0.0), LEAST_SPREAD)
    start = None if near is None else near.slope
    if prior is None:
        [pooled] = _common(counts, None if near is None else np.array([near.mean]))
        start, known = _fit(counts, pooled, (scale / WIDEST) ** 2, scale, start)
        mean, variance = _moments(start, known)
    else:
        mean, variance = float(prior[0]), float(prior[1]) ** 2
    precision = np.full(len(clicks), 1 / max(variance, LEAST_SPREAD**2))
    slope, _ = _fit(counts, mean, precision, scale, start)
    level = np.log((counts.clicks + 0.5) / np.maximum(_expected(counts, slope), 1))
    return Slopes(slope, level - slope * counts.centre[0], mean, float(np.sqrt(variance)))


def common_slopes(clicks: Floats, impressions: Floats, x: Floats) -> Floats:
    """Slopes that all units have in common, each with a level of its own ``[covariates]``.

    Args:
        clicks: ``[n, days]``.
        impressions: ``[n, days]``.
        x: covariates ``[covariates, n, days]``.

    Returns:
        0 for covariates that never change while a unit has impressions.
    """
    return _common(_counts(clicks, impressions, x))


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Units that are shown on about the same days: figures of these days.

    Attributes:
        units: numbers ``[b]``.
        impressions: ``[b, days]``.
        away: covariates less their means over impressions ``[covariates, b, days]``.
    """

    units: Integers
    impressions: Floats
    away: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """What slopes are fitted to.

    Attributes:
        blocks: of all units.
        clicks: of each unit on days with impressions ``[n]``.
        moment: sums of covariates, less their means, over clicks ``[covariates, n]``.
        centre: means of covariates over impressions ``[covariates, n]``.
        scale: mean absolute covariates on days with impressions ``[covariates]``.
    """

    blocks: list[_Block]
    clicks: Floats
    moment: Floats
    centre: Floats
    scale: Floats


def _counts(clicks: Floats, impressions: Floats, x: Floats) -> _Counts:
    covariates, units, _ = x.shape
    centre, moment = np.zeros((covariates, units)), np.zeros((covariates, units))
    total, size, shown = np.zeros(units), np.zeros(covariates), 0
    blocks = []
    for rows, days in _live(impressions):
        given, covariate = impressions[rows, days], x[:, rows, days]
        seen = given > 0
        clicked = np.where(seen, clicks[rows, days], 0)
        mean = _sum(given, covariate) / np.maximum(given.sum(axis=1), 1)
        away = covariate - mean[..., None]
        centre[:, rows], total[rows] = mean, clicked.sum(axis=1)
        moment[:, rows] = _sum(clicked, away)
        size += np.abs(covariate).sum(axis=(1, 2), where=seen)
        shown += int(seen.sum())
        blocks.append(_Block(rows, given, away))
    return _Counts(blocks, total, moment, centre, np.maximum(size / max(shown, 1), LEAST_SPREAD))


def _live(impressions: Floats) -> Iterator[tuple[Integers, slice]]:
    """Units by their first day with impressions, with the days on which any has some."""
    shown = impressions > 0
    first = shown.argmax(axis=1) if impressions.size else np.zeros(len(impressions), np.int64)
    order = np.argsort(first, kind="stable")
    for start in range(0, len(order), BLOCK):
        rows = order[start : start + BLOCK]
        days = np.flatnonzero(shown[rows].any(axis=0))
        yield rows, slice(days[0], days[-1] + 1) if len(days) else slice(0, 0)


def _common(counts: _Counts, start: Floats | None = None) -> Floats:
    scale = counts.scale
    slope = np.zeros(len(scale)) if start is None else start * scale
    score_of_clicks = counts.moment.sum(axis=1) / scale
    total = counts.clicks.sum()
    for _ in range(STEPS):
        score, information = score_of_clicks.copy(), np.zeros((len(scale), len(scale)))
        for block in counts.blocks:
            rate = block.impressions * _relative(np.einsum("a,and->nd", slope / scale, block.away))
            weight = counts.clicks[block.units] / np.maximum(rate.sum(axis=1), LEAST_RATE)
            rate *= weight[:, None]
            weighted = rate * block.away / scale[:, None, None]
            mean = weighted.sum(axis=2)
            score -= mean.sum(axis=1)
            information += np.einsum("and,bnd->ab", weighted, block.away) / scale
            share = mean / np.maximum(counts.clicks[block.units], LEAST_RATE)
            information -= share @ mean.T
        changes = information.diagonal() > LEAST_INFORMATION * total
        information *= changes[:, None] & changes
        step = np.linalg.lstsq(information, np.where(changes, score, 0), rcond=1e-9)[0]
        slope += np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        if np.abs(step).max(initial=0.0) < LEAST_STEP:
            break
    return np.asarray(slope / scale)


def _fit(
    counts: _Counts, mean: float, precision: Floats, scale: Floats, start: Floats | None = None
) -> tuple[Floats, Floats]:
    """Slopes with a normal prior, and the information of the likelihood on each.

    Args:
        counts: of one covariate.
        mean: of the prior.
        precision: of the prior ``[n]``.
        scale: range of x ``[n]``.
        start: of slopes ``[n]``; None for the mean.
    """
    slope = np.full(len(precision), mean) if start is None else start.copy()
    known = np.zeros(len(precision))
    for block in counts.blocks:
        units, impressions, away = block.units, block.impressions, block.away[0]
        for _ in range(STEPS):
            score, known[units] = _score(
                impressions, away, slope[units], counts.clicks[units], counts.moment[0, units]
            )
            pull = precision[units] * (slope[units] - mean)
            step = scale[units] * (score - pull) / (known[units] + precision[units])
            slope[units] += np.clip(step, -LARGEST_STEP, LARGEST_STEP) / scale[units]
            moves = np.abs(step) >= LEAST_STEP
            if not moves.any():
                break
            if moves.mean() < FEW:
                units, impressions, away = units[moves], impressions[moves], away[moves]
    return slope, known


def _score(
    impressions: Floats, away: Floats, slope: Floats, clicks: Floats, moment: Floats
) -> tuple[Floats, Floats]:
    """Derivative of the log-likelihood by the slope, levels profiled out, and its information."""
    rate = impressions * _relative(slope[:, None] * away)
    total = np.maximum(rate.sum(axis=1), LEAST_RATE)
    rate *= away
    mean = rate.sum(axis=1) / total
    variance = _sum(rate, away) / total - mean**2
    return moment - clicks * mean, clicks * np.maximum(variance, 0)


def _expected(counts: _Counts, slope: Floats) -> Floats:
    """Impressions times rates relative to those at the centre ``[n]``."""
    expected = np.zeros(len(slope))
    for block in counts.blocks:
        rate = _relative(slope[block.units, None] * block.away[0])
        expected[block.units] = _sum(block.impressions, rate)
    return expected


def _sum(weights: Floats, figures: Floats) -> Floats:
    """Sums over days of figures ``[..., n, days]`` times weights ``[n, days]``."""
    return np.asarray(np.einsum("nd,...nd->...n", weights, figures))


def _relative(log_rate: Floats) -> Floats:
    """Rates over those at the centre, in place; days without impressions may be far away."""
    return np.exp(np.clip(log_rate, -30, 30, out=log_rate), out=log_rate)


def _moments(slope: Floats, known: Floats) -> tuple[float, float]:
    """Mean and variance of slopes of which so much is known."""
    total = known.sum()
    if not total:
        return float(slope.mean()) if len(slope) else 0.0, 0.0
    mean = float((known * slope).sum() / total)
    excess = (known * (slope - mean) ** 2).sum() - max(int((known > 0).sum()) - 1, 0)
    freedom = total - (known**2).sum() / total
    variance = float(max(excess / freedom, 0)) if freedom > 0 else 0.0
    weight = np.where(known > 0, 1 / (variance + 1 / np.maximum(known, 1e-300)), 0)
    return float((weight * slope).sum() / weight.sum()), variance
