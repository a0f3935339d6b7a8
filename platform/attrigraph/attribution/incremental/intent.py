"""Latent intent: what the touches of a customer tell about a wish that was there before them.

Customers who want to buy are touched more (brand search, retargeting) and buy more, and what is
known of them shows the wish only through noise. But several channels feel the same wish, so their
counts together give it away: given covariates w, a hidden u ~ N(0, 1) and a whim g_c of each
channel (gamma, mean 1),

    touches of channel c over t days  ~  Poisson(t rate_c(w) g_c exp(b_c u - b_c^2 / 2) + triggered)

The loadings b are read from how counts of *different* channels vary together,

    E[(n_c - m_c)(n_d - m_d)] = m_c m_d (exp(b_c b_d) - 1),      m = expected counts given w,

a factor analysis of the off-diagonal alone (minimum residuals; Harman & Jones 1966), so that a
channel's own whims are not taken for a common wish. The diagonal only bounds the loadings; what
they leave of it is the whims'.
A pair of channels that varies together far beyond the common factor is left out of its fit.

The posterior mean of u at a moment, from touches *before* that moment alone, is one more covariate
of the hazard (regression calibration; Carroll et al. 2006, Measurement Error in Nonlinear Models,
ch. 4). Counts tell intent and decayed exposures tell effects: what separates them is when touches
came. A substitute confounder from several causes is the idea of Wang & Blei 2019 (The Blessings of
Multiple Causes); D'Amour 2019 shows that counts alone do not identify it, which is why it stands
beside covariates and timing here, and is named among the assumptions.
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

SIGNIFICANT = 0.001
"""Level at which counts must vary together for a common intent to be inferred at all."""

ODD = 5.0
"""Standard errors by which a pair must miss the common factor to be left out of its fit."""

LARGEST_SIZE = 1e4
"""Shape of the gamma whims beyond which a channel has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """Fitted touch rates, as they depend on covariates and latent intent.

    Attributes:
        rate: float64 ``[1 + p, keys]``, Poisson regression of the counts on (1, covariates).
        loading: float64 ``[keys]``, b_c: growth of the log rate with one sd of latent intent; all 0
            where counts do not vary together.
        size: float64 ``[keys]``, shape of the channel's gamma whims; large is none.
    """

    rate: NDArray[np.float64]
    loading: NDArray[np.float64]
    size: NDArray[np.float64]

    @property
    def found(self) -> bool:
        """Whether counts vary together at all."""
        return bool(self.loading.any())

    def expected(self, covariates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Touches a day ``[n, keys]`` that covariates ``[n, p]`` let expect."""
        return _expected(self.rate, covariates)

    def posterior_mean(
        self,
        counts: NDArray[np.float64],
        expected: NDArray[np.float64],
        triggered: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Mean of u given counts ``[n, keys]``, given what was expected and triggered by then."""
        nodes, prior = _quadrature()
        fit = np.tile(np.log(prior), (len(counts), 1))
        for c in np.flatnonzero(self.loading):
            rate = np.exp(self.loading[c] * nodes - self.loading[c] ** 2 / 2)
            mean = expected[:, c, None] * rate + triggered[:, c, None] + 1e-12
            fit += counts[:, c, None] * np.log(mean)
            if self.size[c] >= LARGEST_SIZE:
                fit -= mean
            else:
                fit -= (counts[:, c, None] + self.size[c]) * np.log(self.size[c] + mean)
        fit -= fit.max(axis=1, keepdims=True)
        np.exp(fit, out=fit)
        return np.asarray((fit @ nodes) / fit.sum(axis=1))


def fit_intent(
    counts: NDArray[np.float64],
    days: NDArray[np.float64],
    covariates: NDArray[np.float64],
    triggered: NDArray[np.float64],
) -> Intent:
    """Fit touch rates to counts over whole customers.

    Args:
        counts: touches ``[n, keys]``.
        days: how long each customer was observed, ``[n]``.
        covariates: known before exposure, ``[n, p]``.
        triggered: expected touches ``[n, keys]`` caused by other touches, no sign of intent.

    Raises:
        ConvergenceError: when a regression of counts on covariates does not settle.
    """
    own = counts - triggered
    rate = np.stack([_poisson_regression(column, days, covariates) for column in own.T], axis=1)
    expected = _expected(rate, covariates) * days[:, None]
    together, error = _covariation(own - expected, expected)
    spread = _spread(own - expected, expected, counts)
    told = np.sqrt((rate[1:] ** 2).sum(axis=0))
    loading = _loadings(together, error, np.sqrt(spread), told)
    whims = np.exp(spread - loading**2) - 1
    return Intent(rate, loading, 1 / np.maximum(whims, 1 / LARGEST_SIZE))


def _covariation(
    residual: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``log(1 + relative covariance)`` of each pair of channels, and its standard error."""
    keys = residual.shape[1]
    together, error = np.zeros((keys, keys)), np.full((keys, keys), np.inf)
    scale = expected.T @ expected
    relative = (residual.T @ residual) / np.maximum(scale, 1e-12)
    for c in range(keys):
        for d in range(c):
            if scale[c, d] > 0:
                product = residual[:, c] * residual[:, d]
                product = product - relative[c, d] * expected[:, c] * expected[:, d]
                inside = max(1 + relative[c, d], 0.05)
                together[c, d] = together[d, c] = np.log(inside)
                error[c, d] = error[d, c] = np.sqrt(product @ product) / scale[c, d] / inside
    return together, np.maximum(error, 1e-9)


def _spread(
    residual: NDArray[np.float64], expected: NDArray[np.float64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Variance ``[keys]`` of the log rates over customers: what chance does not explain."""
    relative = ((residual**2).sum(axis=0) - counts.sum(axis=0)) / (expected**2).sum(axis=0)
    return np.asarray(np.log1p(np.maximum(relative, 1e-4)))


def _loadings(
    together: NDArray[np.float64],
    error: NDArray[np.float64],
    most: NDArray[np.float64],
    told: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Loadings ``[keys]``, at most ``most``, whose products are nearest to the covariations.

    Of two channels the product alone is known. They are taken to stand to each other as ``told``,
    by how much covariates tell of the channels.
    """
    keys = len(together)
    weight = error**-2.0
    np.fill_diagonal(weight, 0.0)
    pairs = np.isfinite(error[np.tril_indices(keys, -1)]).sum()
    evidence = (weight * together**2).sum() / 2
    if evidence < chi2.isf(SIGNIFICANT, max(pairs, 1)):
        return np.zeros(keys)
    if pairs == 1:
        return _of_a_pair(together, most, told)
    for _ in range(keys):
        loading = _one_factor(together, weight, most)
        miss = np.abs(together - np.outer(loading, loading)) * np.sqrt(weight)
        odd = np.unravel_index(int(np.argmax(miss)), miss.shape)
        left = (weight > 0).sum(axis=0)
        if miss[odd] < ODD or min(left[odd[0]], left[odd[1]]) <= 2:
            break
        weight[odd] = weight[odd[::-1]] = 0.0
    return loading


def _of_a_pair(
    together: NDArray[np.float64], most: NDArray[np.float64], told: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Loadings of the only two channels: their product as found, in proportion to ``told``."""
    loading = np.zeros(len(together))
    pair = np.flatnonzero(together.any(axis=0))
    product = float(together[pair[0], pair[1]])
    lead = told[pair] + 1e-3  # as good as alike where covariates tell nothing
    free = np.sqrt(abs(product) * lead / lead[::-1])
    first = min(max(free[0], abs(product) / most[pair[1]]), most[pair[0]])
    loading[pair] = first, min(abs(product) / first, most[pair[1]])
    if product < 0:
        loading[pair[np.argmin(free)]] *= -1
    return loading


def _one_factor(
    together: NDArray[np.float64], weight: NDArray[np.float64], most: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Alternating weighted least squares, from the leading eigenvector; mostly positive."""
    values, vectors = np.linalg.eigh(together)
    loading = vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-4))
    for _ in range(200):
        before = loading.copy()
        for c in range(len(loading)):
            # A normal prior of sd 1 keeps a channel that hardly varies with others near 0.
            pull = weight[c] * loading
            free = pull @ together[c] / (pull @ loading + 1.0)
            loading[c] = np.clip(free, -most[c], most[c])
        if np.abs(loading - before).max() < 1e-6:
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
    """Coefficients ``[1 + p]`` of log touches a day on (1, covariates), lightly ridged."""
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
