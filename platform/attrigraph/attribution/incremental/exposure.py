"""Exposure: touches decayed to a moment and saturated, one number a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.moments import Moments


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How the touches of each channel fade and add up.

    Attributes:
        half_life: float64 ``[keys]``, days after which a touch works half as much.
        saturation: float64 ``[keys]``, s in the exposure ``1 - exp(-s * decayed sum)``; at 1.5 one
            fresh touch gives .78 of the full effect.
    """

    half_life: NDArray[np.float64]
    saturation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
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

    def strength(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Decayed sums ``[rows, keys]`` for half-lives ``[keys]`` in days."""
        cell = self.row * self.keys + self.key
        flat = np.bincount(cell, self.weights(half_life), self.rows * self.keys)
        return flat.reshape(self.rows, self.keys).astype(np.float64)

    def exposure(self, shape: Shape) -> NDArray[np.float64]:
        """Exposures ``[rows, keys]``."""
        return saturate(self.strength(shape.half_life), shape.saturation)

    def exposure_and_bends(
        self, shape: Shape, main: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Exposures ``[rows, keys]``, and how the logit bends with the shape ``[rows, 2 * keys]``.

        Bends are derivatives of ``exposure * main``, the first half in the logs of half-lives, the
        second in the logs of saturations.
        """
        strength = self.strength(shape.half_life)
        slope = main * shape.saturation * np.exp(-shape.saturation * strength)
        bends = np.concatenate([slope * self.fading(shape.half_life), slope * strength], axis=1)
        return saturate(strength, shape.saturation), bends

    def fading(self, half_life: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivative of ``strength`` in the log of each channel's half-life, ``[rows, keys]``."""
        cell = self.row * self.keys + self.key
        scaled = np.log(2.0) * self.age / half_life[self.key]
        flat = np.bincount(
            cell, scaled * np.exp2(-self.age / half_life[self.key]), self.rows * self.keys
        )
        return flat.reshape(self.rows, self.keys).astype(np.float64)


def reach(histories: Histories, moments: Moments, *, whole: bool = False) -> Reach:
    """Pair each moment with the customer's touches before it and after the last conversion.

    With ``whole`` the touches before earlier conversions count too.
    """
    end = histories.touches_before(moments.customer, moments.time)
    since = np.full(len(moments), -1.0) if whole else moments.since
    begin = histories.touches_before(moments.customer, since)
    count = end - begin
    row = np.repeat(np.arange(len(moments)), count)
    touch = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - begin, count)
    age = moments.time[row] - histories.time[touch]
    return Reach(len(moments), len(histories.keys), row, touch, histories.key[touch], age)


def saturate(strength: NDArray[np.float64], saturation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exposure in [0, 1) of decayed sums >= 0, ``[..., keys]``."""
    return -np.expm1(-saturation * strength)
