"""Calibration on held-out users: an intercept and a slope on the logit (Platt 1999; Cox 1958).

    p = sigmoid(intercept + slope * logit)

At the optimum the weighted sum of p equals the weighted conversions of the users it was fitted to,
which is what a sum over journeys needs; the slope undoes over-confidence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.errors import NotConvergedError

PRIOR = 1.0
"""Precision of the slope around 1: it decides only where logits hardly differ."""

STEPS = 50
SETTLED = 1e-10


@dataclass(frozen=True)
class Calibration:
    """What a logit goes through to become a probability."""

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
    """Return the weighted mean of ``-log p`` of what happened, in nats."""
    told = np.where(converted, probability, 1 - probability)
    return float(-(weight * np.log(np.maximum(told, 1e-300))).sum() / weight.sum())


def calibrate(
    logit: NDArray[np.float64], converted: NDArray[np.bool_], weight: NDArray[np.float64]
) -> Calibration:
    """Fit intercept and slope by Newton's method with halved steps.

    Args:
        logit: of held-out journeys.
        converted: whether they did.
        weight: of each.

    Raises:
        ValueError: nothing or everything converts, so there is no finite intercept.
        NotConvergedError: the fit does not settle.
    """
    if not converted.any() or converted.all():
        raise ValueError(
            f"calibration needs journeys that convert and that do not, got {int(converted.sum())}"
            f" of {len(converted)} that do"
        )
    # On centred logits intercept and slope hardly depend on each other.
    centre = float((weight * logit).sum() / weight.sum())
    columns = np.stack([np.ones_like(logit), logit - centre], axis=1)
    rate = float(weight[converted].sum() / weight.sum())
    beta = np.array([np.log(rate / (1 - rate)), 1.0])
    loss = _penalised(columns, beta, converted, weight)
    for _ in range(STEPS):
        chance = sigmoid(columns @ beta)
        gradient = columns.T @ (weight * (chance - converted)) + [0, PRIOR * (beta[1] - 1)]
        spread = weight * chance * (1 - chance)
        curvature = (columns * spread[:, None]).T @ columns + np.diag([0, PRIOR])
        step = np.linalg.solve(curvature, gradient)
        if float(gradient @ step) < SETTLED * max(1.0, loss):
            return Calibration(float(beta[0] - beta[1] * centre), float(beta[1]))
        size = 1.0
        while _penalised(columns, beta - size * step, converted, weight) > loss and size > 1e-6:
            size /= 2
        beta = beta - size * step
        loss = _penalised(columns, beta, converted, weight)
    raise NotConvergedError(f"calibration did not settle in {STEPS} steps")


def _penalised(
    columns: NDArray[np.float64],
    beta: NDArray[np.float64],
    converted: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> float:
    z = columns @ beta
    loss = float((weight * (np.logaddexp(0, z) - converted * z)).sum())
    return loss + PRIOR / 2 * float(beta[1] - 1) ** 2
