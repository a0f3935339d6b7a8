"""Saturated adstock: decayed sums of touches at a person-day, one exposure per channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.purchase_window import window_begin
from attrigraph.attribution.incremental.ranges import rows_of_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays


@dataclass(frozen=True, slots=True, eq=False)
class ResponseShape:
    """How the effect of each channel's touches decays and saturates.

    Attributes:
        half_life: float64 ``[keys]``, days after which the effect of a touch has halved; where
            effects are delayed, days after which it is largest.
        saturation: float64 ``[keys]``, s in the exposure ``1 - exp(-s * adstock)``; at 1.5 one
            fresh touch gives 0.78 of the full effect.
    """

    half_life: NDArray[np.float64]
    saturation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TouchPairs:
    """Pairs of person-day and earlier touch, from which every exposure is summed.

    Attributes:
        rows: number of person-days.
        keys: number of channels.
        row: int64 ``[pairs]``, the person-day.
        touch: int64 ``[pairs]``, the touch.
        key: int64 ``[pairs]``, its channel.
        age: float64 ``[pairs]``, days from the touch to the person-day, >= 0.
        delayed: whether effects rise before they fall (see ``delay``).
        kept: float64 ``[pairs]``, the part of the effect that conversions since the touch have
            left; None for all of it.
    """

    rows: int
    keys: int
    row: NDArray[np.int64]
    touch: NDArray[np.int64]
    key: NDArray[np.int64]
    age: NDArray[np.float64]
    delayed: bool = False
    kept: NDArray[np.float64] | None = None

    def take(self, chosen: NDArray[np.bool_]) -> TouchPairs:
        """Some of the pairs, of the same person-days."""
        return replace(
            self,
            row=self.row[chosen],
            touch=self.touch[chosen],
            key=self.key[chosen],
            age=self.age[chosen],
            kept=None if self.kept is None else self.kept[chosen],
        )

    def counts(self) -> NDArray[np.float64]:
        """Touches of each channel before each person-day, ``[rows, keys]``."""
        return self._summed(None)

    def weights(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weight of each touch ``[pairs]``: ``2^(-age / half-life of its channel)``.

        With a delay ``x exp(1 - x)``, x the age over the days after which the effect is largest;
        both times what conversions have left of it.
        """
        relative = self.age / half_life[self.key]
        weights = relative * np.exp(1 - relative) if self.delayed else np.exp2(-relative)
        return weights if self.kept is None else self.kept * weights

    def adstock(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Decayed sums ``[rows, keys]`` for half-lives ``[keys]`` in days."""
        return self._summed(self.weights(half_life))

    def exposure(self, shape: ResponseShape) -> NDArray[np.float64]:
        """Saturated adstock ``[rows, keys]``."""
        return saturate(self.adstock(shape.half_life), shape.saturation)

    def exposure_and_gradient(
        self, shape: ResponseShape, main: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Exposures ``[rows, keys]`` and the gradient of the logit ``[rows, 2 * keys]``.

        ``main`` is ``[keys]`` or ``[rows, keys]``. The gradient holds derivatives of
        ``exposure * main``: the first half with respect to the
        logs of half-lives, the second with respect to the logs of saturations.
        """
        weights = self.weights(shape.half_life)
        adstock = self._summed(weights)
        slope = main * shape.saturation * np.exp(-shape.saturation * adstock)
        adstock_gradient = self._gradient(shape.half_life, weights)
        gradient = np.concatenate([slope * adstock_gradient, slope * adstock], axis=1)
        return saturate(adstock, shape.saturation), gradient

    def adstock_gradient(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivative of ``adstock`` in the log of each channel's half-life, ``[rows, keys]``."""
        return self._gradient(half_life, self.weights(half_life))

    def _gradient(
        self, half_life: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if self.delayed:
            return self._summed((self.age / half_life[self.key] - 1) * weights)
        return self._summed(np.log(2.0) * self.age / half_life[self.key] * weights)

    def _summed(self, weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Sum weights of pairs by person-day and channel; None counts the pairs."""
        cell = self.row * self.keys + self.key
        flat = np.bincount(cell, weights, self.rows * self.keys)
        return flat.reshape(self.rows, self.keys).astype(np.float64)


def pair_touches(
    histories: Histories,
    person_days: PersonDays,
    *,
    carry_over: float = 0.0,
    delayed: bool = False,
) -> TouchPairs:
    """Pair each person-day with the touches that still act on it.

    These are the customer's touches, at most as old as the lookback of each. Every conversion
    leaves ``carry_over`` of the effect of the touches before it, a share in [0, 1]; with 0 those
    since the previous conversion act alone. Touches in the purchase window are left out (see
    ``purchase_window``). ``delayed`` is the kernel of the pairs.
    """
    since = np.full(len(person_days), -1.0) if carry_over else person_days.since
    since = np.maximum(since, histories.acting_since(person_days.time))
    begin = histories.touches_before(person_days.customer, since)
    pairs = replace(_pairs_from(histories, person_days, begin), delayed=delayed)
    if 0 < carry_over < 1:
        passed = person_days.earlier[pairs.row] - histories.n_converted_before[pairs.touch]
        pairs = replace(pairs, kept=np.power(carry_over, passed, dtype=np.float64))
    acting = histories.is_acting(pairs.touch, pairs.age)
    return pairs if acting is None else pairs.take(acting)


def pair_all_touches(histories: Histories, person_days: PersonDays) -> TouchPairs:
    """Pair each person-day with all earlier touches of the customer outside its purchase window.

    They show how often the customer is touched, whether or not they still act.
    """
    return _pairs_from(histories, person_days, histories.first_touch[person_days.customer])


def _pairs_from(
    histories: Histories, person_days: PersonDays, begin: NDArray[np.int64]
) -> TouchPairs:
    """Pairs with the touches from rows ``begin`` on, ``[m]``."""
    end = histories.touches_before(person_days.customer, person_days.time)
    row, touch = rows_of_ranges(begin, end)
    if histories.capturing is not None:
        in_window = touch >= window_begin(histories, person_days, end)[row]
        kept = ~(in_window & histories.capturing[touch])
        row, touch = row[kept], touch[kept]
    age = person_days.time[row] - histories.time[touch]
    return TouchPairs(len(person_days), len(histories.keys), row, touch, histories.key[touch], age)


def saturate(adstock: NDArray[np.float64], saturation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exposure in [0, 1) for adstock >= 0, ``[..., keys]``."""
    return -np.expm1(-saturation * adstock)
