"""The fitted response: the hazard as a function of exposures and conditions.

    logit h = level[day] + sum_c (main_c + segments . by_segment_c) e_c + sum_cd joint_cd e_c e_d
              + conditions . effect
    e_c = 1 - exp(-s_c * sum over touches of 2^(-age / half-life_c))

Half-lives are estimated: first a common one, then one per channel by Gauss-Newton steps in its
logarithm. A t prior shrinks them to each other; normal ones shrink the weights of
pairs and the differences between segments of customers to 0. The
spreads of all priors are estimated too (empirical Bayes; MacKay 1992). The common half-life has a
wide prior: if touches have no effect, it is not identified, and the best-fitting half-life would
turn noise into effects. The saturation s is estimated by the same steps, with a prior around 1.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import block_diag

from attrigraph.attribution.incremental.adstock import ResponseShape, TouchPairs
from attrigraph.attribution.incremental.hazard import Hazard, Rows, fit_hazard, newton_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.game import Effects
    from attrigraph.attribution.incremental.person_days import PersonDays

HALF_LIVES = np.array(
    [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 45.0, 60.0]
)
"""Candidates for the common half-life in days, from half an hour; channels' half-lives stay within
their range."""

CENTER, CENTER_SD = 7.0, 0.8
"""Prior of the common half-life: median in days, and scale of the logarithm."""

SPREAD_START, SPREAD_RANGE = 0.4, (0.25, 1.5)
"""Prior scale of the log of channels' half-lives around the common one: initial value and range."""

TAIL = 3.0
"""Degrees of freedom of both t priors: their tails are heavy, so that one channel whose effect is
over within hours does not pull the half-lives of the others."""

SATURATION, SATURATION_SD, SATURATION_SPREAD = 1.5, 0.6, 0.25
"""Prior of saturations: median, sd of their common log deviation, sd of each channel's own."""

SATURATION_RANGE = (0.1, 20.0)
"""Minimum and maximum saturation."""

MAX_STEP = 0.7
"""Largest change of a log shape in one step."""

HALF_OF_DELAYED = 1.678347
"""Median of the gamma distribution of shape 2: when half of a delayed effect has come, in units of
the days until it is largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """A fitted response.

    Attributes:
        shape: half-life and saturation of each channel.
        life_sds: priors of the log of half-lives.
        effects: weights of exposures and pairs.
        hazard: the fit, its features in the order exposures, pairs, exposures by segment,
            conditions.
        penalty: float64 ``[features]``, of the fit.
        conditions: the source of the condition columns.
    """

    shape: ResponseShape
    life_sds: LifeSds
    effects: Effects
    hazard: Hazard
    penalty: NDArray[np.float64]
    conditions: Conditions

    @property
    def days_to_half(self) -> NDArray[np.float64]:
        """Days ``[keys]`` until half of an effect has come; without a delay its half-life."""
        days = self.shape.half_life
        return days * HALF_OF_DELAYED if self.conditions.delayed else days

    def rest(self, day: NDArray[np.int64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """The part of the logit that does not depend on channels."""
        return self.hazard.level[day] + columns @ self._of_conditions()

    @property
    def intent_effect(self) -> float:
        """Effect of latent intent on the logit; 0 without latent intent."""
        if self.conditions.intent is None:
            return 0.0
        return float(self._of_conditions()[-1])

    def _of_conditions(self) -> NDArray[np.float64]:
        effects = self.effects
        first = len(effects.main) + len(effects.joint) + effects.by_segment.size
        return self.hazard.effect[first:]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Person-days with everything a response is fitted to.

    Attributes:
        person_days: person-days.
        touch_pairs: pairs of person-days and earlier touches.
        columns: float64 ``[m, conditions]``.
        penalty: float64 ``[conditions]``, ridge on the effect of each condition.
        segments: float64 ``[m, segments]``, membership in segments.
        main_penalty: float64 ``[keys]``, ridge on the main effect of each channel.
    """

    person_days: PersonDays
    touch_pairs: TouchPairs
    columns: NDArray[np.float64]
    penalty: NDArray[np.float64]
    segments: NDArray[np.float64]
    main_penalty: NDArray[np.float64]

    def rows(self, features: NDArray[np.float64]) -> Rows:
        """The rows of a fit with these features."""
        days = self.person_days
        return Rows(features, days.day, days.event, days.weight, days.days)


@dataclass(frozen=True, slots=True, eq=False)
class FittedShapes:
    """Half-lives and saturations, and the prior scale of half-lives.

    Attributes:
        log_shape: float64 ``[2 * keys]``, logs of half-lives over ``CENTER`` and of saturations
            over their prior median.
        spread: prior scale of the log of channels' half-lives around their common one.
    """

    log_shape: NDArray[np.float64]
    spread: float

    @property
    def keys(self) -> int:
        """Number of channels."""
        return len(self.log_shape) // 2

    @property
    def shape(self) -> ResponseShape:
        """Half-lives and saturations."""
        return _shape_at(self.log_shape)

    @property
    def life_sds(self) -> LifeSds:
        """Priors of half-lives at the estimates."""
        return LifeSds.at(self.log_shape[: self.keys], self.spread)

    def moved(self, step: NDArray[np.float64]) -> FittedShapes:
        """The shapes after a step ``[2 * keys]``, which is limited, within their ranges."""
        return replace(self, log_shape=_moved(self.log_shape, step))


def fit_shapes(sketch: Evidence, *, rounds: int = 12) -> FittedShapes:
    """Fit half-lives and saturations, with main effects alone.

    Args:
        sketch: person-days; fewer than for the effects are enough.
        rounds: maximum number of Gauss-Newton steps.

    Raises:
        ConvergenceError: the hazard does not converge.
    """
    return _own_shapes(sketch, _common_half_life(sketch), rounds)


def likelihood_loss(evidence: Evidence) -> float:
    """Penalised loss of main effects with the half-life that suits the evidence best."""
    days = _common_half_life(evidence)
    shape = _shape_at(_log_shape(evidence.touch_pairs.keys, days))
    return _main_effects(evidence, shape, None).loss


@dataclass(frozen=True, slots=True, eq=False)
class LifeSds:
    """Normal priors of log half-lives that are equivalent to the t priors at the estimates.

    Attributes:
        common: sd of the deviation that all channels share.
        own: float64 ``[keys]``, sd of each channel's own deviation.
    """

    common: float
    own: NDArray[np.float64]

    @classmethod
    def at(cls, log_life: NDArray[np.float64], spread: float) -> LifeSds:
        """At log half-lives ``[keys]`` relative to ``CENTER``, for a scale of the own ones."""
        center = float(np.median(log_life))
        return cls(
            float(_equivalent_sd(np.array(center), CENTER_SD)),
            _equivalent_sd(log_life - center, spread),
        )


def _equivalent_sd(deviation: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Sd of the normal prior with the same slope as the t prior at a deviation."""
    return np.asarray(scale * np.sqrt((TAIL + (deviation / scale) ** 2) / (TAIL + 1)))


def life_precision(sds: LifeSds) -> NDArray[np.float64]:
    """Precision ``[keys, keys]`` of the prior of log half-lives around ``log(CENTER)``.

    They are the sum of a common normal deviation and own ones.
    """
    return _common_and_own(sds.common, sds.own)


def shape_precision(sds: LifeSds) -> NDArray[np.float64]:
    """Precision ``[2 * keys, 2 * keys]`` of the priors of log half-lives and log saturations."""
    saturation = _common_and_own(SATURATION_SD, np.full(len(sds.own), SATURATION_SPREAD))
    return np.asarray(block_diag(life_precision(sds), saturation))


def _common_and_own(common: float, own: NDArray[np.float64]) -> NDArray[np.float64]:
    shared = np.full((len(own), len(own)), common**2)
    return np.linalg.inv(shared + np.diag(own**2)).astype(np.float64)


def _common_prior(days: float) -> float:
    """Negative log density of the t prior of the common half-life."""
    deviation = np.log(days / CENTER) / CENTER_SD
    return float((TAIL + 1) / 2 * np.log1p(deviation**2 / TAIL))


def _common_half_life(evidence: Evidence) -> float:
    """The most likely of ``HALF_LIVES``, by descent from the middle."""
    losses: dict[int, float] = {}
    fit: Hazard | None = None
    best = len(HALF_LIVES) // 2
    while True:
        for candidate in (best - 1, best, best + 1):
            if 0 <= candidate < len(HALF_LIVES) and candidate not in losses:
                days = HALF_LIVES[candidate]
                fit = _main_effects(
                    evidence, _shape_at(_log_shape(evidence.touch_pairs.keys, days)), fit
                )
                losses[candidate] = fit.loss + _common_prior(float(days))
        lowest = min(losses, key=lambda candidate: losses[candidate])
        if lowest == best:
            return float(HALF_LIVES[best])
        best = lowest


def _log_shape(keys: int, half_life: float) -> NDArray[np.float64]:
    """Log shape with one half-life for all channels and saturations at the prior median."""
    return np.repeat([np.log(half_life / CENTER), 0.0], keys)


def _shape_at(log_shape: NDArray[np.float64]) -> ResponseShape:
    """The shape from logs of half-lives over ``CENTER`` and of saturations over their median."""
    half_life, saturation = np.split(np.exp(log_shape), 2)
    return ResponseShape(CENTER * half_life, SATURATION * saturation)


def _main_effects(evidence: Evidence, shape: ResponseShape, start: Hazard | None) -> Hazard:
    features = np.concatenate([evidence.touch_pairs.exposure(shape), evidence.columns], axis=1)
    penalty = np.concatenate([evidence.main_penalty, evidence.penalty])
    return fit_hazard(evidence.rows(features), penalty, start=start, tolerance=1e-7)


def _moved(log_shape: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    return _within_ranges(log_shape + np.clip(step, -MAX_STEP, MAX_STEP))


def _within_ranges(log_shape: NDArray[np.float64]) -> NDArray[np.float64]:
    keys = len(log_shape) // 2
    ends = np.log(np.stack([HALF_LIVES[[0, -1]] / CENTER, np.divide(SATURATION_RANGE, SATURATION)]))
    low, high = np.repeat(ends, keys, axis=0).T
    return np.clip(log_shape, low, high)


def moved_shape(shape: ResponseShape, step: NDArray[np.float64]) -> ResponseShape:
    """The shape after a step ``[2 * keys]`` of the logs of half-lives and saturations.

    Both stay within their ranges.
    """
    logs = np.log([shape.half_life / CENTER, shape.saturation / SATURATION]).ravel()
    return _shape_at(_within_ranges(logs + step))


def _own_shapes(evidence: Evidence, common: float, rounds: int) -> FittedShapes:
    """Shapes and the prior scale of half-lives, by steps that decrease the penalised loss."""
    keys = evidence.touch_pairs.keys
    spread, size = SPREAD_START, 1.0
    log_shape = _log_shape(keys, common)
    fit = _main_effects(evidence, _shape_at(log_shape), None)
    for _ in range(rounds):
        sds = LifeSds.at(log_shape[:keys], spread)
        precision = shape_precision(sds)
        step, variance = _shape_step(evidence, fit, log_shape, precision)
        trial = _moved(log_shape, size * step)
        trial_fit = _main_effects(evidence, _shape_at(trial), fit)
        prior_shift = (trial @ precision @ trial - log_shape @ precision @ log_shape) / 2
        if trial_fit.loss - fit.loss + prior_shift > 0:
            size /= 2
            continue
        change = np.abs(trial - log_shape).max()
        log_shape, fit = trial, trial_fit
        estimate = _spread_of(log_shape[:keys], variance[:keys, :keys])
        converged = abs(np.log(estimate / spread)) < 0.1
        spread = estimate
        if change < 0.05 and converged:
            break
    return FittedShapes(log_shape, spread)


def _spread_of(log_shape: NDArray[np.float64], variance: NDArray[np.float64]) -> float:
    """Sd of log half-lives around their mean, from estimates and their posterior ``variance``."""
    keys = len(log_shape)
    if keys == 1:
        return SPREAD_START
    centering = np.eye(keys) - 1 / keys
    squares = log_shape @ centering @ log_shape + np.trace(centering @ variance)
    return float(np.clip(np.sqrt(squares / (keys - 1)), *SPREAD_RANGE))


def _shape_step(
    evidence: Evidence,
    fit: Hazard,
    log_shape: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Newton step ``[2 * keys]`` and variance ``[2 * keys, 2 * keys]`` of log shapes.

    It is one Newton step of a hazard that has the logit's gradient in the shapes as features. Their
    effects are deviations from the prior medians; an offset removes their contribution to the
    logit, which the exposures already contain.
    """
    keys = evidence.touch_pairs.keys
    shape = _shape_at(log_shape)
    exposure, gradient = evidence.touch_pairs.exposure_and_gradient(shape, fit.effect[:keys])
    features = np.concatenate([exposure, evidence.columns, gradient], axis=1)
    ridge = np.concatenate([evidence.main_penalty, evidence.penalty])
    penalty = block_diag(np.diag(ridge), precision)
    rows = evidence.rows(features)
    effect = np.concatenate([fit.effect, log_shape])
    _, step, curvature, _ = newton_step(rows, penalty, fit.level, effect, -(gradient @ log_shape))
    variance = np.linalg.inv(curvature)[-len(log_shape) :, -len(log_shape) :]
    return step[-len(log_shape) :], variance.astype(np.float64)
