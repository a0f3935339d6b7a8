"""How strongly a group of effects shrinks to 0: the posterior of the standard deviation they share.

Effects of a group are normal around 0 with an unknown sd s. Near the fit the likelihood of the
group is quadratic. In the eigenvectors of the group's posterior variance, with variances v,
effects u and the penalty q of the fit, it has precision ``p = 1 / v - q`` and slope ``u / v``, so

    2 log p(data | s) = sum of  -log(1 + p s^2) + (u / v)^2 / (p + 1 / s^2)

The prior of s is half-normal. With few effects, or weak ones, the most likely s is often 0, and
takes its own uncertainty for certainty (Morris 1983). The posterior mean of s is the estimate
here, and what s leaves open is a part of the intervals (Kass & Steffey 1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPREADS: Final = np.geomspace(0.01, 2.0, 25)
"""Standard deviations between which the posterior is evaluated, on the logit scale."""

SPREAD_SCALE: Final = 1.0
"""Scale of the half-normal prior of the standard deviation."""


@dataclass(frozen=True, slots=True, eq=False)
class SpreadPosterior:
    """Posterior of the standard deviation of a group of effects.

    Attributes:
        weight: float64 ``[spreads]``, posterior probabilities of ``SPREADS``.
        vectors: float64 ``[group, group]``, eigenvectors of the group's posterior variance.
        variance: float64 ``[group]``, its eigenvalues.
        effect: float64 ``[group]``, effects along the eigenvectors.
        fitted: the penalty of the fit.
    """

    weight: NDArray[np.float64]
    vectors: NDArray[np.float64]
    variance: NDArray[np.float64]
    effect: NDArray[np.float64]
    fitted: float

    @classmethod
    def of(
        cls, effect: NDArray[np.float64], variance: NDArray[np.float64], penalty: float
    ) -> SpreadPosterior:
        """From effects ``[group]`` that were fitted with a penalty, and their posterior variance.

        A group has at least one effect.
        """
        values, vectors = np.linalg.eigh(variance)
        rotated = effect @ vectors
        precision = np.maximum(1 / values - penalty, 0.0)
        prior = SPREADS[:, None] ** -2.0
        evidence = (rotated / values) ** 2 / (precision + prior) - np.log1p(precision / prior)
        # the grid is even in the logarithm
        log_weight = evidence.sum(axis=1) / 2 + np.log(SPREADS) - (SPREADS / SPREAD_SCALE) ** 2 / 2
        weight = np.exp(log_weight - log_weight.max())
        return cls(weight / weight.sum(), vectors, values, rotated, penalty)

    @property
    def penalty(self) -> float:
        """Penalty that belongs to the posterior mean of the standard deviation."""
        mean = float(self.weight @ SPREADS)
        return 1 / mean**2

    def left_open(self, direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Matrix S ``[keys, keys]``: ``S.T @ S`` is the variance of credits that s adds.

        Args:
            direction: float64 ``[group, keys]``, the group's rows of the posterior variance of all
                parameters times the gradient of the credits.
        """
        along = self.vectors.T @ direction
        more = SPREADS[:, None] ** -2.0 - self.fitted
        moved = -more / (1 + more * self.variance)  # [spreads, group]
        shift = (moved * self.effect) @ along
        shift -= self.weight @ shift
        added = (along * (self.weight @ moved)[:, None]).T @ along
        added += (shift * self.weight[:, None]).T @ shift
        values, vectors = np.linalg.eigh(added)
        return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)
