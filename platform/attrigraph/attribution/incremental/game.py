"""The attribution game of a fitted hazard: expected conversions when only some channels run.

The hazard of a person-day is ``expit(rest + effects of the channels that run + their pairs)``.
Conversions under a coalition S are summed over the person-days at which customers *were* at risk,
each weighted by the relative probability of reaching it without a conversion:

    v(S) = sum over person-days of  h(S) * exp(-sum over earlier days of (h(S) - h))

Observed person-days at risk already include the true survival, so this is the mean of
``1 - exp(-sum of h(S))`` over customers, without the need for touches after a conversion. Hazards
enter the sum as rates: that of a random moment of a day is an unbiased estimate of the day's, even
where it varies within hours. If a conversion does not change the rate of further ones, v(S) is the
sum of h(S). Between the two the sum has a factor, the ``dependence`` of a scene. For all channels v
is the sum of fitted hazards, which the free day levels make equal to the number of observed
conversions.
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
"""Maximum number of channels for all coalitions; permutations are sampled beyond it."""

PERMUTATIONS = 48
"""Number of sampled permutations, each with its reverse, beyond ``EXACT_CHANNELS``."""


@dataclass(frozen=True, slots=True, eq=False)
class Coalitions:
    """Coalitions and the weights that turn their values into Shapley values.

    Attributes:
        running: bool ``[coalitions, keys]``; the first is empty and the last has all channels. If
            sampled, the leave-one-out coalitions precede the last, in order of channels.
        weights: float64 ``[coalitions, keys]``: Shapley values are ``values @ weights``.
        leave_one_out: int64 ``[keys]``, row of the coalition without one channel; the last row for
            a channel that always runs.
        exact: whether all coalitions are included.
    """

    running: NDArray[np.bool_]
    weights: NDArray[np.float64]
    leave_one_out: NDArray[np.int64]
    exact: bool


def coalitions_of(
    keys: int, rng: np.random.Generator, players: NDArray[np.bool_] | None = None
) -> Coalitions:
    """All coalitions of up to ``EXACT_CHANNELS`` channels, else antithetic permutations.

    Args:
        keys: number of channels.
        rng: samples the permutations.
        players: bool ``[keys]``, channels that can be switched off; the others always run and get
            no credit. None if all can.
    """
    if players is None or players.all():
        return _coalitions(keys, rng)
    among = _coalitions(int(players.sum()), rng)
    running = np.ones((len(among.running), keys), dtype=bool)
    running[:, players] = among.running
    weights = np.zeros(running.shape)
    weights[:, players] = among.weights
    without = np.full(keys, len(running) - 1)
    without[players] = among.leave_one_out
    return Coalitions(running, weights, without, among.exact)


def _coalitions(keys: int, rng: np.random.Generator) -> Coalitions:
    if keys > EXACT_CHANNELS:
        return _sampled(keys, rng)
    number = np.arange(2**keys)
    running = (number[:, None] >> np.arange(keys)) & 1 == 1
    size = running.sum(axis=1)
    share = np.array(
        [factorial(s) * factorial(max(keys - s - 1, 0)) / factorial(keys) for s in range(keys + 1)]
    )
    weights = np.where(running, share[size - 1][:, None], -share[size][:, None])
    return Coalitions(running, weights, len(running) - 1 - 2 ** np.arange(keys), exact=True)


def _sampled(keys: int, rng: np.random.Generator) -> Coalitions:
    forward = np.stack([rng.permutation(keys) for _ in range(PERMUTATIONS)])
    orders = np.concatenate([forward, forward[:, ::-1]])
    rank = np.argsort(orders, axis=1)
    chains = rank[:, None, :] < np.arange(keys + 1)[None, :, None]  # [orders, keys + 1, keys]
    weights = np.zeros(chains.shape)
    order = np.arange(len(orders))[:, None]
    weights[order, np.arange(1, keys + 1), orders] += 1 / len(orders)
    weights[order, np.arange(keys), orders] -= 1 / len(orders)
    leave_one_out = ~np.eye(keys, dtype=bool)
    empty = np.zeros((1, keys), dtype=bool)
    running = np.concatenate([empty, chains.reshape(-1, keys), leave_one_out, ~empty])
    flat = np.concatenate(
        [np.zeros((1, keys)), weights.reshape(-1, keys), np.zeros((keys + 1, keys))]
    )
    without = np.arange(len(running) - 1 - keys, len(running) - 1)
    return Coalitions(running, flat, without, exact=False)


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Weights of exposures in the logit.

    Attributes:
        main: float64 ``[keys]``, weight of each exposure.
        pairs: int64 ``[pairs, 2]``, channels whose exposures are multiplied.
        joint: float64 ``[pairs]``, weight of each product.
        by_segment: float64 ``[segments, keys]``, what membership in a segment adds to the weight of
            each exposure.
    """

    main: NDArray[np.float64]
    pairs: NDArray[np.int64]
    joint: NDArray[np.float64]
    by_segment: NDArray[np.float64]

    def main_of(self, segments: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights ``[m, keys]`` of the exposures of members of segments ``[m, segments]``."""
        return self.main + segments @ self.by_segment

    def products(self, exposure: NDArray[np.float64]) -> NDArray[np.float64]:
        """Products of the pairs' exposures, ``[m, pairs]``."""
        return exposure[:, self.pairs[:, 0]] * exposure[:, self.pairs[:, 1]]

    @property
    def joint_matrix(self) -> NDArray[np.float64]:
        """Weights of the products of two exposures, ``[keys, keys]``, above the diagonal."""
        joint = np.zeros((len(self.main), len(self.main)))
        joint[self.pairs[:, 0], self.pairs[:, 1]] = self.joint
        return joint

    def on_top_of(
        self, base: NDArray[np.float64], main: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The logit as a function of what is added to exposures that are always there.

        With exposures ``base + x`` it is ``constant + main' . x`` and the pairs' products of x.

        Args:
            base: ``[m, keys]``, exposures that no coalition changes.
            main: ``[m, keys]``, weights of the exposures.

        Returns:
            The constant ``[m]`` and the weights of what is added, ``[m, keys]``.
        """
        joint = self.joint_matrix
        constant = (base * main).sum(axis=1) + self.products(base) @ self.joint
        return np.asarray(constant), np.asarray(main + base @ (joint + joint.T))

    def logit(
        self,
        exposure: NDArray[np.float64],
        main: NDArray[np.float64],
        running: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Contribution of each coalition to the logit, ``[m, coalitions]``.

        Args:
            exposure: ``[m, keys]``.
            main: ``[m, keys]`` or ``[keys]``, weights of the exposures (``main_of``).
            running: bool ``[coalitions, keys]``.
        """
        both = running[:, self.pairs[:, 0]] & running[:, self.pairs[:, 1]]
        terms = np.concatenate([exposure * main, self.products(exposure) * self.joint], axis=1)
        return terms @ np.concatenate([running, both], axis=1).T.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Inputs of the game, one row per person-day, sorted by customer and time.

    Attributes:
        customer: int64 ``[m]``, ascending.
        rest: float64 ``[m]``, the part of the logit that does not depend on channels' touches in
            the window.
        exposure: float64 ``[m, keys]``, by touches in the window, on top of that by earlier ones.
        main: float64 ``[m, keys]``, weight of each exposure.
        dependence: how much a conversion lowers the chance of further ones, in [0, 1]: 1 if it
            ends the risk, 0 if it changes nothing.
    """

    customer: NDArray[np.int64]
    rest: NDArray[np.float64]
    exposure: NDArray[np.float64]
    main: NDArray[np.float64]
    dependence: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A scene evaluated under every coalition.

    Attributes:
        chance: float64 ``[m, coalitions]``, h(S).
        share: float64 ``[m, coalitions]``, contribution of each person-day to v(S).
        begin: int64 ``[customers]``, first row of each customer.
        size: int64 ``[customers]``, number of its rows.
        dependence: of the scene.
    """

    chance: NDArray[np.float64]
    share: NDArray[np.float64]
    begin: NDArray[np.int64]
    size: NDArray[np.int64]
    dependence: float

    def slope(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Derivatives of v(S) with respect to each row's logit, both ``[m, coalitions]``.

        The first is with respect to the logit under S; the second with respect to the logit with
        all channels, which enters through the survival. ``rest`` is part of both logits.
        """
        up_to = np.cumsum(self.share, axis=0)
        after = np.repeat(up_to[self.begin + self.size - 1], self.size, axis=0) - up_to
        after *= self.dependence
        by_log_chance = self.share - after * self.chance
        full = self.chance[:, -1:]
        return (1 - self.chance) * by_log_chance, (1 - full) * full * after


def play(scene: Scene, effects: Effects, coalitions: Coalitions) -> Table:
    """Evaluate the game at every row of a scene."""
    chance = effects.logit(scene.exposure, scene.main, coalitions.running)
    chance += scene.rest[:, None]
    expit(chance, out=chance)
    begin, size = rows_of_customers(scene.customer)
    share = reached(chance, chance[:, -1:], begin, size, scene.dependence)
    return Table(chance, share, begin, size, scene.dependence)


def rows_of_customers(customer: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row and number of rows of each customer ``[customers]``, from rows ``[m]`` by customer.

    ``customer`` is ascending.
    """
    is_first = np.concatenate([[True], customer[1:] != customer[:-1]])[: len(customer)]
    begin = np.flatnonzero(is_first)
    return begin, np.diff(np.append(begin, len(customer)))


def reached(
    chance: NDArray[np.float64],
    full: NDArray[np.float64],
    begin: NDArray[np.int64],
    size: NDArray[np.int64],
    dependence: float,
) -> NDArray[np.float64]:
    """Contributions of rows to v: hazards times the relative probability of reaching the row.

    Args:
        chance: float64 ``[m, n]``, hazards under each of n interventions.
        full: float64 ``[m, 1]``, hazards without one.
        begin: int64 ``[customers]``, first row of each customer.
        size: int64 ``[customers]``, number of its rows.
        dependence: of the scene.
    """
    if size.max(initial=1) == 1 or dependence == 0:
        return chance
    log_survival = dependence * (full - chance)
    share = np.cumsum(log_survival, axis=0) - log_survival
    share -= np.repeat(share[begin], size, axis=0)
    np.exp(share, out=share)
    share *= chance
    return share
