"""Columns of the customers table that were recorded after exposure.

Page views or last visits counted over the window are made of the touches and conversions that they
should explain, and adjusting for them hides or feigns effects (bias of post-treatment adjustment;
Rosenbaum 1984). A fact from before the window can know a person's lasting touch rate, but not the
luck of the Poisson counts. Each person's touches are therefore split over even and odd days:

* The correlation of both halves gives the reliability of the counts (Spearman 1910; Brown 1910),
  whose root no fact from before can exceed in its correlation with them. A column with many values
  that comes close to it, and correlates strongly, is taken for a count of the window.
* Given a fact, the halves still go together, as no single fact explains the whole rate; given the
  count itself they oppose each other, since their sum is fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

MIN_CORRELATION: Final = 0.8
"""Correlation with the number of touches, or with the time of the last event, above which a column
may be made of them.
"""

MIN_OF_POSSIBLE: Final = 0.9
"""The same, over the largest correlation that a fact from before the window can have."""

MIN_VALUES: Final = 10
"""Distinct values above which a column may be a count; flags and segments decide who is reached."""

MIN_SHARED_Z: Final = 10.0
"""Minimum z-score of the covariance of both halves, without the column, for the second test."""

MAX_OPPOSED_Z: Final = -4.0
"""z-score of the covariance given the column below which it is made of the touches."""

MAX_SEPARATION: Final = 0.95
"""Probability of being higher for a converter than for another person above which a column is made
of the conversions.
"""

MAX_CUSTOMERS: Final = 60_000
"""Maximum number of customers; of more, every so many are looked at."""

BINS: Final = 100
"""Groups of equal size by which a column with many values is adjusted for."""


def outcome_covariates(histories: Histories) -> NDArray[np.bool_]:
    """Columns of the covariates that seem to be recorded after exposure, ``[p]``."""
    if not histories.covariates.shape[1]:
        return np.zeros(0, dtype=bool)
    if histories.customers > MAX_CUSTOMERS:
        step = -(-histories.customers // MAX_CUSTOMERS)
        histories = histories.of_customers(np.arange(0, histories.customers, step))
    halves = _counts_of_even_and_odd_days(histories)
    converts = np.bincount(histories.converter, minlength=histories.customers) > 0
    last = _last_event(histories)
    is_shared = _covariance_z(halves, np.zeros(histories.customers, dtype=np.int64)) > MIN_SHARED_Z
    found = np.zeros(histories.covariates.shape[1], dtype=bool)
    for column in range(len(found)):
        fact = histories.covariates[:, column]
        found[column] = (
            _counts_touches(fact, halves)
            or (is_shared and _covariance_z(halves, _groups(fact)) < MAX_OPPOSED_Z)
            or _separation(np.asarray(rankdata(fact)), converts) > MAX_SEPARATION
            or _correlation(fact[last > 0], last[last > 0]) > MIN_CORRELATION
        )
    return found


def _counts_touches(fact: NDArray[np.float64], halves: NDArray[np.float64]) -> bool:
    """Whether a column goes with the touches as closely as hardly any fact from before can."""
    if len(np.unique(fact)) <= MIN_VALUES:
        return False
    for scaled in (halves, np.log1p(halves)):
        shared = max(_correlation(scaled[0], scaled[1]), 0.0)
        possible = np.sqrt(2 * shared / (1 + shared))
        touches = halves.sum(axis=0) if scaled is halves else np.log1p(halves.sum(axis=0))
        correlation = _correlation(fact, touches)
        if correlation > MIN_CORRELATION and correlation > MIN_OF_POSSIBLE * possible:
            return True
    return False


def _counts_of_even_and_odd_days(histories: Histories) -> NDArray[np.float64]:
    """Touches of each person on even and on odd days, ``[2, customers]``."""
    parity = np.floor(histories.time).astype(np.int64) % 2
    cell = parity * histories.customers + histories.customer
    counts = np.bincount(cell, minlength=2 * histories.customers)
    return counts.reshape(2, -1).astype(np.float64)


def _last_event(histories: Histories) -> NDArray[np.float64]:
    last = np.zeros(histories.customers)
    np.maximum.at(last, histories.customer, histories.time)
    np.maximum.at(last, histories.converter, histories.converted)
    return last


def _groups(fact: NDArray[np.float64]) -> NDArray[np.int64]:
    values, code = np.unique(fact, return_inverse=True)
    if len(values) <= 2 * BINS:
        return code.astype(np.int64)
    return (np.asarray(rankdata(fact, "min")) * BINS / (len(fact) + 1)).astype(np.int64)


def _covariance_z(halves: NDArray[np.float64], group: NDArray[np.int64]) -> float:
    """z-score of the covariance of both halves within groups."""
    size = np.maximum(np.bincount(group), 1)
    even, odd = (count - (np.bincount(group, count) / size)[group] for count in halves)
    product = even * odd
    return float(product.sum() / max(float(np.sqrt(product @ product)), 1e-12))


def _separation(rank: NDArray[np.float64], converts: NDArray[np.bool_]) -> float:
    """Probability that a converter has the more extreme value of two people (AUC)."""
    converters, others = int(converts.sum()), int((~converts).sum())
    if not converters or not others:
        return 0.5
    area = float(rank[converts].mean() - (converters + 1) / 2) / others
    return max(area, 1 - area)


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if len(first) < 3 or first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
