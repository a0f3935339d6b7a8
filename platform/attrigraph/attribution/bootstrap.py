"""Bootstrap over customers: Poisson weights on each customer's influence on the credits.

Refitting a model 200 times is replaced by its first-order effect: credit is a smooth function of
sums over customers, so redrawing customers with Poisson(1) weights w moves it by
``sum (w_i - 1) * influence_i`` (Hampel 1974; the one-step bootstrap of Shao & Tu 1995, ch. 4), which holds where
no single customer weighs much. The influence holds what the customer adds to the credits at the
fitted parameters and how the customer moves effects, day levels and half-lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 20_000


def poisson_draws(
    influence: NDArray[np.float64], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Deviations ``[draws, columns]`` of figures whose influences are ``[customers, columns]``."""
    total = np.zeros((draws, influence.shape[1]))
    for start in range(0, len(influence), CHUNK):
        part = influence[start : start + CHUNK]
        weights = rng.poisson(1.0, (draws, len(part))).astype(np.float64) - 1.0
        total += weights @ part
    return total


def interval(
    credit: NDArray[np.float64], deviations: NDArray[np.float64], *, level: float = 0.9
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends ``[columns]`` of the central interval of the draws around the credit."""
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(deviations, [tail, 100 - tail], axis=0)
    return credit + low, credit + high


def ahead(credit: NDArray[np.float64], deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance ``[columns, columns]`` that the first is credited with more than the second."""
    draws = credit + deviations
    return np.asarray((draws[:, :, None] > draws[:, None, :]).mean(axis=0))
