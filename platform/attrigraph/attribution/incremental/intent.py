"""Latent intent: an unobserved cause of both touches and conversions, estimated from touch counts.

Customers who intend to buy are touched more (brand search, retargeting) and buy more, and
covariates measure their intent only with noise. Intent affects several channels, so it shows in
their joint counts. Given covariates w, latent intent u ~ N(0, 1) and a factor g_c for the
overdispersion of each channel (gamma, mean 1),

    touches of channel c over t days  ~  Poisson(t rate_c(w) g_c exp(b_c u - b_c^2 / 2) + triggered)

The loadings b are estimated from the covariance of the counts of *different* channels,

    E[(n_c - m_c)(n_d - m_d)] = m_c m_d (exp(b_c b_d) - 1),      m = expected counts given w,

a factor analysis of the off-diagonal alone (minimum residuals; Harman & Jones 1966), so that
channel overdispersion is not mistaken for common intent. The diagonal only bounds the loadings; the
remaining variance is channel overdispersion. A pair of channels whose covariance far exceeds the
common factor is left out of its fit. Covariances shrink towards 0 by what their noise lets expect
(empirical Bayes; Efron & Morris 1973). A test that sets them to 0 would leave all of a weak
confounding in the credits, without a trace in their intervals.

The posterior mean of u at a person-day, given only *earlier* touches, is one more covariate of the
hazard (regression calibration; Carroll et al. 2006, Measurement Error in Nonlinear Models, ch. 4).
Counts identify intent and decayed exposures identify effects; the timing of touches separates them.
A substitute confounder from several causes is the idea of Wang & Blei 2019 (The Blessings of
Multiple Causes); D'Amour 2019 shows that counts alone do not identify it. It is therefore used
together with covariates and timing, and listed among the assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODES = 15
"""Gauss-Hermite nodes over u."""

MAX_RESIDUAL = 5.0
"""Standard errors of a pair's residual above which it is left out of the factor's fit."""

Z_95 = 1.6449
"""Standard errors from an estimate to the upper end of its one-sided interval of 95 %."""

MAX_SIZE = 1e4
"""Gamma shape from which a channel counts as free of overdispersion."""


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """Fitted touch rates given covariates and latent intent.

    Attributes:
        rate: float64 ``[1 + p, keys]``, Poisson regression of the counts on (1, covariates).
        loading: float64 ``[keys]``, b_c: change of the log rate per sd of latent intent; all 0
            if counts of channels are uncorrelated.
        size: float64 ``[keys]``, gamma shape of the channel overdispersion; large is none.
        loading_variance: float64 ``[keys, keys]``, variance of ``loading`` over samples, within the
            bounds that the channels' own variance sets.
    """

    rate: NDArray[np.float64]
    loading: NDArray[np.float64]
    size: NDArray[np.float64]
    loading_variance: NDArray[np.float64]

    @property
    def is_detected(self) -> bool:
        """Whether the counts of channels are more correlated than chance lets expect."""
        return bool(self.loading.any())

    def expected(self, covariates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Touches per day ``[n, keys]`` predicted by covariates ``[n, p]``."""
        return _expected(self.rate, covariates)

    def posterior_mean(
        self,
        counts: NDArray[np.float64],
        expected: NDArray[np.float64],
        triggered: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Posterior mean of u given counts ``[n, keys]`` and expected and triggered touches."""
        nodes, _ = _quadrature()
        return np.asarray(self._posterior(counts, expected, triggered) @ nodes)

    def loading_gradient(
        self,
        counts: NDArray[np.float64],
        expected: NDArray[np.float64],
        triggered: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Derivative ``[n, keys]`` of the posterior mean in the loadings.

        It is the posterior covariance of u and the slope of the log likelihood. What a loading adds
        to the variance of a channel is taken from its overdispersion, as in ``fit_intent``.
        """
        nodes, _ = _quadrature()
        posterior = self._posterior(counts, expected, triggered)
        posterior *= nodes - (posterior @ nodes)[:, None]
        gradient = np.zeros(counts.shape)
        for c in np.flatnonzero(self.loading).tolist():
            mean = self._mean(c, expected, triggered)
            slope = (mean - triggered[:, c, None]) * (nodes - self.loading[c])
            if self.size[c] >= MAX_SIZE:
                slope *= counts[:, c, None] / mean - 1
            else:
                size = self.size[c]
                ratio = (counts[:, c, None] + size) / (size + mean)
                slope *= counts[:, c, None] / mean - ratio
                slope -= 2 * self.loading[c] * size * (size + 1) * (np.log(size + mean) + ratio)
            gradient[:, c] = (posterior * slope).sum(axis=1)
        return gradient

    def _posterior(
        self,
        counts: NDArray[np.float64],
        expected: NDArray[np.float64],
        triggered: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Posterior probabilities ``[n, NODES]`` of the nodes of u."""
        _, prior = _quadrature()
        log_posterior = np.tile(np.log(prior), (len(counts), 1))
        for c in np.flatnonzero(self.loading).tolist():
            mean = self._mean(c, expected, triggered)
            count = counts[:, c, None]
            seen = np.flatnonzero(count)  # most people lack touches of most channels
            log_posterior[seen] += count[seen] * np.log(mean[seen])
            if self.size[c] >= MAX_SIZE:
                log_posterior -= mean
            else:
                log_posterior -= (count + self.size[c]) * np.log(self.size[c] + mean)
        log_posterior -= log_posterior.max(axis=1, keepdims=True)
        np.exp(log_posterior, out=log_posterior)
        log_posterior /= log_posterior.sum(axis=1, keepdims=True)
        return log_posterior

    def _mean(
        self, c: int, expected: NDArray[np.float64], triggered: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Mean counts ``[n, NODES]`` of a channel at the nodes of u."""
        nodes, _ = _quadrature()
        rate = np.exp(self.loading[c] * nodes - self.loading[c] ** 2 / 2)
        return np.asarray(expected[:, c, None] * rate + triggered[:, c, None] + 1e-12)


def fit_intent(
    counts: NDArray[np.float64],
    days: NDArray[np.float64],
    covariates: NDArray[np.float64],
    triggered: NDArray[np.float64],
) -> Intent:
    """Fit touch rates to the total counts of customers.

    Args:
        counts: touches ``[n, keys]``.
        days: days of observation of each customer, ``[n, keys]``, weighted by the calendar of each
            channel (see ``touch_calendar``).
        covariates: attributes from before exposure, ``[n, p]``.
        triggered: expected touches ``[n, keys]`` caused by other touches instead of intent.

    Raises:
        ConvergenceError: a regression of counts on covariates does not converge.
    """
    untriggered = counts - triggered
    rate = np.stack(
        [
            _poisson_regression(column, exposure, covariates)
            for column, exposure in zip(untriggered.T, days.T, strict=True)
        ],
        axis=1,
    )
    expected = _expected(rate, covariates) * days
    log_covariance, error = _log_covariances(untriggered - expected, expected)
    spread, max_spread = _spread(untriggered - expected, expected, counts)
    covariate_strength = np.sqrt((rate[1:] ** 2).sum(axis=0))
    loading, variance = _loadings(log_covariance, error, np.sqrt(max_spread), covariate_strength)
    overdispersion = np.exp(spread - loading**2) - 1
    return Intent(rate, loading, 1 / np.maximum(overdispersion, 1 / MAX_SIZE), variance)


def _log_covariances(
    residual: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``log(1 + relative covariance)`` of each pair of channels, and its standard error."""
    keys = residual.shape[1]
    log_covariance, error = np.zeros((keys, keys)), np.full((keys, keys), np.inf)
    scale = expected.T @ expected
    relative = (residual.T @ residual) / np.maximum(scale, 1e-12)
    for c in range(keys):
        for d in range(c):
            if scale[c, d] > 0:
                product = residual[:, c] * residual[:, d]
                product = product - relative[c, d] * expected[:, c] * expected[:, d]
                factor = max(1 + relative[c, d], 0.05)
                log_covariance[c, d] = log_covariance[d, c] = np.log(factor)
                error[c, d] = error[d, c] = np.sqrt(product @ product) / scale[c, d] / factor
    return log_covariance, np.maximum(error, 1e-9)


def _spread(
    residual: NDArray[np.float64], expected: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance ``[keys]`` of the log rates over customers, beyond Poisson noise, and its limit.

    The limit is the upper end of a one-sided interval of 95 %: where counts are few the variance is
    noise, and would be a bound on the loadings that is often far too low.
    """
    scale = (expected**2).sum(axis=0)
    beyond = residual**2 - counts
    relative = beyond.sum(axis=0) / scale
    error = np.sqrt(((beyond - relative * expected**2) ** 2).sum(axis=0)) / scale
    low, high = (np.maximum(part, 1e-4) for part in (relative, relative + Z_95 * error))
    return np.log1p(low), np.log1p(high)


def _loadings(
    log_covariance: NDArray[np.float64],
    error: NDArray[np.float64],
    max_loading: NDArray[np.float64],
    covariate_strength: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Loadings ``[keys]``, at most ``max_loading``, whose products best fit the log covariances.

    With two channels only the product of the loadings is identified. Their ratio is then taken from
    ``covariate_strength``, the strength of the channels' covariates. With more channels, loadings
    in these proportions are what the noise of the covariances shrinks to. The second array is the
    variance of the loadings, ``[keys, keys]``: that of sampling, within their bounds.
    """
    keys = len(log_covariance)
    weight = error**-2.0
    np.fill_diagonal(weight, 0.0)
    if not weight.any():
        return np.zeros(keys), np.zeros((keys, keys))
    strength = covariate_strength + 1e-3  # nearly equal if covariates have no effect
    target = _Target.of(log_covariance, weight, strength)
    if (weight > 0).sum() == 2:
        log_covariance = log_covariance * _reliability(log_covariance, weight, 1)
        loading = _of_a_pair(log_covariance, max_loading, strength)
        return loading, _within_bounds(_variance_of_a_pair(loading, error), max_loading)
    own = log_covariance - target.products
    reliability = _reliability(own, weight, (weight > 0).sum() // 2 - 1)
    log_covariance = target.products + reliability * own
    for _ in range(keys):
        loading = _one_factor(log_covariance, weight, max_loading, target.loading)
        residual = np.abs(log_covariance - np.outer(loading, loading)) * np.sqrt(weight)
        worst = np.unravel_index(int(np.argmax(residual)), residual.shape)
        pairs_left = (weight > 0).sum(axis=0)
        if residual[worst] < MAX_RESIDUAL or min(pairs_left[worst[0]], pairs_left[worst[1]]) <= 2:
            break
        weight[worst] = weight[worst[::-1]] = 0.0
    variance = _variance(loading, weight, target, reliability)
    return loading, _within_bounds(variance, max_loading)


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """Loadings in proportion to the strength of covariates: what noisy covariances shrink to.

    Attributes:
        loading: float64 ``[keys]``.
        products: float64 ``[keys, keys]``, of the loadings.
        strength: float64 ``[keys]``.
        error: standard error of the factor of the products of ``strength``.
    """

    loading: NDArray[np.float64]
    products: NDArray[np.float64]
    strength: NDArray[np.float64]
    error: float

    @classmethod
    def of(
        cls,
        log_covariance: NDArray[np.float64],
        weight: NDArray[np.float64],
        strength: NDArray[np.float64],
    ) -> _Target:
        """The factor that fits best, shrunk by its own noise; no less than 0."""
        products = np.outer(strength, strength)
        information = (weight * products**2).sum() / 2
        factor = (weight * products * log_covariance).sum() / 2 / information
        noise = 1 / (factor**2 * information) if factor > 0 else 1.0
        factor *= max(0.0, 1 - noise)
        return cls(np.sqrt(factor) * strength, factor * products, strength, information**-0.5)


def _reliability(
    log_covariance: NDArray[np.float64], weight: NDArray[np.float64], freedom: int
) -> float:
    """Share of the squares of log covariances that is not noise, in [0, 1].

    It is the factor by which they shrink if the true ones are normal around 0 with a spread in
    proportion to their errors.
    """
    squares = float((weight * log_covariance**2).sum()) / 2
    return max(0.0, 1 - freedom / squares) if squares > 0 else 0.0


def _variance(
    loading: NDArray[np.float64],
    weight: NDArray[np.float64],
    target: _Target,
    reliability: float,
) -> NDArray[np.float64]:
    """Variance of loadings fitted by ``_one_factor`` to shrunken covariances.

    Each covariance has ``reliability`` of its sampling variance, and they share that of the target.
    """
    information = weight * np.outer(loading, loading)
    np.fill_diagonal(information, weight @ loading**2)
    inverse = np.linalg.inv(information + np.eye(len(loading)))
    shared = target.strength * (weight @ (target.strength * loading)) * target.error
    shared = (1 - reliability) * (inverse @ shared)
    return np.asarray(reliability * inverse @ information @ inverse + np.outer(shared, shared))


def _variance_of_a_pair(
    loading: NDArray[np.float64], error: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Variance of the loadings of two channels whose ratio is known."""
    pair = np.flatnonzero(loading)
    slope = np.zeros(len(loading))
    if len(pair) == 2:
        slope[pair] = error[pair[0], pair[1]] / (2 * loading[pair[::-1]])
    return np.outer(slope, slope)


def _within_bounds(
    variance: NDArray[np.float64], max_loading: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Variance of loadings that are known to lie within plus and minus ``max_loading``.

    Only products of loadings are estimated. Where all are weak, the sampling variance of one of
    them grows without limit, as its product with the others hardly depends on it. The bounds
    count as a normal prior with the variance of a uniform distribution between them.
    """
    return np.asarray(
        variance - variance @ np.linalg.solve(variance + np.diag(max_loading**2 / 3), variance)
    )


def _of_a_pair(
    log_covariance: NDArray[np.float64],
    max_loading: NDArray[np.float64],
    strength: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Loadings of two channels: the estimated product, in the ratio of ``strength``."""
    loading = np.zeros(len(log_covariance))
    pair = np.flatnonzero(log_covariance.any(axis=0))
    if len(pair) == 0:
        return loading
    product = float(log_covariance[pair[0], pair[1]])
    strength = strength[pair]
    free = np.sqrt(abs(product) * strength / strength[::-1])
    first = min(max(free[0], abs(product) / max_loading[pair[1]]), max_loading[pair[0]])
    loading[pair] = first, min(abs(product) / first, max_loading[pair[1]])
    if product < 0:
        loading[pair[np.argmin(free)]] *= -1
    return loading


def _one_factor(
    log_covariance: NDArray[np.float64],
    weight: NDArray[np.float64],
    max_loading: NDArray[np.float64],
    center: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Alternating weighted least squares from the leading eigenvector, with positive sum.

    A normal prior of sd 1 around ``center`` shrinks the loading of a weakly correlated channel.
    """
    values, vectors = np.linalg.eigh(log_covariance)
    loading = vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-4))
    loading *= 1.0 if loading.sum() >= 0 else -1.0
    for _ in range(200):
        previous = loading.copy()
        for c in range(len(loading)):
            pull = weight[c] * loading
            free = (pull @ log_covariance[c] + center[c]) / (pull @ loading + 1.0)
            loading[c] = np.clip(free, -max_loading[c], max_loading[c])
        if np.abs(loading - previous).max() < 1e-6:
            break
    return np.asarray(loading if loading.sum() >= 0 else -loading)


def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def _expected(rate: NDArray[np.float64], covariates: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(rate[0] + covariates @ rate[1:]))


def _poisson_regression(
    counts: NDArray[np.float64], days: NDArray[np.float64], covariates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Coefficients ``[1 + p]`` of log touches per day on (1, covariates), with a small ridge."""
    design = np.column_stack([np.ones(len(counts)), covariates])
    effect = np.zeros(design.shape[1])
    effect[0] = np.log(max(counts.sum(), 0.5) / days.sum())
    if counts.sum() < 0.5:  # all were triggered: the likelihood has its maximum at no touches
        return effect
    for _ in range(50):
        mean = days * np.exp(np.minimum(design @ effect, 30.0))
        curvature = design.T @ (design * mean[:, None]) + np.eye(design.shape[1])
        step = np.linalg.solve(curvature, design.T @ (counts - mean) - _ridge(effect))
        effect += step
        if np.abs(step).max() < 1e-6:
            return effect
    raise ConvergenceError(
        f"a regression of touch counts on {covariates.shape[1]} covariates did not converge in 50"
        " steps; a covariate may have extreme values: transform it or leave it out"
    )


def _ridge(effect: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], effect[1:]])
