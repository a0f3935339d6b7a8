"""The fitted response: how exposures and conditions make the hazard, and with which half-lives.

    logit h = level[day] + sum_c main_c e_c + sum_cd joint_cd e_c e_d + conditions . effect
    e_c = 1 - exp(-s_c * sum over touches of 2^(-age / half-life_c))

Half-lives are learnt: first a common one, then each channel's own by Gauss-Newton steps in its
logarithm, drawn to each other by a normal prior; the pairs' weights are drawn to 0 by another. The
spreads of both priors are estimated too (empirical Bayes; MacKay 1992). What all half-lives have in
common has a wide prior of its own: where touches do nothing, nothing in the data tells how long
they do it, and the half-life that happens to fit best would make effects out of chance. How soon
exposures saturate, s, is learnt by the same steps, under a prior around 1.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import block_diag

from attrigraph.attribution.incremental.adstock import ResponseShape, TouchPairs
from attrigraph.attribution.incremental.game import Effects
from attrigraph.attribution.incremental.hazard import Hazard, Rows, fit_hazard, newton_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.person_days import PersonDays

HALF_LIVES = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 45.0, 60.0])
"""Days tried as the common half-life; channels' own stay within this range."""

CENTER, CENTER_SD = 7.0, 0.8
"""Prior of the common half-life: median in days, and sd of the logarithm; 95 % are 1.5 to 34."""

SPREAD_START, SPREAD_RANGE = 0.4, (0.25, 1.5)
"""Prior sd of the log of channels' half-lives around the common one: first and allowed values."""

SATURATION, SATURATION_SD, SATURATION_SPREAD = 1.5, 0.6, 0.25
"""Prior of saturations: median, sd of what their logarithms have in common, sd of their own."""

SATURATION_RANGE = (0.1, 20.0)
"""Least and largest saturation."""

RIDGE = 1.0
"""Penalty on main effects and conditions: a prior sd of 1 on the logit scale."""

JOINT_RANGE = (0.1, 1e4)
"""Least and largest penalty on pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """A fitted response.

    Attributes:
        shape: how touches fade and add up.
        spread: prior sd of the log of channels' half-lives around their common one, as estimated.
        effects: weights of exposures and pairs.
        hazard: the fit, its features in the order exposures, pairs, conditions.
        penalty: float64 ``[features]``, as fitted.
        conditions: where the condition columns come from.
    """

    shape: ResponseShape
    spread: float
    effects: Effects
    hazard: Hazard
    penalty: NDArray[np.float64]
    conditions: Conditions

    def rest(self, day: NDArray[np.int64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """The part of the logit that no channel changes."""
        first = len(self.effects.main) + len(self.effects.joint)
        return self.hazard.level[day] + columns @ self.hazard.effect[first:]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Moments with all that a response is fitted to.

    Attributes:
        person_days: person-days.
        reach: the touches that reach them.
        columns: float64 ``[m, conditions]``.
    """

    person_days: PersonDays
    touch_pairs: TouchPairs
    columns: NDArray[np.float64]

    def rows(self, features: NDArray[np.float64]) -> Rows:
        """The same moments with a design."""
        m = self.person_days
        return Rows(features, m.day, m.event, m.weight, m.days)


def fit_response(
    evidence: Evidence, conditions: Conditions, sketch: Evidence, *, rounds: int = 12
) -> Response:
    """Fit shapes, then effects with pairs.

    Args:
        evidence: the person-days.
        conditions: where their condition columns come from; kept with the result.
        sketch: fewer person-days, from which the shapes are learnt.
        rounds: most Gauss-Newton steps for the shapes.

    Raises:
        ConvergenceError: when the hazard does not converge.
    """
    keys = evidence.touch_pairs.keys
    shape, spread = _own_shapes(sketch, _common_half_life(sketch), rounds)
    pairs = np.array(list(combinations(range(keys), 2)), dtype=np.int64).reshape(-1, 2)
    exposure = evidence.touch_pairs.exposure(shape)
    products = exposure[:, pairs[:, 0]] * exposure[:, pairs[:, 1]]
    rows = evidence.rows(np.concatenate([exposure, products, evidence.columns], axis=1))
    joint = slice(keys, keys + len(pairs))
    hazard, penalty = _with_pairs(rows, joint)
    effects = Effects(hazard.effect[:keys], pairs, hazard.effect[joint])
    return Response(shape, spread, effects, hazard, penalty, conditions)


def life_precision(keys: int, spread: float) -> NDArray[np.float64]:
    """Precision ``[keys, keys]`` of the prior of log half-lives around ``log(CENTER)``.

    They have a normal part of sd ``CENTER_SD`` in common and parts of sd ``spread`` of their own.
    """
    return _common_and_own(keys, CENTER_SD, spread)


def shape_precision(keys: int, spread: float) -> NDArray[np.float64]:
    """Precision ``[2 * keys, 2 * keys]`` of the priors of log half-lives and log saturations."""
    saturation = _common_and_own(keys, SATURATION_SD, SATURATION_SPREAD)
    return np.asarray(block_diag(life_precision(keys, spread), saturation))


def _common_and_own(keys: int, common: float, own: float) -> NDArray[np.float64]:
    shared = np.full((keys, keys), common**2)
    return np.linalg.inv(shared + own**2 * np.eye(keys)).astype(np.float64)


def _common_half_life(evidence: Evidence) -> float:
    """The likeliest of ``HALF_LIVES``, walking downhill from the middle."""
    losses: dict[int, float] = {}
    fit: Hazard | None = None
    best = len(HALF_LIVES) // 2
    while True:
        for place in (best - 1, best, best + 1):
            if 0 <= place < len(HALF_LIVES) and place not in losses:
                days = HALF_LIVES[place]
                fit = _main_effects(
                    evidence, _shape_at(_place_of(evidence.touch_pairs.keys, days)), fit
                )
                losses[place] = fit.loss + (np.log(days / CENTER) / CENTER_SD) ** 2 / 2
        lowest = min(losses, key=lambda place: losses[place])
        if lowest == best:
            return float(HALF_LIVES[best])
        best = lowest


def _place_of(keys: int, half_life: float) -> NDArray[np.float64]:
    """Where all half-lives are the same and all saturations as the prior has them."""
    return np.repeat([np.log(half_life / CENTER), 0.0], keys)


def _shape_at(place: NDArray[np.float64]) -> ResponseShape:
    """The shape at a place: logs of half-lives over ``CENTER``, of saturations over theirs."""
    half_life, saturation = np.split(np.exp(place), 2)
    return ResponseShape(CENTER * half_life, SATURATION * saturation)


def _main_effects(evidence: Evidence, shape: ResponseShape, start: Hazard | None) -> Hazard:
    features = np.concatenate([evidence.touch_pairs.exposure(shape), evidence.columns], axis=1)
    penalty = np.full(features.shape[1], RIDGE)
    return fit_hazard(evidence.rows(features), penalty, start=start, tolerance=1e-7)


def _own_shapes(evidence: Evidence, common: float, rounds: int) -> tuple[ResponseShape, float]:
    """Shapes and the half-lives' spread, by steps that keep the penalised loss falling."""
    keys = evidence.touch_pairs.keys
    ends = np.log(np.stack([HALF_LIVES[[0, -1]] / CENTER, np.divide(SATURATION_RANGE, SATURATION)]))
    low, high = np.repeat(ends, keys, axis=0).T
    spread, size = SPREAD_START, 1.0
    place = _place_of(keys, common)
    fit = _main_effects(evidence, _shape_at(place), None)
    for _ in range(rounds):
        precision = shape_precision(keys, spread)
        step, variance = _shape_step(evidence, fit, place, precision)
        trial = np.clip(place + np.clip(size * step, -0.7, 0.7), low, high)
        tried = _main_effects(evidence, _shape_at(trial), fit)
        prior_shift = (trial @ precision @ trial - place @ precision @ place) / 2
        if tried.loss - fit.loss + prior_shift > 0:
            size /= 2
            continue
        moved = np.abs(trial - place).max()
        place, fit = trial, tried
        wanted = _spread_of(place[:keys], variance[:keys, :keys])
        settled = abs(np.log(wanted / spread)) < 0.1
        spread = wanted
        if moved < 0.05 and settled:
            break
    return _shape_at(place), spread


def _spread_of(place: NDArray[np.float64], variance: NDArray[np.float64]) -> float:
    """Sd of log half-lives around their mean, from places and their posterior ``variance``."""
    keys = len(place)
    if keys == 1:
        return SPREAD_START
    around = np.eye(keys) - 1 / keys
    squares = place @ around @ place + np.trace(around @ variance)
    return float(np.clip(np.sqrt(squares / (keys - 1)), *SPREAD_RANGE))


def _shape_step(
    evidence: Evidence,
    fit: Hazard,
    place: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Newton step ``[2 * keys]`` and variance ``[2 * keys, 2 * keys]`` of a place.

    It is one Newton step of a hazard with what shapes do to the logit as further features.
    Their effects are distances from the centre; an offset takes back what these add to the logit,
    which the exposures hold already.
    """
    keys = evidence.touch_pairs.keys
    shape = _shape_at(place)
    exposure, gradient = evidence.touch_pairs.exposure_and_gradient(shape, fit.effect[:keys])
    features = np.concatenate([exposure, evidence.columns, gradient], axis=1)
    penalty = block_diag(RIDGE * np.eye(len(fit.effect)), precision)
    rows = evidence.rows(features)
    effect = np.concatenate([fit.effect, place])
    _, step, curvature, _ = newton_step(rows, penalty, fit.level, effect, -(gradient @ place))
    variance = np.linalg.inv(curvature)[-len(place) :, -len(place) :]
    return step[-len(place) :], variance.astype(np.float64)


def _with_pairs(rows: Rows, joint: slice) -> tuple[Hazard, NDArray[np.float64]]:
    """Fit all effects; the pairs' penalty is updated until it agrees with their spread."""
    penalty = np.full(rows.features.shape[1], RIDGE)
    count = joint.stop - joint.start
    if count == 0:
        return fit_hazard(rows, penalty), penalty
    penalty[joint], fit = 10.0, None
    for _ in range(20):
        fit = fit_hazard(rows, penalty, start=fit, tolerance=1e-6)
        spread = np.linalg.inv(fit.curvature)[joint, joint].trace()
        size = float(fit.effect[joint] @ fit.effect[joint])
        wanted = float(np.clip(count / (size + spread), *JOINT_RANGE))
        settled = abs(np.log(wanted / penalty[joint.start])) < 0.05
        penalty[joint] = wanted
        if settled:
            break
    return fit_hazard(rows, penalty, start=fit), penalty
