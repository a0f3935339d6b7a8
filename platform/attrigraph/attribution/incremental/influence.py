"""Influence of customers and priors on the credits through the parameters of the response.

Near the fit, the estimation error is ``curvature^-1 (score - precision @ parameters)``: sampling
error of the customers and shrinkage by the priors. The first is resampled with the customers. The
second, if the true parameters follow their priors, is normal with the precision as variance. Draws
of both have the spread of the posterior. Intervals from them have nominal coverage on average over
parameters, although the priors bias each single one (Nychka 1988; Marra & Wood 2012; priors
resampled with the data: Newton, Polson & Xu 2021).

How strongly pairs and differences between segments shrink is estimated as well. What that leaves
open is drawn with the priors (see ``shrinkage``).

The loadings of latent intent are fitted to counts of touches before the hazard is. Their sampling
error moves the credits directly and through the parameters that follow it (two-step estimation;
Murphy & Topel 1985), and is drawn with the priors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import block_diag

from attrigraph.attribution.incremental.features import feature_matrix, shrunk_groups
from attrigraph.attribution.incremental.hazard import newton_step
from attrigraph.attribution.incremental.response import shape_precision
from attrigraph.attribution.incremental.shrinkage import SpreadPosterior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.response import Evidence, Response


@dataclass(frozen=True, slots=True, eq=False)
class ParameterInfluence:
    """Influence on the credits through the parameters.

    Attributes:
        customer: int64 ``[m]``, customer of each person-day.
        by_row: float64 ``[m, keys]``, influence of each person-day on the credits.
        by_prior: float64 ``[priors, keys]``, influence of each prior on the credits, per standard
            deviation of its shrinkage, and of the loadings of intent, per standard deviation.
        by_strength: float64 ``[strengths, keys]``, what the strengths of shrinkage leave open, per
            standard deviation.
    """

    customer: NDArray[np.int64]
    by_row: NDArray[np.float64]
    by_prior: NDArray[np.float64]
    by_strength: NDArray[np.float64]

    def of_customers(self, customers: int) -> NDArray[np.float64]:
        """Sums over each customer's person-days, ``[customers, keys]``."""
        columns = [np.bincount(self.customer, column, customers) for column in self.by_row.T]
        return np.stack(columns, axis=1)

    def of_priors(self, rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
        """Draws of the influence of priors and of their strengths, ``[draws, keys]``."""
        sources = np.concatenate([self.by_prior, self.by_strength])
        return np.asarray(rng.standard_normal((draws, len(sources))) @ sources)


def influence_of_parameters(
    evidence: Evidence,
    response: Response,
    by_level: NDArray[np.float64],
    by_effect: NDArray[np.float64],
    loading_gradient: NDArray[np.float64],
) -> ParameterInfluence:
    """Influence on the credits through effects, day levels, shapes and loadings of intent.

    Args:
        evidence: the person-days that the response was fitted to.
        response: the fit.
        by_level: float64 ``[keys, days]``, derivative of the credits with respect to the day
            levels.
        by_effect: float64 ``[keys, features + 2 * keys + loadings]``, with respect to effects, to
            the logs of half-lives and saturations, and to the loadings of latent intent.
        loading_gradient: float64 ``[m, loadings]``, derivative of the column of latent intent in
            its loadings; ``[m, 0]`` without latent intent.
    """
    features = _features(evidence, response, response.intent_effect * loading_gradient)
    loadings = loading_gradient.shape[1]
    count = features.shape[1] - loadings
    precision = _precision(response)
    rows = evidence.rows(features)
    effect = np.zeros(features.shape[1])
    effect[: len(response.hazard.effect)] = response.hazard.effect
    padded = block_diag(precision, np.eye(loadings))
    _, _, curvature, mean = newton_step(rows, padded, response.hazard.level, effect)
    chance = rows.chance(response.hazard.level, effect)
    spread = rows.by_day(rows.weight * chance * (1 - chance))
    residual = rows.weight * (rows.event - chance)
    by_feature = (by_effect - by_level @ mean).T
    direction = np.linalg.solve(curvature[:count, :count], by_feature[:count])
    by_day = (by_level / spread).T - mean[:, :count] @ direction
    per_row = features[:, :count] @ direction + by_day[rows.day]
    by_prior = np.linalg.cholesky(precision).T @ direction
    if loadings:
        # loadings are fitted to counts alone, and the hazard's parameters follow them
        by_loading = by_feature[count:] - curvature[count:, :count] @ direction
        intent = len(response.hazard.effect) - 1  # the last condition
        by_loading += np.outer(residual @ loading_gradient, direction[intent])
        by_prior = np.concatenate([by_prior, _spread_of_loadings(response) @ by_loading])
    by_strength = _left_open(response, curvature[:count, :count], direction.astype(np.float64))
    return ParameterInfluence(
        evidence.person_days.customer, residual[:, None] * per_row, by_prior, by_strength
    )


def covariance_of_shapes(evidence: Evidence, response: Response) -> NDArray[np.float64]:
    """Posterior covariance ``[2 * keys, 2 * keys]`` of the logs of half-lives and saturations.

    It is that of a joint fit with all effects (Laplace), so what effects leave open is in it.

    Args:
        evidence: person-days of the population; a sample of their controls is enough.
        response: the fit.
    """
    features = _features(evidence, response, np.zeros((len(evidence.person_days), 0)))
    effect = np.zeros(features.shape[1])
    effect[: len(response.hazard.effect)] = response.hazard.effect
    rows = evidence.rows(features)
    _, _, curvature, _ = newton_step(rows, _precision(response), response.hazard.level, effect)
    shapes = slice(-2 * evidence.touch_pairs.keys, None)
    return np.asarray(np.linalg.inv(curvature)[shapes, shapes])


def _left_open(
    response: Response, curvature: NDArray[np.float64], direction: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the strengths of shrinkage leave open in the credits, ``[strengths, keys]``."""
    variance = np.linalg.inv(curvature).astype(np.float64)
    effects, hazard = response.effects, response.hazard
    segments, keys = effects.by_segment.shape
    rows = [np.zeros((0, direction.shape[1]))]
    for group in shrunk_groups(keys, len(effects.joint), segments):
        if group.start < group.stop:
            penalty = float(response.penalty[group.start])
            spread = SpreadPosterior.of(hazard.effect[group], variance[group, group], penalty)
            rows.append(spread.left_open(direction[group]))
    return np.concatenate(rows)


def _spread_of_loadings(response: Response) -> NDArray[np.float64]:
    """Matrix S ``[loadings, loadings]``: ``S.T @ S`` is the variance of the loadings of intent."""
    intent = response.conditions.intent
    assert intent is not None
    values, vectors = np.linalg.eigh(intent.loading_variance)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)


def _features(
    evidence: Evidence, response: Response, by_loading: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The fit's features, and the logit's gradient in the logs of shapes and in the loadings."""
    effects = response.effects
    main = effects.main_of(evidence.segments)
    exposure, gradient = evidence.touch_pairs.exposure_and_gradient(response.shape, main)
    return feature_matrix(
        exposure, effects.pairs, evidence.segments, evidence.columns, gradient, by_loading
    )


def _precision(response: Response) -> NDArray[np.float64]:
    """Precision of the priors of effects and shapes."""
    shape = shape_precision(response.life_sds)
    return np.asarray(block_diag(np.diag(response.penalty), shape))
