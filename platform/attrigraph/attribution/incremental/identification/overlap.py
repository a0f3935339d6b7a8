"""People whom a channel cannot reach, and who differ from those whom it can.

E-mail goes to existing customers only, an app campaign to those who have the app. If the table does
not say who can be reached, reachable people differ from the others for reasons unseen, and there is
nobody to compare them with (lack of overlap; Crump, Hotz, Imbens & Mitnik 2009). Two findings
together show it. First, more people are without any touch of the channel than the counts of those
with touches allow (zero inflation, by the hurdle of Mullahy 1986): counts are negative binomial
given covariates, as people differ, and the model is fitted with and without the zeros. Second,
people who are touched at any time in the window convert at another rate than those who never are,
given the past that the fitted hazard knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from attrigraph.attribution.incremental.hazard import newton_step
from attrigraph.attribution.incremental.identification.fitted_columns import fitted_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Evidence, Response

MIN_EXCESS: Final = 0.05
"""Minimum share of people without a touch beyond the share that the counts allow."""

MIN_EFFECT: Final = 0.3
"""Minimum difference of the log hazard between reachable and other people."""

MIN_Z: Final = 5.0
"""Minimum z-score of both findings."""

MIN_TOUCHED: Final = 50
"""Minimum number of touched people for the fit of their counts."""

MAX_CUSTOMERS: Final = 20_000
"""Maximum number of customers for the fit of counts."""

SHAPE_SD: Final = 2.0
"""Prior sd of the log of the gamma shape; its median is 1."""

EVER_RIDGE: Final = 0.1
"""Penalty on the columns of people touched at any time."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Whether a channel reaches only some people, and whether these convert at another rate.

    Attributes:
        excess: float64 ``[keys]``, share of people without a touch beyond the expected share.
        excess_z: float64 ``[keys]``, root of the likelihood ratio of the hurdle.
        effect: float64 ``[keys]``, difference of the log hazard between people touched at any time
            and others.
        effect_z: float64 ``[keys]``, its z-score.
    """

    excess: NDArray[np.float64]
    excess_z: NDArray[np.float64]
    effect: NDArray[np.float64]
    effect_z: NDArray[np.float64]

    def flagged(self) -> NDArray[np.bool_]:
        """Channels without overlap, ``[keys]``."""
        is_inflated = (self.excess > MIN_EXCESS) & (self.excess_z > MIN_Z)
        return is_inflated & (self.effect > MIN_EFFECT) & (self.effect_z > MIN_Z)


def overlap_of(
    histories: Histories, evidence: Evidence, response: Response, rng: np.random.Generator
) -> Overlap:
    """Compare people whom each channel touches at any time with the others."""
    keys = len(histories.keys)
    cell = histories.customer * keys + histories.key
    counts = np.bincount(cell, minlength=histories.customers * keys).reshape(-1, keys)
    excess, excess_z = excess_untouched(counts, response.conditions.expected, rng)
    effect, effect_z = _effect_of_ever(counts > 0, evidence, response)
    return Overlap(excess, excess_z, effect, effect_z)


def excess_untouched(
    counts: NDArray[np.int64], expected: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Excess share of people without a touch, and its z-score, both ``[keys]``.

    Args:
        counts: touches of each customer, ``[customers, keys]``.
        expected: what they are expected to be in proportion to, ``[customers, keys]``.
        rng: samples large populations.
    """
    customers, keys = counts.shape
    excess, z = np.zeros(keys), np.zeros(keys)
    chosen = np.arange(customers)
    if customers > MAX_CUSTOMERS:
        chosen = rng.choice(customers, MAX_CUSTOMERS, replace=False)
    for key in range(keys):
        count = counts[chosen, key].astype(np.float64)
        weight = np.maximum(expected[chosen, key], 1e-9)
        weight *= count.sum() / max(float(weight.sum()), 1e-9)
        if (count > 0).sum() >= MIN_TOUCHED and (count == 0).any() and weight.any():
            excess[key], z[key] = _hurdle(count, weight)
    return excess, z


def _hurdle(count: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Excess of zeros over a truncated negative binomial, and root of the likelihood ratio."""
    touched = count > 0
    share = touched.mean()

    def all_counts(parameter: NDArray[np.float64]) -> float:
        mean, shape = weight * np.exp(parameter[0]), np.exp(parameter[1])
        return float(_prior(parameter) - _log_density(count, mean, shape).sum())

    def positive_counts(parameter: NDArray[np.float64]) -> float:
        mean, shape = weight[touched] * np.exp(parameter[0]), np.exp(parameter[1])
        truncated = np.log(-np.expm1(_log_zero(mean, shape)))
        density = _log_density(count[touched], mean, shape) - truncated
        return float(_prior(parameter) - density.sum())

    with_zeros = _minimum(all_counts, np.zeros(2))
    mean = np.log(count[touched].sum() / weight[touched].sum())
    without = _minimum(positive_counts, np.array([mean, 0.0]))
    zeros = len(count) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    ratio = 2 * (all_counts(with_zeros) - positive_counts(without) + zeros)
    expected_zeros = np.exp(_log_zero(weight * np.exp(without[0]), np.exp(without[1]))).mean()
    return float(1 - share - expected_zeros), float(np.sqrt(max(ratio, 0.0)))


def _minimum(
    loss: Callable[[NDArray[np.float64]], float], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = minimize(
        loss,
        start,
        method="Nelder-Mead",
        options={"xatol": 0.01, "fatol": 0.05, "maxfev": 200},
    )
    return np.asarray(found.x)


def _prior(parameter: NDArray[np.float64]) -> float:
    return float((parameter[1] / SHAPE_SD) ** 2 / 2)


def _log_zero(mean: NDArray[np.float64], shape: float) -> NDArray[np.float64]:
    """Log probability of no touch."""
    return np.asarray(-shape * np.log1p(mean / shape))


def _log_density(
    count: NDArray[np.float64], mean: NDArray[np.float64], shape: float
) -> NDArray[np.float64]:
    """Log probability of the counts under a negative binomial distribution."""
    normalising = gammaln(count + shape) - gammaln(shape) - gammaln(count + 1)
    return np.asarray(normalising + _log_zero(mean, shape) + count * np.log(mean / (shape + mean)))


def _effect_of_ever(
    is_touched: NDArray[np.bool_], evidence: Evidence, response: Response
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One Newton step of the fitted hazard with columns of people touched at any time."""
    keys = is_touched.shape[1]
    ever = is_touched[evidence.person_days.customer].astype(np.float64)
    features = fitted_columns(evidence, response, ever)
    penalty = np.concatenate([response.penalty, np.full(keys, EVER_RIDGE)])
    effect = np.concatenate([response.hazard.effect, np.zeros(keys)])
    _, step, curvature, _ = newton_step(
        evidence.rows(features), penalty, response.hazard.level, effect
    )
    error = np.sqrt(np.diag(np.linalg.inv(curvature))[-keys:])
    return step[-keys:], step[-keys:] / error
