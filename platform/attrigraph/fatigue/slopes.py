"""Exponential decay of each unit, with slopes that are shrunk to what units have in common.

    clicks ~ Poisson(impressions exp(level + slope x)),  slope ~ Normal(mean, variance)

Levels are free. Mean and variance are those of the slopes without shrinkage, weighted by what their
likelihood knows (DerSimonian and Laird 1986). Slopes are fitted by Newton's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.tilting import LEAST_TOTAL, Tilted, tilt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

WIDEST: Final = 3.0
"""Standard deviation of the prior that slopes have at first: of a log rate over the range of x."""

BLOCK: Final = 4096
"""Units that are fitted together: their sums fit into the cache of a core."""

SAMPLED: Final = 8
"""Slopes in common are first those of one in so many blocks."""


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
    blocks = _blocks(clicks, impressions, x[None])
    first = 0.0 if prior is None else float(prior[0])
    slope = np.full(len(clicks), first) if near is None else near.slope.copy()
    fits = [(one, Tilted(one.impressions, one.away[0], slope[one.units])) for one in blocks]
    if prior is None:
        mean = _pooled(fits, 0.0 if near is None else near.mean)
        if near is None:
            slope[:] = mean
        mean, variance = _moments(slope, _fit(fits, slope, mean, None))
    else:
        mean, variance = first, float(prior[1]) ** 2
    _fit(fits, slope, mean, max(variance, LEAST_SPREAD**2))
    level = np.zeros(len(clicks))
    for block, tilted in fits:
        own = slope[block.units]
        expected, _, _ = tilted.at(own)
        log_rate = np.log((block.clicks + 0.5) / np.maximum(expected, 1))
        level[block.units] = log_rate - own * block.centre[0]
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
    blocks = _blocks(clicks, impressions, x)
    start = _common(blocks[::SAMPLED], np.zeros(len(x)))
    return _common(blocks, start)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Figures of units that are shown on about the same days, on these days.

    Attributes:
        units: numbers ``[b]``.
        impressions: ``[b, days]``.
        away: covariates less their means over impressions ``[covariates, b, days]``; 0 on days
            without impressions.
        centre: these means ``[covariates, b]``.
        clicks: on days with impressions ``[b]``.
        moment: sums of ``away`` over clicks ``[covariates, b]``.
        range: largest value of the first covariate on days with impressions ``[b]``, above 0.
        size: sums of absolute covariates on days with impressions ``[covariates]``.
        shown: how many days with impressions there are.
    """

    units: Integers
    impressions: Floats
    away: Floats
    centre: Floats
    clicks: Floats
    moment: Floats
    range: Floats
    size: Floats
    shown: int


def _blocks(clicks: Floats, impressions: Floats, x: Floats) -> list[_Block]:
    return [
        _block(rows, *(table.take(rows, axis=-2)[..., days] for table in (clicks, impressions, x)))
        for rows, days in _live(impressions)
    ]


def _block(units: Integers, clicks: Floats, impressions: Floats, x: Floats) -> _Block:
    seen = impressions > 0
    clicks, x = clicks * seen, x * seen
    centre = _sum(impressions, x) / np.maximum(impressions.sum(axis=1), 1)
    away = (x - centre[..., None]) * seen
    return _Block(
        units,
        impressions,
        away,
        centre,
        clicks.sum(axis=1),
        _sum(clicks, away),
        range=np.maximum(x[0].max(axis=1, initial=0.0), LEAST_SPREAD),
        size=np.abs(x).sum(axis=(1, 2)),
        shown=int(seen.sum()),
    )


def _live(impressions: Floats) -> Iterator[tuple[Integers, slice]]:
    """Units by their first day with impressions, with the days on which any has some."""
    shown = impressions > 0
    first = shown.argmax(axis=1) if impressions.size else np.zeros(len(impressions), np.int64)
    order = np.argsort(first, kind="stable")
    for start in range(0, len(order), BLOCK):
        rows = order[start : start + BLOCK]
        days = np.flatnonzero(shown[rows].any(axis=0))
        yield rows, slice(days[0], days[-1] + 1) if len(days) else slice(0, 0)


def _common(blocks: list[_Block], start: Floats) -> Floats:
    """Slopes that all units have in common, from some start ``[covariates]``."""

    def derivatives(slope: Floats) -> tuple[Floats, Floats]:
        score, information = np.zeros(len(slope)), np.zeros((len(slope), len(slope)))
        for block in blocks:
            rate = block.impressions * tilt(np.einsum("a,and->nd", slope, block.away))
            rate *= (block.clicks / np.maximum(rate.sum(axis=1), LEAST_TOTAL))[:, None]
            weighted = rate * block.away
            mean = weighted.sum(axis=2)
            score += (block.moment - mean).sum(axis=1)
            information += np.einsum("and,bnd->ab", weighted, block.away)
            information -= mean / np.maximum(block.clicks, LEAST_TOTAL) @ mean.T
        return score, information

    return _highest(derivatives, start, blocks)


def _pooled(fits: list[tuple[_Block, Tilted]], start: float) -> float:
    """The same of one covariate."""

    def derivatives(slope: Floats) -> tuple[Floats, Floats]:
        score = information = 0.0
        for block, tilted in fits:
            _, mean, variance = tilted.at(np.broadcast_to(slope, len(block.units)))
            score += float((block.moment[0] - block.clicks * mean).sum())
            information += float(block.clicks @ variance)
        return np.array([score]), np.array([[information]])

    return float(_highest(derivatives, np.array([start]), [block for block, _ in fits])[0])


def _highest(
    derivatives: Callable[[Floats], tuple[Floats, Floats]], start: Floats, blocks: list[_Block]
) -> Floats:
    """Common slopes of the highest likelihood, by its score and its information."""
    slope, size = start.copy(), sum((block.size for block in blocks), np.zeros(len(start)))
    size = np.maximum(size / max(sum(block.shown for block in blocks), 1), LEAST_SPREAD)
    clicks = sum(float(block.clicks.sum()) for block in blocks)
    for _ in range(STEPS):
        score, information = derivatives(slope)
        information = information / size / size[:, None]
        changes = information.diagonal() > LEAST_INFORMATION * clicks
        information *= changes[:, None] & changes
        step = np.linalg.lstsq(information, np.where(changes, score / size, 0), rcond=1e-9)[0]
        slope += np.clip(step, -LARGEST_STEP, LARGEST_STEP) / size
        if np.abs(step).max(initial=0.0) < LEAST_STEP:
            break
    return slope


def _fit(
    fits: list[tuple[_Block, Tilted]], slope: Floats, mean: float, variance: float | None
) -> Floats:
    """Fit slopes with a normal prior, in place, and give the information of the likelihood on each.

    Args:
        fits: of one covariate.
        slope: to begin with ``[n]``.
        mean: of the prior.
        variance: of the prior; None for that of ``WIDEST``.
    """
    known = np.zeros(len(slope))
    for block, tilted in fits:
        moving = np.arange(len(block.units))
        for _ in range(STEPS):
            units, clicks, scale = block.units[moving], block.clicks[moving], block.range[moving]
            precision = (scale / WIDEST) ** 2 if variance is None else 1 / variance
            _, mean_of_x, variance_of_x = tilted.at(slope[units], moving)
            known[units] = information = clicks * variance_of_x
            pull = precision * (slope[units] - mean)
            score = block.moment[0, moving] - clicks * mean_of_x - pull
            step = scale * score / (information + precision)
            slope[units] += np.clip(step, -LARGEST_STEP, LARGEST_STEP) / scale
            moving = moving[np.abs(step) >= LEAST_STEP]
            if not len(moving):
                break
    return known


def _sum(weights: Floats, figures: Floats) -> Floats:
    """Sums over days of figures ``[..., n, days]`` times weights ``[n, days]``."""
    return np.asarray(np.einsum("nd,...nd->...n", weights, figures))


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
