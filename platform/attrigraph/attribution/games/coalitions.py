"""Shapley values of cooperative games, exact and sampled.

A game assigns a value to each set of players. Sets of n players are numbered by their bits: player
i is in set s if bit i of s is 1. All values of a game form an array of length ``2^n``, the empty
set first. Leading axes hold several games over the same players, such as conversions and value.

The dividend of a set is its value beyond all its subsets (its Moebius transform); the Shapley
value splits each dividend equally over its set (Harsanyi 1963):
``phi_i = sum over S containing i of d(S) / |S|``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

EXACT_PLAYERS: Final = 20
"""Maximum number of players for exact values; 2^20 numbers per game."""

BATCH_PAIRS: Final = 32
"""Pairs of permutations per batch; the stopping rule is checked after each batch."""

Z_95: Final = 1.96


class Game(Protocol):
    """Values of sets of players: bool ``[m, n]`` to float64 ``[..., m]``."""

    def __call__(self, sets: NDArray[np.bool_], /) -> Values:
        """Value each set."""
        ...


class Chain(Protocol):
    """Values along permutations: ``[m, n]`` to float64 ``[..., m, n + 1]``.

    Entry k is the value of the first k players of the permutation, from none to all of them.
    """

    def __call__(self, permutations: NDArray[np.int64], /) -> Values:
        """Value every prefix of each permutation."""
        ...


def n_players(values: Values) -> int:
    """Number of players of a game, from the number of its values.

    Raises:
        InputError: the last axis is not a power of two, or there are too many players.
    """
    size = int(values.shape[-1])
    n = max(size.bit_length() - 1, 0)
    if size != 1 << n or n > EXACT_PLAYERS:
        message = (
            f"a game needs the values of all 2^n sets of at most {EXACT_PLAYERS} players; "
            f"got {size} values"
        )
        raise InputError(message)
    return n


def sums_over_subsets(values: Values) -> Values:
    """For each set the sum over its subsets, including itself, in n 2^n additions."""
    sums = np.array(values, dtype=np.float64, order="C")
    for player in range(n_players(sums)):
        without, with_player = _halves(sums, player)
        with_player += without
    return sums


def dividends(values: Values) -> Values:
    """The dividend of each set; the inverse of ``sums_over_subsets``."""
    dividend = np.array(values, dtype=np.float64, order="C")
    for player in range(n_players(dividend)):
        without, with_player = _halves(dividend, player)
        with_player -= without
    return dividend


def shapley_values(values: Values) -> Values:
    """Exact Shapley values from the values of all sets.

    Args:
        values: float64 ``[..., 2^n]``, sets numbered by their bits.

    Returns:
        float64 ``[..., n]``; they sum to the value of all players minus that of none.
    """
    n = n_players(values)
    share = dividends(values)
    share /= np.maximum(set_sizes(n), 1)
    phi = np.empty((*share.shape[:-1], n))
    for player in range(n):
        phi[..., player] = _halves(share, player)[1].sum(axis=(-2, -1))
    return phi


@cache
def shapley_weights(n: int) -> Values:
    """Weights ``[2^n, n]``: Shapley values are the product of all sets' values and the weights.

    The factorial weights of Shapley's formula, faster than dividends for many small games. The
    array is read-only.
    """
    size = set_sizes(n)
    member = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1 == 1
    share = np.array([1 / (n * math.comb(n - 1, s)) for s in range(n)])
    joins, leaves = share[np.maximum(size - 1, 0)], share[np.minimum(size, n - 1)]
    weights = np.where(member, joins[:, None], -leaves[:, None])
    weights.flags.writeable = False
    return weights


def shapley_by_definition(values: Values) -> Values:
    """Shapley values by the definition, with factorial weights; slow, as a reference for tests.

    ``phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))``.
    """
    n = n_players(values)
    phi = np.zeros((*values.shape[:-1], n))
    for player in range(n):
        for members in range(1 << n):
            if not members >> player & 1:
                size = members.bit_count()
                weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
                added = values[..., members | 1 << player] - values[..., members]
                phi[..., player] += weight * added
    return phi


def set_sizes(n: int) -> NDArray[np.int64]:
    """Number of players of each of the ``2^n`` sets."""
    sizes = np.zeros(1 << n, np.int64)
    for player in range(n):
        sizes[1 << player : 2 << player] = sizes[: 1 << player] + 1
    return sizes


def _halves(values: Values, player: int) -> tuple[Values, Values]:
    """Views of the sets without a player, and of the same sets with it."""
    shape = (*values.shape[:-1], -1, 2, 1 << player)
    split = values.reshape(shape)
    return split[..., 0, :], split[..., 1, :]


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Estimated Shapley values.

    Attributes:
        values: float64 ``[..., n]``; they sum exactly to the total, even if sampled.
        standard_error: float64 ``[..., n]``.
        permutations: number of permutations evaluated.
        converged: whether the stopping rule was met within the budget.
    """

    values: Values
    standard_error: Values
    permutations: int
    converged: bool


def along(game: Game) -> Chain:
    """Value the prefixes of permutations by evaluating the game for each of them."""

    def chain(permutations: NDArray[np.int64]) -> Values:
        m, n = permutations.shape
        rank = np.argsort(permutations, axis=1)
        prefixes = rank[:, None, :] < np.arange(n + 1)[:, None]  # [m, n + 1, n]
        values = game(prefixes.reshape(-1, n))
        return values.reshape(*values.shape[:-1], m, n + 1)

    return chain


def sample(
    chain: Chain, n: int, *, seed: int, permutations: int = 20_000, tolerance: float = 0.01
) -> Sampled:
    """Estimate Shapley values from random permutations and their reverses.

    A player's marginal value, averaged over a permutation and its reverse, is one draw; draws are
    independent, so their spread gives the standard error (Mitchell et al. 2022, antithetic
    sampling). Sampling stops when 1.96 standard errors of every player are below ``tolerance``
    times the value of all players minus that of none, in every game.

    Args:
        chain: values along permutations; ``along(game)`` makes one of any game.
        n: number of players, at least 1.
        seed: random seed of the permutations.
        permutations: the budget, at least four; reverses count.
        tolerance: see above.
    """
    if n < 1 or permutations < 4:
        message = f"sampling needs at least 1 player and 4 permutations, got {n} and {permutations}"
        raise InputError(message)
    random = np.random.default_rng(seed)
    pairs, budget = 0, permutations // 2
    mean, squares = np.zeros(0), np.zeros(0)
    while True:
        size = min(BATCH_PAIRS, budget - pairs)
        draws, total_value = _draw_pairs(chain, random, n, size)
        mean, squares = _updated(mean, squares, pairs, draws)
        pairs += size
        error = np.sqrt(squares / (pairs * max(pairs - 1, 1)))
        converged = pairs > 1 and bool(np.all(Z_95 * error <= tolerance * np.abs(total_value)))
        if converged or budget - pairs < 1:
            return Sampled(mean, error, 2 * pairs, converged)


def _draw_pairs(
    chain: Chain, random: np.random.Generator, n: int, size: int
) -> tuple[Values, Values]:
    """Marginal values ``[size, ..., n]``, averaged over both directions, and their sum."""
    forward = random.permuted(np.tile(np.arange(n), (size, 1)), axis=1)
    orders = np.concatenate([forward, forward[:, ::-1]])
    values = chain(orders)
    added = np.moveaxis(np.diff(values, axis=-1), -2, 0)  # [2 size, ..., n] by position
    position = np.argsort(orders, axis=1).reshape(2 * size, *(1,) * (added.ndim - 2), n)
    marginal = np.take_along_axis(added, np.broadcast_to(position, added.shape), axis=-1)
    total_value = values[..., 0, -1] - values[..., 0, 0]
    return (marginal[:size] + marginal[size:]) / 2, total_value[..., None]


def _updated(mean: Values, squares: Values, count: int, draws: Values) -> tuple[Values, Values]:
    """Mean and sum of squared deviations after more draws (Chan, Golub & LeVeque 1983)."""
    batch_mean = draws.mean(axis=0)
    spread = ((draws - batch_mean) ** 2).sum(axis=0)
    if not count:
        return batch_mean, spread
    size = len(draws)
    shift = batch_mean - mean
    total = count + size
    return mean + shift * (size / total), squares + spread + shift**2 * (count * size / total)
