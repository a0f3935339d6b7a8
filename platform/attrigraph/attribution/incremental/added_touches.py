"""Touches that channels would add if they touched people more often: who gets them, and when.

Touches of a channel are taken for a Poisson process with a rate per customer and day: what the
customer's attributes lead to expect, times a gamma factor that lasts, times the channel's calendar.
The factor is drawn from its posterior given the touches before the first conversion, so that people
who are touched often get more of the added touches, and people who never were get some. The shape
of the factor follows from the covariance of the touches in the first and the last third of the
time, as in ``daily_touches``.

Thinned and multiplied channels are one process (Kingman 1993, Poisson Processes, ch. 5): every
touch has a mark, uniform in [0, 1) for observed ones and in [1, m) for those that m times the rate
adds, and a multiple of the channel has the touches whose marks are below it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.daily_touches import FRAILTY_SHAPES
from attrigraph.attribution.incremental.purchase_window import purchase_touches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.histories import Histories

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MarkedTouches:
    """Observed and added touches.

    Attributes:
        histories: with both; none of the added ones is ``capturing``.
        mark: float64 ``[touches]``, multiples above it have the touch.
        is_act: bool ``[touches]``, added touches like those that may be part of a purchase.
    """

    histories: Histories
    mark: Floats
    is_act: NDArray[np.bool_]

    def mirrored(self, most: float) -> Floats:
        """Marks in the opposite order, of the same law: what came first comes last."""
        is_added = self.mark >= 1
        opposite = np.where(is_added, 1 + most - self.mark, 1 - self.mark)
        return np.where(is_added, opposite, np.minimum(opposite, np.nextafter(1.0, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class CustomerRates:
    """How often each channel touches each customer.

    Attributes:
        prior: float64 ``[customers, keys]``, touches per weighted day that attributes lead to
            expect; they sum to the observed ones.
        seen: float64 ``[customers, keys]``, touches before the first conversion.
        expected: float64 ``[customers, keys]``, the same by ``prior``.
        shape: float64 ``[keys]``, gamma shape of the lasting factor.
        conditions: with the calendar.
    """

    prior: Floats
    seen: Floats
    expected: Floats
    shape: Floats
    conditions: Conditions

    def draw(self, rng: np.random.Generator) -> Floats:
        """Touches per weighted day ``[customers, keys]``, from their posterior."""
        factor = rng.gamma(self.shape + self.seen) / (self.shape + self.expected)
        return np.asarray(self.prior * factor)


def customer_rates(histories: Histories, conditions: Conditions) -> CustomerRates:
    """Rates of customers and channels.

    Args:
        histories: some customers.
        conditions: of these customers.
    """
    end = np.maximum(histories.until_first_conversion, 1e-6)
    seen = _touches_between(histories, 0.0, end)
    days = conditions.calendar.days_until(end)
    prior = np.where(conditions.expected.any(axis=0), conditions.expected, 1.0)
    prior = prior * seen.sum(axis=0) / np.maximum((prior * days).sum(axis=0), 1e-12)
    shape = _shape(histories, conditions, prior)
    return CustomerRates(prior, seen, prior * days, shape, conditions)


def _touches_between(histories: Histories, start: float, end: Floats) -> Floats:
    """Touches ``[customers, keys]`` from ``start`` to the end of each customer ``[customers]``.

    Those at the moment of purchase are left out: no channel would add any.
    """
    customer, keys = histories.customer, len(histories.keys)
    within = (histories.time >= start) & (histories.time <= end[customer])
    within[purchase_touches(histories)] = False
    cell = customer[within] * keys + histories.key[within]
    count = np.bincount(cell, minlength=histories.customers * keys)
    return count.reshape(histories.customers, keys).astype(np.float64)


def _shape(histories: Histories, conditions: Conditions, prior: Floats) -> Floats:
    """Gamma shape ``[keys]`` from the covariance of the first and the last third of the time."""
    third = histories.days / 3
    products, expected = [], []
    for start in (0.0, 2 * third):
        end = np.full(histories.customers, start + third)
        touches = _touches_between(histories, start, end)
        until = conditions.calendar.days_until(np.array([start, start + third]))
        mean = prior * (until[1] - until[0])
        mean = mean * touches.sum(axis=0) / np.maximum(mean.sum(axis=0), 1e-12)
        products.append(touches - mean)
        expected.append(mean)
    covariance = (products[0] * products[1]).sum(axis=0)
    relative = covariance / np.maximum((expected[0] * expected[1]).sum(axis=0), 1e-12)
    low, high = FRAILTY_SHAPES
    return np.asarray(1 / np.clip(relative, 1 / high, 1 / low))


def with_added_touches(
    histories: Histories, rates: CustomerRates, most: float, rng: np.random.Generator
) -> MarkedTouches:
    """The histories with the touches that ``most`` times the rates would add in the window.

    An added touch is like a random one of its channel in the window: it may be part of a purchase
    and ends to act as that one. Channels without a touch in the window add none.

    Args:
        histories: some customers.
        rates: of these customers.
        most: the largest multiple, at least 1.
        rng: draws rates, touches and marks.
    """
    customer, key, time = _added(histories, rates, most, rng)
    like = _like(histories, key, rng)
    observed = len(histories.time)
    together = np.concatenate([np.arange(observed), like])
    customers = np.concatenate([histories.customer, customer])
    times = np.concatenate([histories.time, time])
    order = np.lexsort((times, customers))
    is_added = order >= observed
    source, capturing = together[order], histories.capturing
    own = histories.own_lookback
    is_act = np.zeros(len(order), bool) if capturing is None else capturing[source]
    mark = np.concatenate([rng.random(observed), 1 + (most - 1) * rng.random(len(key))])
    merged = replace(
        histories,
        customer=customers[order],
        time=times[order],
        key=histories.key[source],
        capturing=None if capturing is None else is_act & ~is_added,
        own_lookback=None if own is None else own[source],
    )
    return MarkedTouches(merged, mark[order], is_act & is_added)


def _added(
    histories: Histories, rates: CustomerRates, most: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Customer, key and time of added touches, channel by channel."""
    calendar = rates.conditions.calendar
    ends = calendar.days_until(np.array([histories.warm_up, histories.days]))
    in_window = np.bincount(histories.key[histories.is_in_window], minlength=len(histories.keys))
    span = np.where(in_window > 0, ends[1] - ends[0], 0.0)
    number = rng.poisson((most - 1) * rates.draw(rng) * span)
    parts = []
    for key in range(len(histories.keys)):
        customer = np.repeat(np.arange(histories.customers), number[:, key])
        weighted = ends[0, key] + span[key] * rng.random(len(customer))
        time = np.interp(weighted, calendar.cumulative[:, key], calendar.edges)
        parts.append((customer, np.full(len(customer), key), time))
    customers, keys, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    return customers, keys, times


def _like(
    histories: Histories, key: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A random touch in the window of each key ``[n]``."""
    in_window = np.flatnonzero(histories.is_in_window)
    by_key = in_window[np.argsort(histories.key[in_window], kind="stable")]
    size = np.bincount(histories.key[in_window], minlength=len(histories.keys))
    first = np.cumsum(size) - size
    return np.asarray(by_key[first[key] + (rng.random(len(key)) * size[key]).astype(np.int64)])
