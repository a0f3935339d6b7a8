"""Effects with pairs and segments, fitted together with half-lives and saturations.

Shapes are fitted to main effects first, on a sample of person-days. They then have the noise of its
controls, and effects that differ between segments or depend on other channels bend them. A few
Gauss-Newton steps of shapes and all effects on the person-days of the fit remove both (one-step
estimation; Le Cam 1956). The intervals take all of them to be fitted together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import block_diag

from attrigraph.attribution.incremental.features import feature_matrix, shrunk_groups
from attrigraph.attribution.incremental.game import Effects
from attrigraph.attribution.incremental.hazard import Hazard, Rows, fit_hazard, newton_step
from attrigraph.attribution.incremental.response import Response, shape_precision
from attrigraph.attribution.incremental.shrinkage import SpreadPosterior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.response import Evidence, FittedShapes

SHRUNK_START = 10.0
"""Initial penalty on pairs and on differences between segments."""

MAX_STEPS: Final = 5
"""Maximum number of Gauss-Newton steps of shapes and effects together."""

DONE: Final = 0.05
"""Change of log shapes below which no further step is made."""


def fit_effects(evidence: Evidence, conditions: Conditions, shapes: FittedShapes) -> Response:
    """Fit effects of exposures, pairs, exposures by segment and conditions, and shapes with them.

    Args:
        evidence: the person-days.
        conditions: the source of their condition columns; kept with the result.
        shapes: half-lives and saturations to start from.

    Raises:
        ConvergenceError: the hazard does not converge.
    """
    fit = _JointFit.first(evidence, shapes)
    for _ in range(MAX_STEPS):
        moved = fit.improved(evidence)
        if moved is None:
            break
        change = np.abs(moved.shapes.log_shape - fit.shapes.log_shape).max()
        fit = moved
        if change < DONE:
            break
    return fit.shrunk(evidence).response(conditions)


@dataclass(frozen=True, slots=True, eq=False)
class _JointFit:
    """Shapes and effects.

    Attributes:
        shapes: half-lives and saturations.
        hazard: the fit at these shapes.
        penalty: float64 ``[features]``, of its effects.
        pairs: int64 ``[pairs, 2]``, channels whose exposures are multiplied.
        segments: number of segments.
    """

    shapes: FittedShapes
    hazard: Hazard
    penalty: NDArray[np.float64]
    pairs: NDArray[np.int64]
    segments: int

    @classmethod
    def first(cls, evidence: Evidence, shapes: FittedShapes) -> _JointFit:
        """Effects for given shapes, with estimated penalties on pairs and segments."""
        keys, segments = evidence.touch_pairs.keys, evidence.segments.shape[1]
        pairs = np.array(list(combinations(range(keys), 2)), dtype=np.int64).reshape(-1, 2)
        groups = shrunk_groups(keys, len(pairs), segments)
        shrunk = np.full(groups[-1].stop - keys, SHRUNK_START)
        penalty = np.concatenate([evidence.main_penalty, shrunk, evidence.penalty])
        rows = _rows(evidence, shapes, pairs)
        hazard, penalty = _with_shrunk(rows, groups, penalty, None)
        return cls(shapes, hazard, penalty, pairs, segments)

    @property
    def groups(self) -> tuple[slice, slice]:
        """Features that shrink together."""
        return shrunk_groups(self.shapes.keys, len(self.pairs), self.segments)

    @property
    def effects(self) -> Effects:
        """Weights of exposures, pairs and segments."""
        effect, keys = self.hazard.effect, self.shapes.keys
        joint, own = self.groups
        return Effects(effect[:keys], self.pairs, effect[joint], effect[own].reshape(-1, keys))

    def is_better_than(self, before: _JointFit) -> bool:
        """Whether the penalised loss is lower, with the priors of the fit before."""
        precision = shape_precision(before.shapes.life_sds)
        own, other = (
            fit.hazard.loss + float(fit.shapes.log_shape @ precision @ fit.shapes.log_shape) / 2
            for fit in (self, before)
        )
        return own < other

    def improved(self, evidence: Evidence) -> _JointFit | None:
        """One Gauss-Newton step of shapes and effects, or half of it; None if neither is better."""
        step = self._step(evidence)
        for part in (1.0, 0.5):
            moved = self._moved(evidence, part * step)
            if moved.is_better_than(self):
                return moved
        return None

    def _moved(self, evidence: Evidence, step: NDArray[np.float64]) -> _JointFit:
        """The shapes after a step, and the effects at them."""
        shapes = self.shapes.moved(step)
        rows = _rows(evidence, shapes, self.pairs)
        hazard = fit_hazard(rows, self.penalty, start=self.hazard, tolerance=1e-7)
        return replace(self, shapes=shapes, hazard=hazard)

    def _step(self, evidence: Evidence) -> NDArray[np.float64]:
        """The step of log shapes, ``[2 * keys]``.

        An offset removes from the logit what the gradient in the shapes adds to it, as exposures
        contain that already.
        """
        log_shape = self.shapes.log_shape
        exposure, gradient = evidence.touch_pairs.exposure_and_gradient(
            self.shapes.shape, self.effects.main_of(evidence.segments)
        )
        columns = evidence.columns, gradient
        rows = evidence.rows(feature_matrix(exposure, self.pairs, evidence.segments, *columns))
        precision = block_diag(np.diag(self.penalty), shape_precision(self.shapes.life_sds))
        effect = np.concatenate([self.hazard.effect, log_shape])
        offset = -(gradient @ log_shape)
        _, step, _, _ = newton_step(rows, precision, self.hazard.level, effect, offset)
        return step[-len(log_shape) :]

    def shrunk(self, evidence: Evidence) -> _JointFit:
        """The fit with penalties that match its effects."""
        rows = _rows(evidence, self.shapes, self.pairs)
        hazard, penalty = _with_shrunk(rows, self.groups, self.penalty, self.hazard)
        return replace(self, hazard=hazard, penalty=penalty)

    def response(self, conditions: Conditions) -> Response:
        """The fitted response."""
        shapes = self.shapes
        return Response(
            shapes.shape, shapes.life_sds, self.effects, self.hazard, self.penalty, conditions
        )


def _rows(evidence: Evidence, shapes: FittedShapes, pairs: NDArray[np.int64]) -> Rows:
    exposure = evidence.touch_pairs.exposure(shapes.shape)
    return evidence.rows(feature_matrix(exposure, pairs, evidence.segments, evidence.columns))


def _with_shrunk(
    rows: Rows, groups: Sequence[slice], penalty: NDArray[np.float64], fit: Hazard | None
) -> tuple[Hazard, NDArray[np.float64]]:
    """Fit all effects; each group's penalty is iterated until it fits the group's effects.

    ``penalty`` and ``fit`` are where it starts; effects start at 0 without a fit.
    """
    groups = [group for group in groups if group.stop > group.start]
    penalty = penalty.copy()
    for _ in range(20 if groups else 0):
        fit = fit_hazard(rows, penalty, start=fit, tolerance=1e-6)
        variance = np.linalg.inv(fit.curvature).astype(np.float64)
        before = penalty.copy()
        for group in groups:
            spread = SpreadPosterior.of(
                fit.effect[group], variance[group, group], float(before[group.start])
            )
            penalty[group] = spread.penalty
        if np.abs(np.log(penalty / before)).max() < 0.05:
            break
    return fit_hazard(rows, penalty, start=fit), penalty
