"""Calibration on held-out users: an intercept and a slope on the logit (Platt 1999; Cox 1958).

    p = sigmoid(intercept + slope * logit)

At the optimum the weighted sum of p equals the weighted conversions of the users in the fit, which
sums over journeys require; the slope corrects over-confidence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.errors import NotConvergedError

PRIOR = 1.0
"""Precision of the prior of the slope around 1; it matters only if logits hardly differ."""

STEPS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Calibration:
    """A linear map of logits, followed by the sigmoid."""

    intercept: float = 0.0
    slope: float = 1.0

    def probability(self, logit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated probability of each logit."""
        return sigmoid(self.intercept + self.slope * logit)


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``1 / (1 + exp(-x))`` without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def log_loss(
    converted: NDArray[np.bool_], probability: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """Return the weighted mean of ``-log p`` of the outcomes, in nats."""
    likelihood = np.where(converted, probability, 1 - probability)
    return float(-(weight * np.log(np.maximum(likelihood, 1e-300))).sum() / weight.sum())


def calibrate(
    logit: NDArray[np.float64], converted: NDArray[np.bool_], weight: NDArray[np.float64]
) -> Calibration:
    """Fit intercept and slope by Newton's method with halved steps.

    Args:
        logit: logits of held-out journeys.
        converted: whether each converted.
        weight: weight of each.

    Raises:
        ValueError: none or all convert, so there is no finite intercept.
        NotConvergedError: the fit does not converge.
    """
    if not converted.any() or converted.all():
        raise ValueError(
            f"calibration needs journeys that convert and that do not, got {int(converted.sum())}"
            f" of {len(converted)} that do"
        )
    # on centred logits the intercept and the slope are nearly independent
    centre = float((weight * logit).sum() / weight.sum())
    columns = np.stack([np.ones_like(logit), logit - centre], axis=1)
    rate = float(weight[converted].sum() / weight.sum())
    beta = np.array([np.log(rate / (1 - rate)), 1.0])
    loss = _penalised(columns, beta, converted, weight)
    for _ in range(STEPS):
        probability = sigmoid(columns @ beta)
        gradient = columns.T @ (weight * (probability - converted)) + [0, PRIOR * (beta[1] - 1)]
        variance = weight * probability * (1 - probability)
        curvature = (columns * variance[:, None]).T @ columns + np.diag([0, PRIOR])
        step = np.linalg.solve(curvature, gradient)
        if float(gradient @ step) < TOLERANCE * max(1.0, loss):
            return Calibration(float(beta[0] - beta[1] * centre), float(beta[1]))
        size = 1.0
        while _penalised(columns, beta - size * step, converted, weight) > loss and size > 1e-6:
            size /= 2
        beta = beta - size * step
        loss = _penalised(columns, beta, converted, weight)
    raise NotConvergedError(f"calibration did not converge in {STEPS} steps")


def _penalised(
    columns: NDArray[np.float64],
    beta: NDArray[np.float64],
    converted: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> float:
    z = columns @ beta
    loss = float((weight * (np.logaddexp(0, z) - converted * z)).sum())
    return loss + PRIOR / 2 * float(beta[1] - 1) ** 2
