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
    anywhere = _Probes.uniform(histories, rng)
    for child in range(keys):
        total = (histories.key == child).sum()
        if total == 0:
            continue
        seen = _Probes.of_child(histories, child)
        calendar = _Probes.like_child(histories, child, rng)
        parents = [p for p in range(keys) if p != child and (histories.key == p).any()]
        while parents:
            theta, covariance = _estimate(histories, parents, seen, calendar, anywhere)
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
class _Probes:
    """Moments of customers with the lags to all their touches before."""

    customer: NDArray[np.int64]
    row: NDArray[np.int64]
    key: NDArray[np.int64]
    bin: NDArray[np.int64]

    @classmethod
    def at(
        cls, histories: Histories, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> _Probes:
        end = histories.touches_before(customer, time)
        begin = histories.touches_before(customer, np.maximum(time - LAGS[-1], -1.0))
        count = end - begin
        row = np.repeat(np.arange(len(customer)), count)
        touch = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - begin, count)
        lag = time[row] - histories.time[touch]
        place = np.searchsorted(LAGS, lag, "left") - 1
        inside = (place >= 0) & (place < len(LAGS) - 1)
        return cls(customer, row[inside], histories.key[touch[inside]], place[inside])

    @classmethod
    def of_child(cls, histories: Histories, child: int) -> _Probes:
        mine = histories.key == child
        return cls.at(histories, histories.customer[mine], histories.time[mine])

    @classmethod
    def like_child(cls, histories: Histories, child: int, rng: np.random.Generator) -> _Probes:
        customer = np.repeat(np.unique(histories.customer), PROBES)
        times = histories.time[histories.key == child]
        return cls.at(histories, customer, times[rng.integers(len(times), size=len(customer))])

    @classmethod
    def uniform(cls, histories: Histories, rng: np.random.Generator) -> _Probes:
        customer = np.repeat(np.unique(histories.customer), PROBES)
        return cls.at(histories, customer, histories.days * rng.random(len(customer)))

    def features(self, parents: list[int]) -> NDArray[np.float64]:
        """Parent touches a day of lag ``[moments, parents * bins]``."""
        bins = len(LAGS) - 1
        place = np.full(self.key.max(initial=0) + 1, -1)
        kept = [p for p in parents if p < len(place)]
        place[kept] = [parents.index(p) for p in kept]
        mine = place[self.key] >= 0
        columns = len(parents) * bins
        cell = self.row[mine] * columns + place[self.key[mine]] * bins + self.bin[mine]
        flat = np.bincount(cell, minlength=len(self.customer) * columns)
        return np.asarray(flat.reshape(-1, columns) / np.tile(np.diff(LAGS), len(parents)))


def _estimate(
    histories: Histories,
    parents: list[int],
    seen: _Probes,
    calendar: _Probes,
    anywhere: _Probes,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Triggered touches ``[parents, bins]`` and their covariance ``[parents, bins, bins]``.

    With m_i the mean of X over the channel's calendar, the estimating equations are, summed over
    customers: ``sum at children (X - m_i) = theta * integral (X - m_i) X dt``.
    """
    n = histories.customers
    at_child = seen.features(parents)
    at_calendar = calendar.features(parents)
    at_random = anywhere.features(parents)
    columns = at_child.shape[1]
    calendar_mean = np.zeros((n, columns))
    random_mean = np.zeros((n, columns))
    excess = np.zeros((n, columns))
    for j in range(columns):
        calendar_mean[:, j] = np.bincount(calendar.customer, at_calendar[:, j], n) / PROBES
        random_mean[:, j] = np.bincount(anywhere.customer, at_random[:, j], n) / PROBES
        excess[:, j] = np.bincount(seen.customer, at_child[:, j], n)
    excess -= np.bincount(seen.customer, minlength=n)[:, None] * calendar_mean
    days = histories.days
    gram = days / PROBES * (at_random.T @ at_random) - days * (calendar_mean.T @ random_mean)
    inverse = np.linalg.pinv(gram)
    theta = inverse @ excess.sum(axis=0)
    scatter = inverse @ (excess.T @ excess) @ inverse.T
    bins = len(LAGS) - 1
    blocks = scatter.reshape(len(parents), bins, len(parents), bins)
    own = np.arange(len(parents))
    return theta.reshape(len(parents), bins), blocks[own, :, own, :]
