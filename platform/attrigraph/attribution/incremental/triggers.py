"""Triggered touches: number and timing of touches of one channel caused by a touch of another.

A display ad leads people to search for the brand; the ad caused this search. Intent makes both more
frequent, but it does not make searches come *after* the ad rather than before it. Triggered touches
are therefore estimated within customers, as the excess after a touch over the customer's own rate
(least squares for point processes with a level for each customer; Reynaud-Bouret &
Schbath 2010, Adaptive Estimation for Hawkes Processes):

    intensity of channel c of customer i at t  =  level_i f_c(t) + sum_p sum_lags theta_pl X_ipl(t)

where X counts the customer's touches of parent p whose lag to t falls in bin l, by its width, and
f_c is the channel's rate over time in the whole population. The level is projected out exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

LAGS = np.array([0.0, 1.0, 3.0, 10.0, 30.0])
"""Edges of the lag bins, days."""

MIN_CUMULATIVE_Z = 4.0
"""Minimum z-score of cumulative triggered touches, at their most significant lag. Long lags are
estimated so poorly in a short window that their noise would hide the first ones.
"""

MIN_LAST_BIN_Z = 2.0
"""Minimum z-score of the last lag bin that is kept."""

PROBES = 10
"""Random times per customer for the Monte Carlo integrals."""


@dataclass(frozen=True, slots=True, eq=False)
class Triggers:
    """Touches caused by touches.

    Attributes:
        mean: float64 ``[keys, keys, bins]``, touches of the second channel that a touch of the
            first causes within each lag bin; 0 if not significant, and beyond the last
            significant bin.
        error: float64 ``[keys, keys]``, standard error of the sum up to that bin.
    """

    mean: NDArray[np.float64]
    error: NDArray[np.float64]

    def expected(
        self,
        row: NDArray[np.int64],
        key: NDArray[np.int64],
        age: NDArray[np.float64],
        rows: int,
    ) -> NDArray[np.float64]:
        """Expected triggered touches ``[rows, keys]`` of touches with the given ages."""
        keys = len(self.mean)
        total = np.zeros((rows, keys))
        share = np.clip((age[:, None] - LAGS[:-1]) / np.diff(LAGS), 0.0, 1.0)
        for parent in range(keys):
            if self.mean[parent].any():
                is_parent = key == parent
                caused = share[is_parent] @ self.mean[parent].T
                for child in np.flatnonzero(self.mean[parent].any(axis=1)):
                    total[:, child] += np.bincount(row[is_parent], caused[:, child], rows)
        return total


def fit_triggers(histories: Histories, rng: np.random.Generator) -> Triggers:
    """Estimate triggered touches between all ordered pairs of channels."""
    keys = len(histories.keys)
    bins = len(LAGS) - 1
    mean = np.zeros((keys, keys, bins))
    error = np.zeros((keys, keys))
    lagged = _LaggedTouches.of(histories)
    random_times = _RandomTimes.sample(lagged, rng)
    touched = np.bincount(histories.key, minlength=keys) > 0
    for child in np.flatnonzero(touched).tolist():
        sums = _sums_of(child, lagged, random_times, rng)
        parents = [p for p in np.flatnonzero(touched).tolist() if p != child]
        while parents:
            theta, covariance = sums.estimate(parents)
            kept, deviation_kept, z_score = _significant(theta, covariance)
            is_significant = z_score > MIN_CUMULATIVE_Z
            if is_significant.all():
                mean[parents, child], error[parents, child] = kept, deviation_kept
                break
            parents = [
                p for p, kept_parent in zip(parents, is_significant, strict=True) if kept_parent
            ]
    return Triggers(mean, error)


def _significant(
    theta: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Triggered touches of each parent, without insignificant late bins.

    Args:
        theta: ``[parents, bins]``.
        covariance: ``[parents, bins, bins]``.

    Returns:
        Touches ``[parents, bins]``; the standard error ``[parents]`` of their sum; and the
        z-score ``[parents]`` of the cumulative sum at its most significant bin.
    """
    up_to = np.tri(theta.shape[1])
    deviation = np.sqrt(np.einsum("kb,pbc,kc->pk", up_to, covariance, up_to))
    z_score = theta.cumsum(axis=1) / np.maximum(deviation, 1e-12)
    bin_z = theta / np.maximum(np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)), 1e-12)
    bins = np.arange(theta.shape[1])
    last_significant = np.where(bin_z > MIN_LAST_BIN_Z, bins, 0).max(axis=1)
    last = np.maximum(last_significant, z_score.argmax(axis=1))
    parent = np.arange(len(theta))
    kept = np.where(bins <= last[:, None], theta, 0.0)
    return kept, deviation[parent, last], z_score.max(axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _LaggedTouches:
    """Touches of each channel by lag before a time.

    They are differences of cumulative counts, so the cost of a time does not depend on how many
    touches its customer has.

    Attributes:
        histories: the touches.
        running: int64 ``[touches + 1, keys]``, cumulative touches of each channel.
    """

    histories: Histories
    cumulative: NDArray[np.int64]

    @classmethod
    def of(cls, histories: Histories) -> _LaggedTouches:
        """Count the touches cumulatively."""
        cumulative = np.zeros((len(histories.key) + 1, len(histories.keys)), dtype=np.int64)
        cumulative[np.arange(1, len(cumulative)), histories.key] = 1
        return cls(histories, cumulative.cumsum(axis=0, out=cumulative))

    def per_customer(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Touches per day of lag, summed over each customer's times ``[customers, keys, bins]``."""
        return self._summed(customer, self._touches_per_day(customer, time))

    def gram(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sums of ``per_customer``, and the Gram matrix ``[keys * bins, keys * bins]``."""
        density = self._touches_per_day(customer, time)
        flat = density.reshape(len(customer), -1)
        return self._summed(customer, density), flat.T @ flat

    def _summed(
        self, customer: NDArray[np.int64], density: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        rows = self.histories.customers
        entries = (np.ones(len(customer)), (customer, np.arange(len(customer))))
        by_customer = sparse.csr_array(entries, shape=(rows, len(customer)))
        total = by_customer @ density.reshape(len(customer), -1)
        return np.asarray(total).reshape(rows, *density.shape[1:])

    def _touches_per_day(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Touches per day of lag ``[times, keys, bins]``; a bin includes its upper lag only."""
        density = np.empty((len(customer), self.cumulative.shape[1], len(LAGS) - 1))
        until = self.cumulative[self.histories.touches_before(customer, time)]
        for lag in range(len(LAGS) - 1):
            # the window begins at 0: there are no touches before
            edge = np.maximum(time - LAGS[lag + 1], -1.0)
            earlier = self.cumulative[self.histories.touches_before(customer, edge)]
            density[:, :, lag] = (until - earlier) / (LAGS[lag + 1] - LAGS[lag])
            until = earlier
        return density


@dataclass(frozen=True, slots=True, eq=False)
class _RandomTimes:
    """Touches before random times, for Monte Carlo integrals over time.

    Attributes:
        mean: float64 ``[customers, keys, bins]``.
        gram: float64 ``[keys * bins, keys * bins]``.
    """

    mean: NDArray[np.float64]
    gram: NDArray[np.float64]

    @classmethod
    def sample(cls, lagged: _LaggedTouches, rng: np.random.Generator) -> _RandomTimes:
        histories = lagged.histories
        customer = np.repeat(np.unique(histories.customer), PROBES)
        total, gram = lagged.gram(customer, histories.days * rng.random(len(customer)))
        return cls(total / PROBES, gram)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums over customers in the estimating equations of one child.

    With m_i the mean of X over the channel's calendar, they are ``sum at children (X - m_i) =
    theta * integral (X - m_i) X dt``.

    Attributes:
        excess: float64 ``[keys, bins]``, the left side.
        gram: float64 ``[keys, bins, keys, bins]``, the integral.
        scatter: float64 ``[keys, bins, keys, bins]``, outer products of customers' terms of the
            left side.
    """

    excess: NDArray[np.float64]
    gram: NDArray[np.float64]
    scatter: NDArray[np.float64]

    def estimate(self, parents: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Triggered touches ``[parents, bins]``, and their covariance ``[parents, bins, bins]``."""
        bins = len(LAGS) - 1
        columns = len(parents) * bins
        chosen = np.ix_(parents, range(bins), parents, range(bins))
        inverse = np.linalg.pinv(self.gram[chosen].reshape(columns, columns))
        theta = inverse @ self.excess[parents].reshape(columns)
        scatter = inverse @ self.scatter[chosen].reshape(columns, columns) @ inverse.T
        blocks = scatter.reshape(len(parents), bins, len(parents), bins)
        bin_z = np.arange(len(parents))
        return theta.reshape(len(parents), bins), blocks[bin_z, :, bin_z, :]


def _sums_of(
    child: int, lagged: _LaggedTouches, random_times: _RandomTimes, rng: np.random.Generator
) -> _Sums:
    histories = lagged.histories
    is_child = histories.key == child
    child_customer, child_time = histories.customer[is_child], histories.time[is_child]
    customer = np.repeat(np.unique(histories.customer), PROBES)
    calendar = lagged.per_customer(
        customer, child_time[rng.integers(len(child_time), size=len(customer))]
    )
    calendar /= PROBES
    touches = np.bincount(child_customer, minlength=histories.customers)
    excess = lagged.per_customer(child_customer, child_time) - touches[:, None, None] * calendar
    rows, shape = histories.customers, (*excess.shape[1:], *excess.shape[1:])
    left, mean = excess.reshape(rows, -1), random_times.mean.reshape(rows, -1)
    gram = random_times.gram / PROBES - calendar.reshape(rows, -1).T @ mean
    return _Sums(
        excess.sum(axis=0),
        (histories.days * gram).reshape(shape),
        (left.T @ left).reshape(shape),
    )
