"""Latent intent: what the touches of a customer tell about a wish that was there before them.

Customers who want to buy are touched more (brand search, retargeting) and buy more, and what is
known of them shows the wish only through noise. But several channels feel the same wish, so their
counts together give it away: given covariates w and a hidden u ~ N(0, 1),

    touches of channel c over a time t  ~  Poisson(t * rate_c(w) * exp(a_c + b_c u) + triggered_c)

with one u a customer, fitted by EM on Gauss-Hermite nodes. Its posterior mean at a moment, from
the touches *before* that moment alone, is one more covariate of the hazard (regression
calibration; Carroll et al. 2006, Measurement Error in Nonlinear Models, ch. 4). Counts tell intent
and decayed exposures tell effects: what separates them is when touches came.

The idea of a substitute confounder from several causes is Wang & Blei 2019 (The Blessings of
Multiple Causes); D'Amour 2019 shows that it is not identified by counts alone, which is why it
stands beside covariates and timing here, and why it is named among the assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODES = 15
ROUNDS = 400
"""EM rounds after which the fit is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """Fitted touch rates, as they depend on covariates and latent intent.

    Attributes:
        rate: float64 ``[1 + p, keys]``, Poisson regression of the counts on (1, covariates).
        shift: float64 ``[keys]``, a_c.
        loading: float64 ``[keys]``, b_c: growth of the log rate with one sd of latent intent.
    """

    rate: NDArray[np.float64]
    shift: NDArray[np.float64]
    loading: NDArray[np.float64]

    def expected(self, covariates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Touches a day ``[n, keys]`` that covariates ``[n, p]`` let expect at u = 0."""
        return _expected(self.rate, covariates) * np.exp(self.shift)

    def posterior_mean(
        self,
        counts: NDArray[np.float64],
        expected: NDArray[np.float64],
        triggered: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Mean of u given counts ``[n, keys]``, given what was expected and triggered by then."""
        nodes, prior = _quadrature()
        weights = _posterior(counts, expected, triggered, self.loading, nodes, prior)
        return weights @ nodes


def fit_intent(
    counts: NDArray[np.float64],
    days: NDArray[np.float64],
    covariates: NDArray[np.float64],
    triggered: NDArray[np.float64],
    *,
    tolerance: float = 1e-3,
) -> Intent:
    """Fit touch rates to counts over whole customers.

    Args:
        counts: touches ``[n, keys]``.
        days: how long each customer was observed, ``[n]``.
        covariates: known before exposure, ``[n, p]``.
        triggered: expected touches ``[n, keys]`` caused by other touches, no sign of intent.
        tolerance: largest change of a loading in a round at which EM has converged.

    Raises:
        ConvergenceError: when it has not after ``ROUNDS`` rounds.
    """
    spontaneous = np.maximum(counts - triggered, 0.0)
    rate = np.stack(
        [_poisson_regression(column, days, covariates) for column in spontaneous.T], axis=1
    )
    offset = _expected(rate, covariates) * days[:, None]
    nodes, prior = _quadrature()
    shift, loading = np.zeros(counts.shape[1]), np.full(counts.shape[1], 0.3)
    for _ in range(ROUNDS):
        expected = offset * np.exp(shift)
        weights = _posterior(counts, expected, triggered, loading, nodes, prior)
        new_shift, new_loading = _maximise(
            counts, offset, triggered, weights, nodes, (shift, loading)
        )
        change = np.abs(new_loading - loading).max()
        shift, loading = new_shift, new_loading
        if change < tolerance:
            return Intent(rate, shift, loading)
    raise ConvergenceError(
        f"the latent intent model did not converge in {ROUNDS} rounds on {len(counts)} customers;"
        " leave out channels that hardly anybody is touched by"
    )


def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def _expected(rate: NDArray[np.float64], covariates: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(rate[0] + covariates @ rate[1:]))


def _posterior(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    triggered: NDArray[np.float64],
    loading: NDArray[np.float64],
    nodes: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Weights ``[n, nodes]`` of the nodes given each customer's counts."""
    caused = triggered.any(axis=0)
    plain = ~caused
    # Without triggered touches the log-likelihood is linear in counts and in expected touches.
    fit = counts[:, plain] @ np.outer(loading[plain], nodes) + np.log(prior)
    fit -= expected[:, plain] @ np.exp(np.outer(loading[plain], nodes))
    for c in np.flatnonzero(caused):
        mean = expected[:, c, None] * np.exp(loading[c] * nodes) + triggered[:, c, None] + 1e-12
        fit += counts[:, c, None] * np.log(mean) - mean
    fit = np.exp(fit - fit.max(axis=1, keepdims=True))
    return np.asarray(fit / fit.sum(axis=1, keepdims=True))


def _maximise(
    counts: NDArray[np.float64],
    offset: NDArray[np.float64],
    triggered: NDArray[np.float64],
    weights: NDArray[np.float64],
    nodes: NDArray[np.float64],
    start: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One Newton step for each channel's shift and loading, from sums over customers."""
    shift, loading = start[0].copy(), start[1].copy()
    exposed = weights.T @ offset  # [nodes, keys]
    for c in range(counts.shape[1]):
        rate = np.exp(shift[c] + loading[c] * nodes)
        own = offset[:, c, None] * rate
        share = own / (own + triggered[:, c, None] + 1e-12) if triggered[:, c].any() else 1.0
        seen = (weights * share * counts[:, c, None]).sum(axis=0)
        mean = exposed[:, c] * rate
        slope = np.array([(seen - mean).sum(), nodes @ (seen - mean)])
        cross = nodes @ mean
        curvature = np.array([[mean.sum(), cross], [cross, nodes**2 @ mean]])
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), slope)
        step *= min(1.0, 1.0 / max(np.abs(step).max(), 1e-12))
        shift[c] += step[0]
        loading[c] += step[1]
    return shift, loading


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
