"""Columns of the customers table that were recorded after exposure.

Page views or last visits counted over the window are made of the touches and conversions that they
should explain, and adjusting for them hides or feigns effects (bias of post-treatment adjustment;
Rosenbaum 1984). A fact from before the window can know a person's lasting touch rate, but not the
luck of the Poisson counts. The test splits each person's touches over even and odd days. Given a
fact of the person, the two counts still go together, as no single fact explains the whole rate;
given a count of the touches they do not, or even oppose each other, since their sum is fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

MIN_SHARED_Z: Final = 10.0
"""Minimum z-score of the covariance of both counts, without the column, for the test."""

MAX_OPPOSED_Z: Final = -4.0
"""z-score of the covariance given the column below which it is made of the touches."""

MAX_UNSHARED_Z: Final = 2.0
"""z-score up to which a column that also separates converters is made of the touches."""

MAX_SEPARATION: Final = 0.8
"""Probability, for such a column, that it is higher for a converter than for another person."""

CERTAIN_SEPARATION: Final = 0.95
"""The same, for a column that is taken for an outcome on this ground alone."""

MAX_CORRELATION_WITH_LAST: Final = 0.8
"""Correlation with the time of a person's last event above which a column is made of it."""

BINS: Final = 100
"""Groups of equal size by which a column with many values is adjusted for."""


def outcome_covariates(histories: Histories) -> NDArray[np.bool_]:
    """Columns of the covariates that seem to be recorded after exposure, ``[p]``."""
    counts = _counts_of_even_and_odd_days(histories)
    converts = np.bincount(histories.converter, minlength=histories.customers) > 0
    last = _last_event(histories)
    shared = _covariance_z(counts, np.zeros(histories.customers, dtype=np.int64))
    found = np.zeros(histories.covariates.shape[1], dtype=bool)
    for column in range(len(found)):
        fact = histories.covariates[:, column]
        rank = np.asarray(rankdata(fact))
        separation = _separation(rank, converts)
        given = _covariance_z(counts, _groups(fact))
        is_count = shared > MIN_SHARED_Z and (
            given < MAX_OPPOSED_Z or (given < MAX_UNSHARED_Z and separation > MAX_SEPARATION)
        )
        found[column] = (
            is_count
            or separation > CERTAIN_SEPARATION
            or _correlation(fact[last > 0], last[last > 0]) > MAX_CORRELATION_WITH_LAST
        )
    return found


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


def _covariance_z(counts: NDArray[np.float64], group: NDArray[np.int64]) -> float:
    """z-score of the covariance of both counts within groups."""
    size = np.maximum(np.bincount(group), 1)
    even, odd = (count - (np.bincount(group, count) / size)[group] for count in counts)
    product = even * odd
    return float(product.sum() / max(float(np.sqrt(product @ product)), 1e-12))


def _separation(rank: NDArray[np.float64], converts: NDArray[np.bool_]) -> float:
    """Probability that a converter has the more extreme value of two people (AUC)."""
    converters, others = int(converts.sum()), int((~converts).sum())
    if not converters or not others:
        return 0.5
    area = float(rank[converts].mean() - (converters + 1) / 2) / others
    return max(area, 1 - area)


def _correlation(fact: NDArray[np.float64], time: NDArray[np.float64]) -> float:
    if len(fact) < 3 or fact.std() == 0 or time.std() == 0:
        return 0.0
    return float(np.corrcoef(fact, time)[0, 1])
