"""Effects of touches in a world: exposure by channel and origin, conversion probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter
from scipy.special import expit

from attrigraph.worlds.population import SPONTANEOUS, Population

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec


@dataclass(frozen=True, slots=True, eq=False)
class Adstocks:
    """Decayed sums of touches at the times when a customer may convert.

    Attributes:
        moments: float ``[n, k]``, days since the start of the window.
        by_origin: per channel, the sums ``[n, k]`` of its touches by the channel that triggered
            them.
        rest: float ``[n, 1]``, the part of the logit that does not depend on touches.
    """

    moments: NDArray[np.float64]
    by_origin: tuple[dict[int, NDArray[np.float64]], ...]
    rest: NDArray[np.float64]


def adstocks(spec: WorldSpec, people: Population, rng: np.random.Generator) -> Adstocks:
    """Decayed sums of each customer's touches, at one time per day or at the end of the window."""
    customers = len(people.intent)
    if spec.when == "end":
        moments = np.full((customers, 1), float(spec.days))
    else:
        moments = np.arange(spec.days) + rng.random((customers, spec.days))
    by_origin = []
    for index, channel in enumerate(spec.channels):
        origins = {SPONTANEOUS: people.channel == index}
        for parent, other in enumerate(spec.channels):
            if channel.name in other.triggers:
                origins[parent] = origins[SPONTANEOUS] & (people.parent == parent)
        origins[SPONTANEOUS] = origins[SPONTANEOUS] & (people.parent == SPONTANEOUS)
        by_origin.append(
            {
                origin: decayed(
                    people.customer[rows], people.time[rows], moments, channel.half_life
                )
                for origin, rows in origins.items()
            }
        )
    rest = spec.base + spec.intent_effect * people.intent[:, None]
    return Adstocks(moments, tuple(by_origin), rest)


def decayed(
    customer: NDArray[np.int64],
    time: NDArray[np.float64],
    moments: NDArray[np.float64],
    half_life: float,
) -> NDArray[np.float64]:
    """Sum of ``2^(-age / half_life)`` over earlier touches, at each time; one time per day."""
    customers, days = moments.shape
    if days == 1:
        weight = np.exp2((time - moments[customer, 0]) / half_life)
        return np.bincount(customer, weight, customers).astype(np.float64)[:, None]
    day = time.astype(np.int64)
    cell = customer * days + day
    carried = np.bincount(cell, np.exp2((time - day - 1) / half_life), customers * days)
    evening = lfilter([1.0], [1.0, -(2.0 ** (-1 / half_life))], carried.reshape(customers, days))
    level = np.zeros((customers, days))
    level[:, 1:] = evening[:, :-1]
    level *= np.exp2(-(moments - np.arange(days)) / half_life)
    age = moments.ravel()[cell] - time
    before = age > 0
    level += np.bincount(cell[before], np.exp2(-age[before] / half_life), customers * days).reshape(
        customers, days
    )
    return np.asarray(level)


class ConversionModel:
    """Conversion probabilities of a population for any set of channels; caches exposures."""

    def __init__(self, spec: WorldSpec, adstock: Adstocks) -> None:
        self._spec = spec
        self._adstock = adstock
        self._exposure: dict[tuple[int, tuple[int, ...]], NDArray[np.float64]] = {}

    def probabilities(self, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Probability ``[n, k]`` to convert at each time if only the channels in ``on`` are active.

        A triggered touch occurs only if the channel that triggered it is active, too.
        """
        spec = self._spec
        exposure = {
            channel.name: self._exposed(index, on)
            for index, channel in enumerate(spec.channels)
            if on[index]
        }
        logit = np.repeat(self._adstock.rest, self._adstock.moments.shape[1], axis=1)
        for channel in spec.channels:
            if channel.name in exposure and channel.effect != 0:
                logit += channel.effect * exposure[channel.name]
        for (first, second), weight in spec.synergies.items():
            if first in exposure and second in exposure:
                logit += weight * exposure[first] * exposure[second]
        return np.asarray(expit(logit))

    def _exposed(self, index: int, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        levels = self._adstock.by_origin[index]
        origins = tuple(o for o in levels if o == SPONTANEOUS or on[o])
        if (index, origins) not in self._exposure:
            total = np.add.reduce([levels[origin] for origin in origins])
            saturation = self._spec.channels[index].saturation
            self._exposure[index, origins] = -np.expm1(-saturation * total)
        return self._exposure[index, origins]


def ever(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability ``[n]`` to convert at any time, from those ``[n, k]`` at each time."""
    return np.asarray(-np.expm1(np.log1p(-probability).sum(axis=1)))


def coalitions(players: int) -> Iterator[NDArray[np.bool_]]:
    """All sets of channels as masks, in binary order: channel i is bit i."""
    for number in range(2**players):
        yield (number >> np.arange(players)) & 1 == 1
