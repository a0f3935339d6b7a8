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
common factor is left out of its fit.

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
from scipy.stats import chi2

from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODES = 15
"""Gauss-Hermite nodes over u."""

SIGNIFICANCE = 0.001
"""Significance level of the covariance of counts, required to infer latent intent."""

MAX_RESIDUAL = 5.0
"""Standard errors of a pair's residual above which it is left out of the factor's fit."""

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
    """

    rate: NDArray[np.float64]
    loading: NDArray[np.float64]
    size: NDArray[np.float64]

    @property
    def is_detected(self) -> bool:
        """Whether the counts of channels are significantly correlated."""
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
        nodes, prior = _quadrature()
        log_posterior = np.tile(np.log(prior), (len(counts), 1))
        for c in np.flatnonzero(self.loading):
            rate = np.exp(self.loading[c] * nodes - self.loading[c] ** 2 / 2)
            mean = expected[:, c, None] * rate + triggered[:, c, None] + 1e-12
            log_posterior += counts[:, c, None] * np.log(mean)
            if self.size[c] >= MAX_SIZE:
                log_posterior -= mean
            else:
                log_posterior -= (counts[:, c, None] + self.size[c]) * np.log(self.size[c] + mean)
        log_posterior -= log_posterior.max(axis=1, keepdims=True)
        np.exp(log_posterior, out=log_posterior)
        return np.asarray((log_posterior @ nodes) / log_posterior.sum(axis=1))


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
    spread = _spread(untriggered - expected, expected, counts)
    covariate_strength = np.sqrt((rate[1:] ** 2).sum(axis=0))
    loading = _loadings(log_covariance, error, np.sqrt(spread), covariate_strength)
    overdispersion = np.exp(spread - loading**2) - 1
    return Intent(rate, loading, 1 / np.maximum(overdispersion, 1 / MAX_SIZE))


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
) -> NDArray[np.float64]:
    """Variance ``[keys]`` of the log rates over customers, beyond Poisson noise."""
    relative = ((residual**2).sum(axis=0) - counts.sum(axis=0)) / (expected**2).sum(axis=0)
    return np.asarray(np.log1p(np.maximum(relative, 1e-4)))


def _loadings(
    log_covariance: NDArray[np.float64],
    error: NDArray[np.float64],
    max_loading: NDArray[np.float64],
    covariate_strength: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Loadings ``[keys]``, at most ``max_loading``, whose products best fit the log covariances.

    With two channels only the product of the loadings is identified. Their ratio is then taken from
    ``covariate_strength``, the strength of the channels' covariates.
    """
    keys = len(log_covariance)
    weight = error**-2.0
    np.fill_diagonal(weight, 0.0)
    pairs = np.isfinite(error[np.tril_indices(keys, -1)]).sum()
    evidence = (weight * log_covariance**2).sum() / 2
    if evidence < chi2.isf(SIGNIFICANCE, max(pairs, 1)):
        return np.zeros(keys)
    if pairs == 1:
        return _of_a_pair(log_covariance, max_loading, covariate_strength)
    for _ in range(keys):
        loading = _one_factor(log_covariance, weight, max_loading)
        residual = np.abs(log_covariance - np.outer(loading, loading)) * np.sqrt(weight)
        worst = np.unravel_index(int(np.argmax(residual)), residual.shape)
        pairs_left = (weight > 0).sum(axis=0)
        if residual[worst] < MAX_RESIDUAL or min(pairs_left[worst[0]], pairs_left[worst[1]]) <= 2:
            break
        weight[worst] = weight[worst[::-1]] = 0.0
    return loading


def _of_a_pair(
    log_covariance: NDArray[np.float64],
    max_loading: NDArray[np.float64],
    covariate_strength: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Loadings of two channels: the estimated product, in the ratio of ``covariate_strength``."""
    loading = np.zeros(len(log_covariance))
    pair = np.flatnonzero(log_covariance.any(axis=0))
    product = float(log_covariance[pair[0], pair[1]])
    strength = covariate_strength[pair] + 1e-3  # nearly equal if covariates have no effect
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
) -> NDArray[np.float64]:
    """Alternating weighted least squares from the leading eigenvector, with positive sum."""
    values, vectors = np.linalg.eigh(log_covariance)
    loading = vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-4))
    for _ in range(200):
        previous = loading.copy()
        for c in range(len(loading)):
            # A normal prior of sd 1 shrinks the loading of a weakly correlated channel to 0.
            pull = weight[c] * loading
            free = pull @ log_covariance[c] / (pull @ loading + 1.0)
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
