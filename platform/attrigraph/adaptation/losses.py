"""Losses of scores: half the deviance of a generalised linear model with its canonical link.

A loss is a sum over outputs, convex in the scores, and 0 where prediction and observation are
equal. Its gradient by the scores is the mean prediction minus what was observed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import xlogy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LARGEST: Final = 1e100
"""Larger features, scores and observations are rejected, so that squares are finite."""

MAX_EXPONENT: Final = 50.0
"""Of means that are exponentials: their scores count as at most this."""


def is_bounded(values: Floats) -> bool:
    """Whether all are numbers of at most ``LARGEST``."""
    return bool(np.abs(values).max(initial=0.0) <= LARGEST)


class Loss(Protocol):
    """A loss of scores ``[n_outputs]``."""

    def mean(self, scores: Floats) -> Floats:
        """The prediction, in the unit of what is observed."""
        ...

    def accepts(self, observed: Floats) -> bool:
        """Whether these can be observed."""
        ...

    def value(self, scores: Floats, observed: Floats) -> float:
        """The loss, at least 0."""
        ...

    def divergence(self, scores: Floats, correction: Floats) -> float:
        """Bound of the loss of corrected scores where the uncorrected ones are exact.

        Holds for the correction and for its negative, and is at most t^2 times as large for a
        correction that is t times as large, t <= 1.
        """
        ...


class SquaredLoss:
    """|scores - observed|^2 / 2."""

    def mean(self, scores: Floats) -> Floats:
        """The scores."""
        return scores

    def accepts(self, observed: Floats) -> bool:
        """Whether all are finite."""
        return is_bounded(observed)

    def value(self, scores: Floats, observed: Floats) -> float:
        """Half the sum of squares."""
        error = scores - observed
        return 0.5 * float(error.dot(error))

    def divergence(self, scores: Floats, correction: Floats) -> float:  # noqa: ARG002, the protocol's
        """|correction|^2 / 2."""
        return 0.5 * float(correction.dot(correction))


class PoissonLoss:
    """Sum of m - y + y log(y / m) for counts y and means m = exp(scores)."""

    def mean(self, scores: Floats) -> Floats:
        """exp(scores)."""
        return np.exp(np.minimum(scores, MAX_EXPONENT))

    def accepts(self, observed: Floats) -> bool:
        """Whether all are finite and at least 0."""
        return is_bounded(observed) and bool(observed.min(initial=0.0) >= 0)

    def value(self, scores: Floats, observed: Floats) -> float:
        """Half the deviance."""
        means = self.mean(scores)
        logs = xlogy(observed, observed) - observed * np.minimum(scores, MAX_EXPONENT)
        return max(0.0, float(means.sum() - observed.sum() + logs.sum()))

    def divergence(self, scores: Floats, correction: Floats) -> float:
        """Sum of m (e^|c| - 1 - |c|)."""
        size = np.minimum(np.abs(correction), MAX_EXPONENT)
        return float(self.mean(scores).dot(np.expm1(size) - size))
