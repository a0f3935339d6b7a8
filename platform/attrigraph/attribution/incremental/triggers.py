"""Triggered touches: number and timing of touches of one channel caused by a touch of another.

A display ad leads people to search for the brand; the ad caused this search. Intent makes both more
frequent, but it does not make searches come *after* the ad rather than before it. Triggered touches
are therefore estimated within customers, as the excess after a touch minus the excess before it,
over the customer's own rate (least squares for point processes with a level for each customer;
Reynaud-Bouret & Schbath 2010, Adaptive Estimation for Hawkes Processes):

    intensity of channel c of customer i at t
        =  level_i f_c(t) + sum_p sum_lags (theta_pl X_ipl(t) + sigma_pl (X_ipl(t) + Y_ipl(t)))

where X counts the customer's touches of parent p whose lag to t falls in bin l, by its width, Y
counts those that come *later* by the same lag, and f_c is the channel's rate over time in the whole
population. The level is projected out exactly. Whatever brings touches of both channels together
without an order (channels bought together, sessions, intent that moves, ids of short life) is
sigma; only theta, the asymmetry, is a trigger.

No touch prevents others in this model: theta is the nearest non-negative vector in the metric of
its covariance (Lawson & Hanson 1974, Solving Least Squares Problems), and an intensity is never
negative. Standard errors are those of the unconstrained estimate, clustered by customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.optimize import nnls

if TYPE_CHECKING:
    from collections.abc import Callable

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

MIN_MUTUAL_SHARE = 0.1
"""Minimum share of each channel's touches that follow the other's touches beyond its own rate, for
a pair to be mutual. Less than this moves too little credit to matter.
"""

SYMMETRIC_RIDGE = 0.01
"""Ridge on the symmetric excess, relative to its diagonal. In a window that is not much longer than
the lags, touches before and after any time add up to the customer's total, which is projected out.
"""

PROBES = 10
"""Random times per customer for the Monte Carlo integrals."""


@dataclass(frozen=True, slots=True, eq=False)
class Triggers:
    """Touches caused by touches.

    Attributes:
        mean: float64 ``[keys, keys, bins]``, touches of the second channel that a touch of the
            first causes within each lag bin, not negative; 0 if not significant, and beyond the
            last significant bin.
        error: float64 ``[keys, keys]``, standard error of their sum.
        mutual: pairs of channels whose touches follow each other in both directions, so that
            neither is known to trigger the other; their ``mean`` is 0.
    """

    mean: NDArray[np.float64]
    error: NDArray[np.float64]
    mutual: tuple[tuple[int, int], ...] = ()

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
        for parent in range(keys):
            if self.mean[parent].any():
                is_parent = key == parent
                lags = (age[is_parent, None] - LAGS[:-1]) / np.diff(LAGS)
                caused = np.clip(lags, 0.0, 1.0) @ self.mean[parent].T
                for child in np.flatnonzero(self.mean[parent].any(axis=1)):
                    total[:, child] += np.bincount(row[is_parent], caused[:, child], rows)
        return total


def fit_triggers(histories: Histories, rng: np.random.Generator) -> Triggers:
    """Estimate triggered touches between all ordered pairs of channels."""
    keys = len(histories.keys)
    mean = np.zeros((keys, keys, len(LAGS) - 1))
    error = np.zeros((keys, keys))
    follows = np.zeros((keys, keys), dtype=bool)
    lagged = _LaggedTouches.of(histories)
    random_times = _RandomTimes.sample(lagged, rng)
    touches = np.bincount(histories.key, minlength=keys)
    touched = np.flatnonzero(touches).tolist()
    for child in touched:
        sums = _sums_of(child, lagged, random_times, rng)
        parents = [p for p in touched if p != child]
        if not parents:
            break
        after = sums.estimate(parents).after
        follows[parents, child] = _follows(after, touches[parents] / touches[child])
        mean[:, child], error[:, child] = _triggers_of(sums, parents)
    mutual = _mutual(mean, follows)
    for pair in mutual:
        mean[pair], error[pair] = 0.0, 0.0
        mean[pair[::-1]], error[pair[::-1]] = 0.0, 0.0
    return Triggers(mean, error, mutual)


def _triggers_of(
    sums: _Sums, parents: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Significant triggered touches of one child ``[keys, bins]``, and errors of sums ``[keys]``.

    Parents that are not significant are left out until all are.
    """
    keys = len(sums.excess)
    mean, error = np.zeros((keys, len(LAGS) - 1)), np.zeros(keys)
    while parents:
        triggered = sums.estimate(parents).triggered
        last, deviation, z_score = triggered.significance()
        is_significant = z_score > MIN_CUMULATIVE_Z
        if is_significant.all():
            mean[parents], error[parents] = triggered.non_negative(last), deviation
            break
        parents = [p for p, kept in zip(parents, is_significant, strict=True) if kept]
    return mean, error


def _mutual(mean: NDArray[np.float64], follows: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Pairs that trigger each other, or follow each other without an order."""
    triggers = mean.any(axis=2)
    ordered = triggers ^ triggers.T
    both = (triggers & triggers.T) | (follows & follows.T & ~ordered)
    return tuple((int(a), int(b)) for a, b in np.argwhere(np.triu(both, 1)))


def _follows(after: _Touches, ratio: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the child's touches follow each parent's, for whatever reason, ``[parents]``.

    Args:
        after: excess of the child's touches after a touch of each parent.
        ratio: touches of the parent per touch of the child, ``[parents]``.
    """
    share = ratio * after.mean.cumsum(axis=1).max(axis=1)
    return np.asarray((after.significance()[2] > MIN_CUMULATIVE_Z) & (share > MIN_MUTUAL_SHARE))


@dataclass(frozen=True, slots=True, eq=False)
class _Touches:
    """Touches of one child after a touch of each parent, by lag.

    Attributes:
        mean: float64 ``[parents, bins]``; may be negative.
        covariance: float64 ``[parents, bins, parents, bins]``.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def significance(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """The last significant bin, and how significant the sums are, each ``[parents]``.

        Returns:
            The last bin; the standard error of the sum up to the bin after it, because chance
            decides whether that one is kept; and the z-score of the cumulative sum at its most
            significant bin.
        """
        bins = np.arange(self.mean.shape[1])
        parent = np.arange(len(self.mean))
        own = self.covariance[parent, :, parent, :]
        up_to = np.tri(len(bins))
        deviation = np.sqrt(np.einsum("kb,pbc,kc->pk", up_to, own, up_to))
        z_score = self.mean.cumsum(axis=1) / np.maximum(deviation, 1e-12)
        bin_z = self.mean / np.maximum(np.sqrt(np.diagonal(own, axis1=1, axis2=2)), 1e-12)
        last_significant = np.where(bin_z > MIN_LAST_BIN_Z, bins, 0).max(axis=1)
        last = np.maximum(last_significant, z_score.argmax(axis=1))
        next_bin = np.minimum(last + 1, bins[-1])
        return last, deviation[parent, next_bin], z_score.max(axis=1)

    def non_negative(self, last: NDArray[np.int64]) -> NDArray[np.float64]:
        """The nearest non-negative touches ``[parents, bins]`` that are 0 after the last bins."""
        kept = np.arange(self.mean.shape[1]) <= last[:, None]
        columns = np.flatnonzero(kept)
        covariance = self.covariance.reshape(kept.size, kept.size)[np.ix_(columns, columns)]
        scale = np.sqrt(np.maximum(np.diagonal(covariance), 1e-24))
        correlation = covariance / np.outer(scale, scale) + 1e-6 * np.eye(len(columns))
        whiten = np.linalg.inv(np.linalg.cholesky(correlation))
        nearest, _ = nnls(whiten, whiten @ (self.mean[kept] / scale))
        touches = np.zeros(kept.shape)
        touches[kept] = nearest * scale
        return touches


@dataclass(frozen=True, slots=True, eq=False)
class _Estimate:
    """Coefficients of one child's intensity.

    Attributes:
        mean: float64 ``[parents, 2 * bins]``, theta, then sigma.
        covariance: float64 ``[parents, 2 * bins, parents, 2 * bins]``.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def triggered(self) -> _Touches:
        """Theta: the excess after a touch minus the excess before it."""
        bins = self.mean.shape[1] // 2
        return _Touches(self.mean[:, :bins], self.covariance[:, :bins, :, :bins])

    @property
    def after(self) -> _Touches:
        """Theta + sigma: the excess after a touch."""
        bins = self.mean.shape[1] // 2
        both = np.tile(np.eye(bins), 2)
        covariance = np.einsum("bx,pxqy,cy->pbqc", both, self.covariance, both)
        return _Touches(self.mean @ both.T, np.asarray(covariance))


@dataclass(frozen=True, slots=True, eq=False)
class _LaggedTouches:
    """Touches of each channel by lag before a time, and by lag before or after it.

    They are differences of cumulative counts, so the cost of a time does not depend on how many
    touches its customer has.

    Attributes:
        histories: the touches.
        cumulative: float64 ``[touches + 1, keys]``, touches of each channel before each row.
    """

    histories: Histories
    cumulative: NDArray[np.float64]

    @classmethod
    def of(cls, histories: Histories) -> _LaggedTouches:
        """Count the touches cumulatively."""
        cumulative = np.zeros((len(histories.key) + 1, len(histories.keys)))
        cumulative[np.arange(1, len(cumulative)), histories.key] = 1
        return cls(histories, cumulative.cumsum(axis=0, out=cumulative))

    def per_customer(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Touches per day of lag, summed over customers' times ``[customers, keys, 2 * bins]``.

        The customers are ascending. Cumulative counts are summed before they are subtracted, since
        there are more times than customers.
        """
        return self._per_day(customer, time, partial(self._summed, customer))

    def gram(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sums of ``per_customer``, and their Gram matrix ``[keys * 2 * bins] * 2``."""
        per_time = self._per_day(customer, time, self.cumulative.__getitem__)
        flat = per_time.reshape(len(customer), -1)
        return self.per_customer(customer, time), flat.T @ flat

    def _summed(self, customer: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.float64]:
        """Cumulative touches before some rows, summed over customers ``[customers, keys]``."""
        rows = self.histories.customers
        first = np.searchsorted(customer, np.arange(rows + 1))
        shape = rows, len(self.cumulative)
        counts = sparse.csr_array((np.ones(len(row)), row, first), shape=shape)
        return np.asarray(counts @ self.cumulative)

    def _per_day(
        self,
        customer: NDArray[np.int64],
        time: NDArray[np.float64],
        cumulative: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Touches per day of lag ``[times or customers, keys, 2 * bins]``: X, then X + Y.

        A bin includes its upper lag only, so touches of the same time are in no bin.

        Args:
            customer: of each time.
            time: days.
            cumulative: cumulative touches by channel before rows of the histories, one per time.
        """
        bins = len(LAGS) - 1
        before = cumulative(self.histories.touches_before(customer, time))
        until = cumulative(self._touches_until(customer, time))
        density = np.empty((*before.shape, 2 * bins))
        for lag in range(bins):
            width = LAGS[lag + 1] - LAGS[lag]
            # the window begins at 0 and ends at ``days``: there are no touches outside
            edge = np.maximum(time - LAGS[lag + 1], -1.0)
            earlier = cumulative(self.histories.touches_before(customer, edge))
            edge = np.minimum(time + LAGS[lag + 1], self.histories.days + 0.5)
            later = cumulative(self._touches_until(customer, edge))
            density[:, :, lag] = (before - earlier) / width
            density[:, :, bins + lag] = density[:, :, lag] + (later - until) / width
            before, until = earlier, later
        return density

    def _touches_until(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """For each customer and time, the row after the last touch up to it."""
        return self.histories.touches_before(customer, np.nextafter(time, np.inf))


@dataclass(frozen=True, slots=True, eq=False)
class _RandomTimes:
    """Touches before random times, for Monte Carlo integrals over time.

    Attributes:
        mean: float64 ``[customers, keys, 2 * bins]``.
        gram: float64 ``[keys * 2 * bins, keys * 2 * bins]``.
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

    With Z = (X, X + Y) and m_i its mean over the channel's calendar, they are ``sum at children
    (Z - m_i) = integral (Z - m_i) Z dt (theta, sigma)``.

    Attributes:
        excess: float64 ``[keys, 2 * bins]``, the left side.
        gram: float64 ``[keys, 2 * bins, keys, 2 * bins]``, the integral.
        scatter: float64 ``[keys, 2 * bins, keys, 2 * bins]``, outer products of customers' terms of
            the left side.
    """

    excess: NDArray[np.float64]
    gram: NDArray[np.float64]
    scatter: NDArray[np.float64]

    def estimate(self, parents: list[int]) -> _Estimate:
        """Coefficients of some parents."""
        width = self.excess.shape[1]
        columns = len(parents) * width
        chosen = np.ix_(parents, range(width), parents, range(width))
        gram = self.gram[chosen].reshape(columns, columns)
        is_symmetric = np.tile(np.arange(width) >= width // 2, len(parents))
        ridge = SYMMETRIC_RIDGE * np.abs(np.diagonal(gram)) * is_symmetric
        inverse = np.linalg.pinv(gram + np.diag(ridge))
        mean = np.asarray(inverse @ self.excess[parents].reshape(columns))
        covariance = inverse @ self.scatter[chosen].reshape(columns, columns) @ inverse.T
        shape = (len(parents), width)
        return _Estimate(mean.reshape(shape), covariance.reshape(*shape, *shape))


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
