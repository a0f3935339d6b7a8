"""Exposure: touches decayed to a moment and saturated, one number a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays


@dataclass(frozen=True, slots=True, eq=False)
class ResponseShape:
    """How the touches of each channel fade and add up.

    Attributes:
        half_life: float64 ``[keys]``, days after which a touch works half as much.
        saturation: float64 ``[keys]``, s in the exposure ``1 - exp(-s * decayed sum)``; at 1.5 one
            fresh touch gives .78 of the full effect.
    """

    half_life: NDArray[np.float64]
    saturation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TouchPairs:
    """Which touches reach which moments: the pairs from which any exposure is summed.

    Attributes:
        rows: number of moments.
        keys: number of channels.
        row: int64 ``[pairs]``, the moment.
        touch: int64 ``[pairs]``, the touch.
        key: int64 ``[pairs]``, its channel.
        age: float64 ``[pairs]``, days from the touch to the moment, >= 0.
    """

    rows: int
    keys: int
    row: NDArray[np.int64]
    touch: NDArray[np.int64]
    key: NDArray[np.int64]
    age: NDArray[np.float64]

    def counts(self) -> NDArray[np.float64]:
        """Touches of each channel before each moment, ``[rows, keys]``."""
        cell = self.row * self.keys + self.key
        flat = np.bincount(cell, minlength=self.rows * self.keys)
        return flat.reshape(self.rows, self.keys).astype(np.float64)

    def weights(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is left of each touch, ``2^(-age / half-life of its channel)``, ``[pairs]``."""
        return np.exp2(-self.age / half_life[self.key])

    def adstock(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Decayed sums ``[rows, keys]`` for half-lives ``[keys]`` in days."""
        cell = self.row * self.keys + self.key
        flat = np.bincount(cell, self.weights(half_life), self.rows * self.keys)
        return flat.reshape(self.rows, self.keys).astype(np.float64)

    def exposure(self, shape: ResponseShape) -> NDArray[np.float64]:
        """Exposures ``[rows, keys]``."""
        return saturate(self.adstock(shape.half_life), shape.saturation)

    def exposure_and_gradient(
        self, shape: ResponseShape, main: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Exposures ``[rows, keys]``, and how the logit bends with the shape ``[rows, 2 * keys]``.

        Bends are derivatives of ``exposure * main``, the first half in the logs of half-lives, the
        second in the logs of saturations.
        """
        adstock = self.adstock(shape.half_life)
        slope = main * shape.saturation * np.exp(-shape.saturation * adstock)
        gradient = np.concatenate(
            [slope * self.adstock_gradient(shape.half_life), slope * adstock], axis=1
        )
        return saturate(adstock, shape.saturation), gradient

    def adstock_gradient(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivative of ``adstock`` in the log of each channel's half-life, ``[rows, keys]``."""
        cell = self.row * self.keys + self.key
        scaled = np.log(2.0) * self.age / half_life[self.key]
        flat = np.bincount(
            cell, scaled * np.exp2(-self.age / half_life[self.key]), self.rows * self.keys
        )
        return flat.reshape(self.rows, self.keys).astype(np.float64)


def pair_touches(
    histories: Histories, person_days: PersonDays, *, whole: bool = False
) -> TouchPairs:
    """Pair each moment with the customer's touches before it and after the last conversion.

    With ``whole`` the touches before earlier conversions count too.
    """
    end = histories.touches_before(person_days.customer, person_days.time)
    since = np.full(len(person_days), -1.0) if whole else person_days.since
    begin = histories.touches_before(person_days.customer, since)
    count = end - begin
    row = np.repeat(np.arange(len(person_days)), count)
    touch = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - begin, count)
    age = person_days.time[row] - histories.time[touch]
    return TouchPairs(len(person_days), len(histories.keys), row, touch, histories.key[touch], age)


def saturate(adstock: NDArray[np.float64], saturation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exposure in [0, 1) of decayed sums >= 0, ``[..., keys]``."""
    return -np.expm1(-saturation * adstock)
