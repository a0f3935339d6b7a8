"""Limits of credits: no channel, and no sum of channels, can exceed the observed conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def limited(
    credit: NDArray[np.float64], variance: NDArray[np.float64], observed: float
) -> NDArray[np.float64]:
    """Credits ``[..., keys]`` within the limits.

    Each is at most ``observed`` in absolute terms. A sum above ``observed`` is lowered where credit
    is least certain: in proportion to the variance, as conditioning independent normal
    distributions on their sum does. No positive credit becomes negative.

    Args:
        credit: float64 ``[..., keys]``.
        variance: float64 ``[keys]``, of the credits.
        observed: conversions.
    """
    within = np.clip(credit, -observed, observed)
    excess = np.maximum(within.sum(axis=-1, keepdims=True) - observed, 0.0)
    share = np.maximum(variance, 1e-12 * max(float(variance.max(initial=0.0)), 1.0))
    # A channel that reaches 0 leaves the rest of the excess to the others.
    for _ in range(credit.shape[-1]):
        weight = np.where(within > 0, share, 0.0)
        total = weight.sum(axis=-1, keepdims=True)
        part = excess * weight / np.where(total > 0, total, 1.0)
        taken = np.minimum(part, np.maximum(within, 0.0))
        within = within - taken
        excess = excess - taken.sum(axis=-1, keepdims=True)
        if (excess <= 1e-9 * observed).all():
            break
    return within
