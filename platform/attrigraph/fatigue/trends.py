"""Log rates of units that are quadratic in time, with coefficients shrunk to those of all.

    clicks ~ Poisson(impressions exp(a + b t + c t^2)),  (b, c) ~ Normal(mean, variances)

The level a is free. Means and variances are found by expectation maximisation, with the normal
approximation of each unit's posterior (Breslow and Clayton 1993).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROUNDS: Final = 8

STEPS: Final = 4
"""Of Newton, in a round."""

SCALE: Final = 10.0
"""Days, so that coefficients are of the order of 1."""

FREE: Final = 1e-6
"""Precision of the prior of a level."""

DEGREE: Final = 2


def powers(days: Floats) -> Floats:
    """What coefficients are of: 1, t and t^2 ``[..., 3]``."""
    return np.stack([(days / SCALE) ** power for power in range(DEGREE + 1)], axis=-1)


def shrunk_trends(clicks: Floats, impressions: Floats, days: Floats) -> Floats:
    """Coefficients of ``powers(days)`` in the log rate of each unit ``[n, 3]``.

    Args:
        clicks: ``[n, windows]``.
        impressions: ``[n, windows]``; windows without any do not count.
        days: middle of each window ``[n, windows]``.
    """
    x = powers(days)
    clicks = np.where(impressions > 0, clicks, 0)
    total = np.maximum(impressions.sum(axis=1), 1)
    fitted = np.zeros((len(clicks), DEGREE + 1))
    fitted[:, 0] = np.log((clicks.sum(axis=1) + 0.5) / total)
    mean, precision = np.zeros(DEGREE + 1), np.array([FREE, 1.0, 1.0])
    known = clicks.any(axis=1)
    for _ in range(ROUNDS):
        for _ in range(STEPS):
            rate = np.exp(np.clip((x @ fitted[:, :, None])[:, :, 0], -30, 5))
            expected = impressions * rate
            score = (x * (clicks - expected)[:, :, None]).sum(axis=1) - precision * (fitted - mean)
            information = np.swapaxes(x, 1, 2) @ (x * expected[:, :, None]) + np.diag(precision)
            step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
            fitted = fitted + np.clip(step, -1, 1)
        if not known.any():
            break
        spread = np.diagonal(np.linalg.inv(information[known]), axis1=1, axis2=2)
        mean = np.where(precision == FREE, 0, fitted[known].mean(axis=0))
        variance = ((fitted[known] - mean) ** 2 + spread).mean(axis=0)
        precision = np.array([FREE, *1 / np.maximum(variance[1:], FREE)])
    return fitted
