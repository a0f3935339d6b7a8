"""The fitted response: how exposures and conditions make the hazard, and with which half-lives.

    logit h = level[day] + sum_c main_c e_c + sum_cd joint_cd e_c e_d + conditions . effect
    e_c = 1 - exp(-1.5 * sum over touches of 2^(-age / half-life_c))

Half-lives are learnt: first the common one that fits best, then each channel's own by Gauss-Newton
steps in its logarithm, drawn to the common one by a normal prior; the pairs' weights are drawn to 0
by another. The spreads of both priors are estimated too (empirical Bayes; MacKay 1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.exposure import Reach, saturate, saturation_slope
from attrigraph.attribution.game import Effects
from attrigraph.attribution.hazard import Hazard, Rows, fit_hazard, newton_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.conditions import Conditions
    from attrigraph.attribution.moments import Moments

HALF_LIVES = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 45.0, 60.0])
"""Days tried as the common half-life; channels' own stay within this range."""

SPREAD_START, SPREAD_RANGE = 0.4, (0.25, 1.5)
"""Prior sd of the log of channels' half-lives around the common one: first and allowed values."""

RIDGE = 1.0
"""Penalty on main effects and conditions: a prior sd of 1 on the logit scale."""

JOINT_RANGE = (0.1, 1e4)
"""Least and largest penalty on pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """A fitted response.

    Attributes:
        half_life: float64 ``[keys]``, days.
        common: the common half-life, days.
        spread: prior sd of the log of channels' half-lives around it, as estimated.
        effects: weights of exposures and pairs.
        hazard: the fit, its features in the order exposures, pairs, conditions.
        penalty: float64 ``[features]``, as fitted.
        conditions: where the condition columns come from.
    """

    half_life: NDArray[np.float64]
    common: float
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
        moments: person-days.
        reach: the touches that reach them.
        columns: float64 ``[m, conditions]``.
    """

    moments: Moments
    reach: Reach
    columns: NDArray[np.float64]

    def rows(self, features: NDArray[np.float64]) -> Rows:
        """The same moments with a design."""
        m = self.moments
        return Rows(features, m.day, m.event, m.weight, m.days)


def fit_response(
    evidence: Evidence, conditions: Conditions, sketch: Evidence, *, rounds: int = 12
) -> Response:
    """Fit half-lives, then effects with pairs.

    Args:
        evidence: the person-days.
        conditions: where their condition columns come from; kept with the result.
        sketch: fewer person-days, from which the half-lives are learnt.
        rounds: most Gauss-Newton steps for the half-lives.

    Raises:
        ConvergenceError: when the hazard does not converge.
    """
    keys = evidence.reach.keys
    common = _common_half_life(sketch)
    half_life, spread = _own_half_lives(sketch, common, rounds)
    pairs = np.array(list(combinations(range(keys), 2)), dtype=np.int64).reshape(-1, 2)
    exposure = saturate(evidence.reach.strength(half_life))
    products = exposure[:, pairs[:, 0]] * exposure[:, pairs[:, 1]]
    rows = evidence.rows(np.concatenate([exposure, products, evidence.columns], axis=1))
    joint = slice(keys, keys + len(pairs))
    hazard, penalty = _with_pairs(rows, joint)
    effects = Effects(hazard.effect[:keys], pairs, hazard.effect[joint])
    return Response(half_life, common, spread, effects, hazard, penalty, conditions)


def _common_half_life(evidence: Evidence) -> float:
    """The best of ``HALF_LIVES``, walking downhill from the middle."""
    losses: dict[int, float] = {}
    fit: Hazard | None = None
    best = len(HALF_LIVES) // 2
    while True:
        for place in (best - 1, best, best + 1):
            if 0 <= place < len(HALF_LIVES) and place not in losses:
                fit = _main_effects(evidence, np.full(evidence.reach.keys, HALF_LIVES[place]), fit)
                losses[place] = fit.loss
        lowest = min(losses, key=lambda place: losses[place])
        if lowest == best:
            return float(HALF_LIVES[best])
        best = lowest


def _main_effects(
    evidence: Evidence, half_life: NDArray[np.float64], start: Hazard | None
) -> Hazard:
    exposure = saturate(evidence.reach.strength(half_life))
    features = np.concatenate([exposure, evidence.columns], axis=1)
    penalty = np.full(features.shape[1], RIDGE)
    return fit_hazard(evidence.rows(features), penalty, start=start, tolerance=1e-7)


def _own_half_lives(
    evidence: Evidence, common: float, rounds: int
) -> tuple[NDArray[np.float64], float]:
    """Half-lives ``[keys]`` and their spread, by steps that keep the penalised loss falling."""
    low, high = np.log(HALF_LIVES[0]), np.log(HALF_LIVES[-1])
    center, spread, size = np.log(common), SPREAD_START, 1.0
    log_life = np.full(evidence.reach.keys, center)
    fit = _main_effects(evidence, np.exp(log_life), None)
    for _ in range(rounds):
        step, variance = _half_life_step(evidence, fit, log_life - center, common, spread)
        trial = np.clip(log_life + np.clip(size * step, -0.7, 0.7), low, high)
        tried = _main_effects(evidence, np.exp(trial), fit)
        worse = tried.loss - fit.loss + _pull(trial - center, spread)
        if worse > _pull(log_life - center, spread):
            size /= 2
            continue
        moved = np.abs(trial - log_life).max()
        log_life, fit = trial, tried
        agreed = np.sqrt(np.mean((log_life - center) ** 2 + variance))
        settled = abs(np.log(agreed / spread)) < 0.1
        spread = float(np.clip(agreed, *SPREAD_RANGE))
        if moved < 0.05 and settled:
            break
    return np.exp(log_life), spread


def _pull(distance: NDArray[np.float64], spread: float) -> float:
    return float(distance @ distance) / (2 * spread**2)


def _half_life_step(
    evidence: Evidence,
    fit: Hazard,
    place: NDArray[np.float64],
    common: float,
    spread: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Newton step and variance ``[keys]`` of log half-lives at a place around the centre.

    It is one Newton step of a hazard with what half-lives do to the logit as further features.
    Their effects are distances from the centre; an offset takes back what these add to the logit,
    which the exposures hold already.
    """
    keys = evidence.reach.keys
    half_life = common * np.exp(place)
    strength = evidence.reach.strength(half_life)
    bend = fit.effect[:keys] * saturation_slope(strength) * evidence.reach.fading(half_life)
    features = np.concatenate([saturate(strength), evidence.columns, bend], axis=1)
    penalty = np.full(features.shape[1], RIDGE)
    penalty[-keys:] = 1 / spread**2
    rows = evidence.rows(features)
    effect = np.concatenate([fit.effect, place])
    _, step, curvature, _ = newton_step(rows, penalty, fit.level, effect, -(bend @ place))
    variance = np.linalg.inv(curvature).diagonal()[-keys:]
    return step[-keys:], variance.astype(np.float64)


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
