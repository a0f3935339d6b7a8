"""The attribution game of a fitted hazard: conversions to be expected when only some channels run.

A moment's chance is ``expit(rest + effects of the channels that run + their pairs)``. Conversions
under a coalition S are summed over the moments at which customers *were* at risk, each weighted by
how much likelier the customer would have come to it unconverted:

    v(S) = sum over moments of  h(S) * product over earlier days of (1 - h(S)) / (1 - h)

Moments at risk already carry the true survival, so this is the mean of ``1 - product of
(1 - h(S))`` over customers, but it needs no touch from after a conversion. Where customers convert
again and again, converting takes nobody out of risk, and v(S) is the plain sum of h(S): each moment
is a journey of its own. For all channels v is the sum of fitted hazards, which the free day levels
make equal to the conversions observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_CHANNELS = 10
"""Up to this many channels all coalitions are valued, beyond it sampled permutations."""

PERMUTATIONS = 48
"""Permutations (each with its reverse) walked beyond ``EXACT_CHANNELS``."""


@dataclass(frozen=True, slots=True, eq=False)
class Coalitions:
    """Coalitions and the weights that turn their values into Shapley values.

    Attributes:
        running: bool ``[coalitions, keys]``; the first is empty, the last is everything, and
            where they are not all, those that lack one channel stand before the last, in order.
        weights: float64 ``[coalitions, keys]``: Shapley values are ``values @ weights``.
        exact: whether all coalitions are there.
    """

    running: NDArray[np.bool_]
    weights: NDArray[np.float64]
    exact: bool

    def leave_one_out(self) -> NDArray[np.int64]:
        """Rows of the coalitions that lack one channel, by channel."""
        keys = self.running.shape[1]
        if self.exact:
            return np.array([len(self.running) - 1 - 2**key for key in range(keys)])
        return np.arange(len(self.running) - 1 - keys, len(self.running) - 1)


def coalitions_of(keys: int, rng: np.random.Generator) -> Coalitions:
    """All coalitions of up to ``EXACT_CHANNELS`` channels, else antithetic permutations."""
    if keys > EXACT_CHANNELS:
        return _sampled(keys, rng)
    number = np.arange(2**keys)
    running = (number[:, None] >> np.arange(keys)) & 1 == 1
    size = running.sum(axis=1)
    share = np.array(
        [factorial(s) * factorial(max(keys - s - 1, 0)) / factorial(keys) for s in range(keys + 1)]
    )
    weights = np.where(running, share[size - 1][:, None], -share[size][:, None])
    return Coalitions(running, weights, exact=True)


def _sampled(keys: int, rng: np.random.Generator) -> Coalitions:
    forward = np.stack([rng.permutation(keys) for _ in range(PERMUTATIONS)])
    orders = np.concatenate([forward, forward[:, ::-1]])
    rank = np.argsort(orders, axis=1)
    chains = rank[:, None, :] < np.arange(keys + 1)[None, :, None]  # [orders, keys + 1, keys]
    weights = np.zeros(chains.shape)
    place = np.arange(len(orders))[:, None]
    weights[place, np.arange(1, keys + 1), orders] += 1 / len(orders)
    weights[place, np.arange(keys), orders] -= 1 / len(orders)
    leave_one_out = ~np.eye(keys, dtype=bool)
    ends = np.zeros((1, keys), dtype=bool)
    running = np.concatenate([ends, chains.reshape(-1, keys), leave_one_out, ~ends])
    flat = np.concatenate(
        [np.zeros((1, keys)), weights.reshape(-1, keys), np.zeros((keys + 1, keys))]
    )
    return Coalitions(running, flat, exact=False)


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What exposures add to the logit.

    Attributes:
        main: float64 ``[keys]``, weight of each exposure.
        pairs: int64 ``[pairs, 2]``, channels whose exposures are multiplied.
        joint: float64 ``[pairs]``, weight of each product.
    """

    main: NDArray[np.float64]
    pairs: NDArray[np.int64]
    joint: NDArray[np.float64]

    def products(self, exposure: NDArray[np.float64]) -> NDArray[np.float64]:
        """Products of the pairs' exposures, ``[m, pairs]``."""
        return exposure[:, self.pairs[:, 0]] * exposure[:, self.pairs[:, 1]]

    def logit(
        self, exposure: NDArray[np.float64], running: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """What the channels of each coalition add to the logit, ``[m, coalitions]``."""
        both = running[:, self.pairs[:, 0]] & running[:, self.pairs[:, 1]]
        terms = np.concatenate([exposure * self.main, self.products(exposure) * self.joint], axis=1)
        return terms @ np.concatenate([running, both], axis=1).T.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Moments as the game sees them, sorted by journey and time.

    Attributes:
        journey: int64 ``[m]``, ascending; the moments of one journey stand together.
        rest: float64 ``[m]``, the part of the logit that no channel changes.
        exposure: float64 ``[m, keys]``.
    """

    journey: NDArray[np.int64]
    rest: NDArray[np.float64]
    exposure: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A scene played by every coalition.

    Attributes:
        chance: float64 ``[m, coalitions]``, h(S).
        share: float64 ``[m, coalitions]``, what each moment adds to v(S).
        begin: int64 ``[journeys]``, where each journey's moments begin.
        size: int64 ``[journeys]``, how many it has.
    """

    chance: NDArray[np.float64]
    share: NDArray[np.float64]
    begin: NDArray[np.int64]
    size: NDArray[np.int64]

    def slope(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Derivatives of v(S) in each moment's logit, both ``[m, coalitions]``.

        The first in the logit under S; the second in the logit with all channels, by which the
        chance to have come that far is measured. A rise of ``rest`` moves both.
        """
        up_to = np.cumsum(self.share, axis=0)
        after = np.repeat(up_to[self.begin + self.size - 1], self.size, axis=0) - up_to
        own = self.share * (1 - self.chance) - self.chance * after
        return own, self.chance[:, -1:] * after


def play(scene: Scene, effects: Effects, coalitions: Coalitions) -> Table:
    """Play the game at every moment of a scene."""
    chance = effects.logit(scene.exposure, coalitions.running)
    chance += scene.rest[:, None]
    expit(chance, out=chance)
    fresh = np.concatenate([[True], scene.journey[1:] != scene.journey[:-1]])
    begin = np.flatnonzero(fresh)
    size = np.diff(np.append(begin, len(scene.journey)))
    if size.max(initial=1) == 1:
        return Table(chance, chance, begin, size)
    stay = np.log1p(-chance)
    stay -= stay[:, -1:]
    before = np.cumsum(stay, axis=0) - stay
    before -= np.repeat(before[begin], size, axis=0)
    np.exp(before, out=before)
    before *= chance
    return Table(chance, before, begin, size)
