"""What a new campaign may expect of an outcome: the mean of its neighbours, shrunk to that of all.

The logarithm y_i of the outcome of campaign i has a standard error s_i. With the cosine distance
d_i of its text from that of the new campaign, the level of the neighbourhood has the posterior
(normal-normal: Efron & Morris 1973; neighbours count as k_i campaigns: Ibrahim & Chen 2000)

    k_i = exp(-(max(d_i - d_0, 0) / h)^2),    precision = 1/b + sum_i k_i / (s_i^2 + w)
    mean = (m/b + sum_i k_i y_i / (s_i^2 + w)) / precision

where m is the mean of all campaigns by precision, b the variance between neighbourhoods, w that
within one, and d_0 the median distance of nearest neighbours. So a campaign without near ones is
shrunk to m. Its own outcome varies by w besides. The bandwidth h, b and w are not known: answers
are averaged over a grid of them, weighted by the density that they give to each campaign when it is
left out (Geisser & Eddy 1979). Most of the prior is on b = 0, where texts have no information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_CAMPAIGNS: Final = 10
"""Fewer campaigns do not show how much campaigns differ."""

BANDWIDTHS: Final = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""In units of the median of all distances less that of the nearest neighbours."""

SPREADS: Final = np.geomspace(0.03, 2.0, 13)
"""Standard deviations of the logarithm between campaigns, evenly likely."""

SHARES: Final = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9])
"""Shares of the variance that are between neighbourhoods."""

NO_INFORMATION: Final = 0.8
"""Prior probability that texts have no information; the other shares are evenly likely."""

BETWEEN: Final = np.outer(SPREADS**2, SHARES).ravel()
WITHIN: Final = np.outer(SPREADS**2, 1 - SHARES).ravel()
LOG_PRIOR: Final = np.log(
    np.tile(np.where(SHARES == 0, NO_INFORMATION, (1 - NO_INFORMATION) / 6), len(SPREADS))
)

LEVEL: Final = 0.9
"""Probability of intervals."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Logarithms of the outcomes of m campaigns.

    Attributes:
        mean: float64 ``[m]``.
        spread: standard deviation of the true outcome, float64 ``[m]``.
        common: the mean of all known campaigns, float64 ``[m]``.
        weights: of the known campaigns as neighbours, float64 ``[m, n]``, at least 0.
        common_weight: of the common mean, float64 ``[m]``: 1 less the sum of the others.
        degrees: of freedom of the intervals.
    """

    mean: Floats
    spread: Floats
    common: Floats
    weights: Floats
    common_weight: Floats
    degrees: int

    def interval(self, errors: Floats | float = 0.0) -> tuple[Floats, Floats]:
        """Ends of the 90 % intervals ``[m]`` of outcomes measured with standard errors ``[m]``.

        Without errors they are those of the true outcomes.
        """
        reach = stdtrit(self.degrees, (1 + LEVEL) / 2) * np.hypot(self.spread, errors)
        return self.mean - reach, self.mean + reach


@dataclass(frozen=True, slots=True, eq=False)
class KnownOutcomes:
    """At least ``MIN_CAMPAIGNS`` campaigns whose outcome was measured.

    Attributes:
        distances: cosine distances of their texts, float64 ``[n, n]``.
        values: logarithms of the outcomes, float64 ``[n]``.
        errors: standard errors of the logarithms, float64 ``[n]``.
    """

    distances: Floats
    values: Floats
    errors: Floats

    def expected(self, distances: Floats) -> Expected:
        """What other campaigns may expect, by distances of their texts, float64 ``[m, n]``."""
        density = np.stack([case.log_density(self) for case in self._left_out()])
        weights = _posterior(density.sum(axis=1, keepdims=True))
        cases = [_Case(self, kernel) for kernel in self._kernels(distances)]
        return self._averaged(cases, np.repeat(weights, len(distances), axis=1))

    def left_out(self) -> Expected:
        """What each campaign could have expected from the others.

        Settings are weighted without the density of the campaign itself.
        """
        cases = self._left_out()
        density = np.stack([case.log_density(self) for case in cases])
        return self._averaged(cases, _posterior(density.sum(axis=1, keepdims=True) - density))

    def _left_out(self) -> list[_Case]:
        kernels = self._kernels(self.distances)
        for kernel in kernels:
            np.fill_diagonal(kernel, 0.0)
        return [_Case(self, kernel, is_left_out=True) for kernel in kernels]

    def _kernels(self, distances: Floats) -> list[Floats]:
        """How much the known campaigns count, ``[m, n]`` in [0, 1], by bandwidth."""
        others = ~np.eye(len(self.values), dtype=np.bool_)
        nearest = float(np.median(np.where(others, self.distances, np.inf).min(axis=1)))
        unit = max(float(np.median(self.distances[others])) - nearest, 1e-9)
        excess = np.maximum(distances - nearest, 0) / unit
        return [np.exp(-((excess / bandwidth) ** 2)) for bandwidth in BANDWIDTHS]

    def _averaged(self, cases: Sequence[_Case], weights: Floats) -> Expected:
        """Answers by settings, averaged with weights ``[bandwidths, m, settings]``."""
        weighted = list(zip(cases, weights, strict=True))
        mean = sum((w * case.mean).sum(axis=1) for case, w in weighted)
        square = sum((w * (case.mean**2 + case.variance)).sum(axis=1) for case, w in weighted)
        common = sum((w * case.shrunk * case.common).sum(axis=1) for case, w in weighted)
        shrunk = sum((w * case.shrunk).sum(axis=1) for case, w in weighted)
        neighbours = sum(case.weights(w) for case, w in weighted)
        return Expected(
            np.asarray(mean),
            np.sqrt(square - mean**2),
            np.asarray(common / shrunk),
            np.asarray(neighbours),
            np.asarray(shrunk),
            len(self.values) - 1,
        )


class _Case:
    """Answers for m campaigns with one bandwidth, ``[m, settings]``.

    Attributes:
        mean: of the logarithm.
        variance: of the true one.
        common: the mean of all known campaigns.
        shrunk: weight of the common mean.
    """

    def __init__(self, known: KnownOutcomes, kernel: Floats, *, is_left_out: bool = False) -> None:
        values = known.values[:, None]
        self._kernel = kernel
        self._precision = 1 / (known.errors[:, None] ** 2 + WITHIN)
        precision_of_all = 1 / (1 / self._precision + BETWEEN)
        parts = precision_of_all * values
        own, own_part = (precision_of_all, parts) if is_left_out else (0.0, 0.0)
        total = precision_of_all.sum(axis=0) - own
        self.common = (parts.sum(axis=0) - own_part) / total
        evidence = kernel @ self._precision
        self._scale = BETWEEN / (1 + BETWEEN * evidence)
        self.shrunk = 1 / (1 + BETWEEN * evidence)
        local = kernel @ (self._precision * values)
        self.mean = self._scale * local + self.shrunk * self.common
        self.variance = self._scale + self.shrunk**2 / total + WITHIN

    def log_density(self, known: KnownOutcomes) -> Floats:
        """Of the known campaigns, each left out, ``[n, settings]``."""
        variance = self.variance + known.errors[:, None] ** 2
        apart = known.values[:, None] - self.mean
        return np.asarray(-(np.log(variance) + apart**2 / variance) / 2)

    def weights(self, weights: Floats) -> Floats:
        """Of the known campaigns ``[m, n]``, averaged over settings ``[m, settings]``."""
        return np.asarray(self._kernel * ((weights * self._scale) @ self._precision.T))


def _posterior(log_density: Floats) -> Floats:
    """Weights of settings ``[bandwidths, m, settings]`` that add up to 1 for each of m."""
    log_weights = log_density + LOG_PRIOR
    weights = np.exp(log_weights - log_weights.max(axis=(0, 2), keepdims=True))
    return np.asarray(weights / weights.sum(axis=(0, 2), keepdims=True))
