"""Discrete-time hazard: logistic regression on person-days with a free level for each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.special import expit

from attrigraph.errors import ConvergenceError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STEPS = 60
"""Maximum number of Newton steps."""

ROWS_AT_ONCE = 4096
"""Rows of features that are weighted at once: they stay in the cache of the processor."""


@dataclass(frozen=True, slots=True, eq=False)
class Hazard:
    """A fitted hazard: ``logit h = level[day] + features @ effect``.

    Attributes:
        level: float64 ``[days]``.
        effect: float64 ``[features]``.
        loss: penalised negative log-likelihood.
        curvature: float64 ``[features, features]``, second derivative of the loss with
            respect to ``effect``, with the day levels profiled out.
        mean: float64 ``[days, features]``, the mean of the features on each day under the weights
            of that derivative; ``features - mean`` identifies the effects given the levels.
    """

    level: NDArray[np.float64]
    effect: NDArray[np.float64]
    loss: float
    curvature: NDArray[np.float64]
    mean: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows a hazard is fitted to, sorted by day.

    Attributes:
        features: float64 ``[m, d]``.
        day: int64 ``[m]``, ascending from 0 to ``days - 1``; each day has an event.
        event: bool ``[m]``.
        weight: float64 ``[m]``, > 0.
        days: number of days.
    """

    features: NDArray[np.float64]
    day: NDArray[np.int64]
    event: NDArray[np.bool_]
    weight: NDArray[np.float64]
    days: int

    def by_day(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of a column ``[m]`` over each day, ``[days]``."""
        first = np.searchsorted(self.day, np.arange(self.days))
        return np.asarray(np.add.reduceat(column, first))

    def weighted_by_day(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of the features times a weight ``[m]`` over each day, ``[days, d]``."""
        first = np.searchsorted(self.day, np.arange(self.days + 1))
        shape = self.days, len(weight)
        weights = sparse.csr_array((weight, np.arange(len(weight)), first), shape=shape)
        return np.asarray(weights @ self.features)

    def weighted_squares(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """``features.T @ diag(weight) @ features`` for a weight ``[m]`` >= 0, ``[d, d]``."""
        root = np.sqrt(weight)
        squares = np.zeros((self.features.shape[1], self.features.shape[1]))
        for start in range(0, len(root), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            weighted = self.features[rows] * root[rows, None]
            squares += weighted.T @ weighted
        return squares

    def chance(
        self,
        level: NDArray[np.float64],
        effect: NDArray[np.float64],
        offset: NDArray[np.float64] | float = 0.0,
    ) -> NDArray[np.float64]:
        """The hazard at each row; ``offset`` is added to its logit."""
        return np.asarray(expit(level[self.day] + self.features @ effect + offset))


def fit_hazard(
    rows: Rows,
    penalty: NDArray[np.float64],
    *,
    start: Hazard | None = None,
    tolerance: float = 1e-9,
) -> Hazard:
    """Maximise the penalised likelihood by Newton steps; the day levels are not penalised.

    The levels' block of the second derivative is diagonal, so they are eliminated exactly at the
    cost of one column. Their score equations make the weighted sum of fitted hazards equal
    the number of events on every day.

    Args:
        rows: person-days.
        penalty: ``[d]``, ridge on each effect: ``sum(penalty * effect**2) / 2``.
        start: initial values, a fit with the same features.
        tolerance: relative decrease of the loss at convergence.

    Raises:
        ConvergenceError: the fit did not converge within ``MAX_STEPS`` steps.
    """
    effect = np.zeros(rows.features.shape[1]) if start is None else start.effect
    level = _base_level(rows) if start is None else start.level
    loss = _loss(rows, penalty, level, effect)
    for _ in range(MAX_STEPS):
        step_level, step_effect, curvature, mean = newton_step(rows, penalty, level, effect)
        size, new_loss = _descend(rows, penalty, (level, effect), (step_level, step_effect), loss)
        level, effect = level + size * step_level, effect + size * step_effect
        if loss - new_loss <= tolerance * abs(new_loss):
            return Hazard(level, effect, new_loss, curvature, mean)
        loss = new_loss
    raise ConvergenceError(
        f"the hazard model did not converge in {MAX_STEPS} Newton steps on {len(rows.day)}"
        f" person-days with {counted(int(rows.event.sum()), 'conversion')}; a channel or covariate"
        " may separate converting customers from the others perfectly: leave it out, or"
        " use a longer window"
    )


def _base_level(rows: Rows) -> NDArray[np.float64]:
    share = rows.by_day(rows.weight * rows.event) / rows.by_day(rows.weight)
    share = np.minimum(share, 1 - 1e-9)
    return np.log(share) - np.log1p(-share)


def _loss(
    rows: Rows,
    penalty: NDArray[np.float64],
    level: NDArray[np.float64],
    effect: NDArray[np.float64],
) -> float:
    logit = level[rows.day] + rows.features @ effect
    likelihood = rows.weight @ (np.logaddexp(0.0, logit) - rows.event * logit)
    return float(likelihood + 0.5 * penalty @ effect**2)


def newton_step(
    rows: Rows,
    penalty: NDArray[np.float64],
    level: NDArray[np.float64],
    effect: NDArray[np.float64],
    offset: NDArray[np.float64] | float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """One Newton step: steps of levels and effects, curvature and the features' means.

    ``penalty`` is a ridge ``[d]`` or the precision ``[d, d]`` of a normal prior around 0;
    ``offset`` is added to the logit of each row.
    """
    precision = penalty if penalty.ndim == 2 else np.diag(penalty)
    chance = rows.chance(level, effect, offset)
    residual = rows.weight * (rows.event - chance)
    spread = rows.weight * chance * (1 - chance)
    by_day = rows.by_day(spread)
    cross = rows.weighted_by_day(spread)
    mean = cross / by_day[:, None]
    curvature = rows.weighted_squares(spread) + precision - cross.T @ mean
    slope_level = rows.by_day(residual)
    slope = rows.features.T @ residual - precision @ effect - mean.T @ slope_level
    step = np.linalg.solve(curvature, slope).astype(np.float64)
    return slope_level / by_day - mean @ step, step, curvature, mean


def _descend(
    rows: Rows,
    penalty: NDArray[np.float64],
    point: tuple[NDArray[np.float64], NDArray[np.float64]],
    step: tuple[NDArray[np.float64], NDArray[np.float64]],
    loss: float,
) -> tuple[float, float]:
    """Halve the step until the loss does not rise; return its size and the new loss."""
    size = 1.0
    while size > 1e-8:
        new = _loss(rows, penalty, point[0] + size * step[0], point[1] + size * step[1])
        if new <= loss + 1e-12 * abs(loss):
            return size, new
        size /= 2
    return 0.0, loss
