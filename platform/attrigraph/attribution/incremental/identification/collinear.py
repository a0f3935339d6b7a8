"""Channels whose credits cannot be told apart: only their sum is identified.

Where two channels run together, more credit of one is less credit of the other: the posterior
distribution of their credits has a strong negative correlation (collinearity; Belsley, Kuh &
Welsch 1980). Bootstrap draws give the correlation. Priors split the credit of such a pair
nevertheless, and narrow the draws, so a second test looks at the touches themselves: channels that
reach the same people on the same days follow a common plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

MAX_CORRELATION: Final = -0.7
"""Correlation of two credits below which only their sum is identified."""

MIN_TOGETHER: Final = 0.5
"""Correlation of two channels' presence on days of people above which they follow one plan."""

MIN_ERROR: Final = 0.01
"""Standard error of a credit, as a share of the conversions, for which the split matters."""

MAX_TOUCHES: Final = 1_000_000
"""Approximate maximum number of touches; of more, those of every so many customers are used."""


def collinear(deviations: NDArray[np.float64], observed: int) -> NDArray[np.bool_]:
    """Pairs of channels ``[keys, keys]`` of which only the sum is identified.

    Args:
        deviations: draws of the credits minus the credits, ``[draws, keys]``; without draws
            no pair is found.
        observed: number of conversions.
    """
    if len(deviations) == 0:
        return np.zeros((deviations.shape[1], deviations.shape[1]), dtype=bool)
    deviation = deviations - deviations.mean(axis=0)
    error = deviation.std(axis=0)
    covariance = deviation.T @ deviation / len(deviation)
    correlation = covariance / np.maximum(np.outer(error, error), 1e-12)
    matters = error > MIN_ERROR * observed
    return np.asarray((correlation < MAX_CORRELATION) & np.outer(matters, matters))


def run_together(histories: Histories) -> NDArray[np.bool_]:
    """Pairs of channels ``[keys, keys]`` that reach the same people on the same days."""
    keys = len(histories.keys)
    step = -(-len(histories.customer) // MAX_TOUCHES)
    chosen = histories.customer % max(step, 1) == 0
    customer, key = histories.customer[chosen], histories.key[chosen]
    day = np.floor(histories.time[chosen]).astype(np.int64)
    cells, place = np.unique(
        customer * (int(np.ceil(histories.days)) + 1) + day, return_inverse=True
    )
    present = np.zeros((len(cells), keys), dtype=np.float32)
    present[place, key] = 1.0
    total = -(-histories.customers // max(step, 1)) * histories.days
    share = present.sum(axis=0, dtype=np.float64) / total
    both = (present.T @ present).astype(np.float64) / total
    spread = np.sqrt(np.maximum(share * (1 - share), 1e-18))
    correlation = (both - np.outer(share, share)) / np.outer(spread, spread)
    np.fill_diagonal(correlation, 0.0)
    return np.asarray(correlation > MIN_TOGETHER)
