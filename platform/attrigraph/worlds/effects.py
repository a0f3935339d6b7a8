"""How touches work in a world: exposures by channel and origin, and the chance to convert."""

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
class Strengths:
    """Decayed sums of touches at the moments when a customer may convert.

    Attributes:
        moments: float ``[n, k]``, days since the window began.
        by_origin: per channel, the sums ``[n, k]`` of its touches by what caused them.
        rest: float ``[n, 1]``, the part of the logit that no touch changes.
    """

    moments: NDArray[np.float64]
    by_origin: tuple[dict[int, NDArray[np.float64]], ...]
    rest: NDArray[np.float64]


def strengths(spec: WorldSpec, people: Population, rng: np.random.Generator) -> Strengths:
    """Sum the touches of each customer, decayed to one moment a day, or to the window's end."""
    customers = len(people.intent)
    if spec.when == "end":
        moments = np.full((customers, 1), float(spec.days))
    else:
        moments = np.arange(spec.days) + rng.random((customers, spec.days))
    by_origin = []
    for place, channel in enumerate(spec.channels):
        origins = {SPONTANEOUS: people.channel == place}
        for parent, other in enumerate(spec.channels):
            if channel.name in other.triggers:
                origins[parent] = origins[SPONTANEOUS] & (people.parent == parent)
        origins[SPONTANEOUS] = origins[SPONTANEOUS] & (people.parent == SPONTANEOUS)
        by_origin.append(
            {
                origin: _decayed(
                    people.customer[mine], people.time[mine], moments, channel.half_life
                )
                for origin, mine in origins.items()
            }
        )
    rest = spec.base + spec.intent_effect * people.intent[:, None]
    return Strengths(moments, tuple(by_origin), rest)


def _decayed(
    customer: NDArray[np.int64],
    time: NDArray[np.float64],
    moments: NDArray[np.float64],
    half_life: float,
) -> NDArray[np.float64]:
    """Sum of ``2^(-age / half_life)`` over earlier touches, at each moment; one moment a day."""
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


class Played:
    """A population's chances to convert under any set of channels; exposures are kept."""

    def __init__(self, spec: WorldSpec, strength: Strengths) -> None:
        self._spec = spec
        self._strength = strength
        self._exposure: dict[tuple[int, tuple[int, ...]], NDArray[np.float64]] = {}

    def chances(self, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Chance ``[n, k]`` to convert at each moment when only the channels of ``on`` run.

        A triggered touch happens only where its parent's channel runs as well.
        """
        spec = self._spec
        exposure = {
            channel.name: self._exposed(place, on)
            for place, channel in enumerate(spec.channels)
            if on[place]
        }
        logit = np.repeat(self._strength.rest, self._strength.moments.shape[1], axis=1)
        for channel in spec.channels:
            if channel.name in exposure and channel.effect != 0:
                logit += channel.effect * exposure[channel.name]
        for (first, second), weight in spec.synergies.items():
            if first in exposure and second in exposure:
                logit += weight * exposure[first] * exposure[second]
        return np.asarray(expit(logit))

    def _exposed(self, place: int, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        levels = self._strength.by_origin[place]
        origins = tuple(o for o in levels if o == SPONTANEOUS or on[o])
        if (place, origins) not in self._exposure:
            total = np.add.reduce([levels[origin] for origin in origins])
            saturation = self._spec.channels[place].saturation
            self._exposure[place, origins] = -np.expm1(-saturation * total)
        return self._exposure[place, origins]


def ever(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance ``[n]`` to convert at all, from the chances ``[n, k]`` of the moments."""
    return np.asarray(-np.expm1(np.log1p(-chance).sum(axis=1)))


def coalitions(players: int) -> Iterator[NDArray[np.bool_]]:
    """All sets of channels as masks, in binary order: channel i is bit i."""
    for number in range(2**players):
        yield (number >> np.arange(players)) & 1 == 1
