"""Triggered touches: how many touches of one channel a touch of another causes, and how soon.

A display ad sends people to search for the brand; that search is the ad's doing. Intent makes both
more frequent, but it makes no search come *after* the ad rather than before it. So triggered
touches are estimated within customers, as the excess after a touch over what the customer's own
rate lets expect (least squares for point processes with a level for each customer; Reynaud-Bouret &
Schbath 2010, Adaptive Estimation for Hawkes Processes):

    intensity of channel c of customer i at t  =  level_i f_c(t) + sum_p sum_lags theta_pl X_ipl(t)

where X counts the customer's touches of parent p whose lag to t falls in bin l, by its width, and
f_c is the calendar of the channel over the whole population. The level is projected out exactly.
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

SURE = 4.0
"""Standard errors above 0 that a triggered number must reach, up to its surest lag, to be believed:
touches of longer lags tell so little in a short window that they would drown those of the first.
"""

TELLING = 2.0
"""Standard errors above 0 of the last lag bin that is kept."""

PROBES = 10
"""Random moments a customer at which the integrals of the estimate are taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Triggers:
    """Touches caused by touches.

    Attributes:
        mean: float64 ``[keys, keys, bins]``, touches of the second channel that a touch of the
            first causes within each lag bin; 0 where nothing is sure, and beyond the last bin
            that tells anything.
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
        """Triggered touches ``[rows, keys]`` to be expected from touches of the given ages."""
        keys = len(self.mean)
        total = np.zeros((rows, keys))
        share = np.clip((age[:, None] - LAGS[:-1]) / np.diff(LAGS), 0.0, 1.0)
        for parent in range(keys):
            if self.mean[parent].any():
                mine = key == parent
                caused = share[mine] @ self.mean[parent].T
                for child in np.flatnonzero(self.mean[parent].any(axis=1)):
                    total[:, child] += np.bincount(row[mine], caused[:, child], rows)
        return total


def fit_triggers(histories: Histories, rng: np.random.Generator) -> Triggers:
    """Estimate triggered touches between all ordered pairs of channels."""
    keys = len(histories.keys)
    bins = len(LAGS) - 1
    mean = np.zeros((keys, keys, bins))
    error = np.zeros((keys, keys))
    lagged = _LaggedTouches.of(histories)
    anywhere = _Anywhere.drawn(lagged, rng)
    touched = np.bincount(histories.key, minlength=keys) > 0
    for child in np.flatnonzero(touched).tolist():
        sums = _sums_of(child, lagged, anywhere, rng)
        parents = [p for p in np.flatnonzero(touched).tolist() if p != child]
        while parents:
            theta, covariance = sums.estimate(parents)
            kept, reached, away = _surest(theta, covariance)
            sure = away > SURE
            if sure.all():
                mean[parents, child], error[parents, child] = kept, reached
                break
            parents = [p for p, stays in zip(parents, sure, strict=True) if stays]
    return Triggers(mean, error)


def _surest(
    theta: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Triggered touches of each parent without late bins that tell nothing.

    Args:
        theta: ``[parents, bins]``.
        covariance: ``[parents, bins, bins]``.

    Returns:
        Touches ``[parents, bins]``; the standard error ``[parents]`` of their sum; and how many
        standard errors the sum up to its surest bin is above 0, ``[parents]``.
    """
    upto = np.tri(theta.shape[1])
    deviation = np.sqrt(np.einsum("kb,pbc,kc->pk", upto, covariance, upto))
    away = theta.cumsum(axis=1) / np.maximum(deviation, 1e-12)
    own = theta / np.maximum(np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)), 1e-12)
    bins = np.arange(theta.shape[1])
    telling = np.where(own > TELLING, bins, 0).max(axis=1)
    last = np.maximum(telling, away.argmax(axis=1))
    parent = np.arange(len(theta))
    kept = np.where(bins <= last[:, None], theta, 0.0)
    return kept, deviation[parent, last], away.max(axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _LaggedTouches:
    """How many touches of each channel lie how long before a moment.

    They are differences of running counts, so a moment costs the same however many touches its
    customer has.

    Attributes:
        histories: the touches.
        running: int64 ``[touches + 1, keys]``, touches of each channel up to a row.
    """

    histories: Histories
    running: NDArray[np.int64]

    @classmethod
    def of(cls, histories: Histories) -> _LaggedTouches:
        """Count them up."""
        running = np.zeros((len(histories.key) + 1, len(histories.keys)), dtype=np.int64)
        running[np.arange(1, len(running)), histories.key] = 1
        return cls(histories, running.cumsum(axis=0, out=running))

    def per_customer(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Touches a day of lag, summed over each customer's moments ``[customers, keys, bins]``."""
        return self._summed(customer, self._touches_a_day(customer, time))

    def gram(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same sums, and those over all moments of products ``[keys * bins, keys * bins]``."""
        density = self._touches_a_day(customer, time)
        flat = density.reshape(len(customer), -1)
        return self._summed(customer, density), flat.T @ flat

    def _summed(
        self, customer: NDArray[np.int64], density: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        rows = self.histories.customers
        places = (np.ones(len(customer)), (customer, np.arange(len(customer))))
        whose = sparse.csr_array(places, shape=(rows, len(customer)))
        found = whose @ density.reshape(len(customer), -1)
        return np.asarray(found).reshape(rows, *density.shape[1:])

    def _touches_a_day(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """``[moments, keys, bins]``; a bin holds its upper lag and not its lower one."""
        found = np.empty((len(customer), self.running.shape[1], len(LAGS) - 1))
        later = self.running[self.histories.touches_before(customer, time)]
        for lag in range(len(LAGS) - 1):
            # a window begins at 0: moments before it are none
            edge = np.maximum(time - LAGS[lag + 1], -1.0)
            sooner = self.running[self.histories.touches_before(customer, edge)]
            found[:, :, lag] = (later - sooner) / (LAGS[lag + 1] - LAGS[lag])
            later = sooner
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Anywhere:
    """Touches before random moments: what integrals over time are taken from.

    Attributes:
        mean: float64 ``[customers, keys, bins]``.
        gram: float64 ``[keys * bins, keys * bins]``.
    """

    mean: NDArray[np.float64]
    gram: NDArray[np.float64]

    @classmethod
    def drawn(cls, lagged: _LaggedTouches, rng: np.random.Generator) -> _Anywhere:
        histories = lagged.histories
        customer = np.repeat(np.unique(histories.customer), PROBES)
        total, gram = lagged.gram(customer, histories.days * rng.random(len(customer)))
        return cls(total / PROBES, gram)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums over customers that the estimating equations of one child are made of.

    With m_i the mean of X over the channel's calendar, they are ``sum at children (X - m_i) =
    theta * integral (X - m_i) X dt``.

    Attributes:
        excess: float64 ``[keys, bins]``, the left side.
        gram: float64 ``[keys, bins, keys, bins]``, the integral.
        scatter: float64 ``[keys, bins, keys, bins]``, products of customers' parts of the left.
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
        own = np.arange(len(parents))
        return theta.reshape(len(parents), bins), blocks[own, :, own, :]


def _sums_of(
    child: int, lagged: _LaggedTouches, anywhere: _Anywhere, rng: np.random.Generator
) -> _Sums:
    histories = lagged.histories
    mine = histories.key == child
    whose, when = histories.customer[mine], histories.time[mine]
    customer = np.repeat(np.unique(histories.customer), PROBES)
    calendar = lagged.per_customer(customer, when[rng.integers(len(when), size=len(customer))])
    calendar /= PROBES
    touches = np.bincount(whose, minlength=histories.customers)
    excess = lagged.per_customer(whose, when) - touches[:, None, None] * calendar
    rows, shape = histories.customers, (*excess.shape[1:], *excess.shape[1:])
    left, mean = excess.reshape(rows, -1), anywhere.mean.reshape(rows, -1)
    gram = anywhere.gram / PROBES - calendar.reshape(rows, -1).T @ mean
    return _Sums(
        excess.sum(axis=0),
        (histories.days * gram).reshape(shape),
        (left.T @ left).reshape(shape),
    )
