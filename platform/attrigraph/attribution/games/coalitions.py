"""Shapley values of cooperative games, exact and sampled.

A game gives each set of players a value. Sets of n players are numbered by their bits: player i is
in set s when bit i of s is 1, so that all values of a game stand in an array of length ``2^n``,
the empty set first. Leading axes hold several games over the same players, such as conversions
and value.

The dividend of a set is what it adds beyond all its subsets (its Moebius transform); the Shapley
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
"""Up to this many players all sets are valued; 2^20 numbers a game."""

BATCH_PAIRS: Final = 32
"""Permutations are drawn in batches of this many pairs; the stopping rule is asked after each."""

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
        """Value every beginning of each permutation."""
        ...


def n_players(values: Values) -> int:
    """How many players a game has whose sets' values are given.

    Raises:
        InputError: the last axis is not a power of two, or there are too many players.
    """
    size = int(values.shape[-1])
    n = max(size.bit_length() - 1, 0)
    if size != 1 << n or n > EXACT_PLAYERS:
        message = (
            f"values of all sets of at most {EXACT_PLAYERS} players must be given, 2^n of them; "
            f"got {size}"
        )
        raise InputError(message)
    return n


def sums_over_subsets(values: Values) -> Values:
    """For each set the sum over its subsets, itself included, in n 2^n additions."""
    sums = np.array(values, dtype=np.float64, order="C")
    for player in range(n_players(sums)):
        without, within = _halves(sums, player)
        within += without
    return sums


def dividends(values: Values) -> Values:
    """What each set adds beyond its subsets; ``sums_over_subsets`` undoes it."""
    rest = np.array(values, dtype=np.float64, order="C")
    for player in range(n_players(rest)):
        without, within = _halves(rest, player)
        within -= without
    return rest


def shapley_values(values: Values) -> Values:
    """Exact Shapley values from the values of all sets.

    Args:
        values: float64 ``[..., 2^n]``, sets numbered by their bits.

    Returns:
        float64 ``[..., n]``; they add up to the value of all players less that of none.
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
    """Weights ``[2^n, n]`` that make Shapley values of the values of all sets, in one product.

    The factorial weights of Shapley's own formula: quicker than dividends for many small games.
    They are read-only.
    """
    size = set_sizes(n)
    member = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1 == 1
    share = np.array([1 / (n * math.comb(n - 1, s)) for s in range(n)])
    joins, lacks = share[np.maximum(size - 1, 0)], share[np.minimum(size, n - 1)]
    weights = np.where(member, joins[:, None], -lacks[:, None])
    weights.flags.writeable = False
    return weights


def shapley_by_definition(values: Values) -> Values:
    """The same from Shapley's own formula, with factorial weights; slow, to be read and tested.

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
    """How many players each of the ``2^n`` sets has."""
    sizes = np.zeros(1 << n, np.int64)
    for player in range(n):
        sizes[1 << player : 2 << player] = sizes[: 1 << player] + 1
    return sizes


def _halves(values: Values, player: int) -> tuple[Values, Values]:
    """Views on the sets without a player and on the same sets with it."""
    shape = (*values.shape[:-1], -1, 2, 1 << player)
    split = values.reshape(shape)
    return split[..., 0, :], split[..., 1, :]


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Estimated Shapley values.

    Attributes:
        values: float64 ``[..., n]``; they add up exactly, sampled or not.
        standard_error: float64 ``[..., n]``.
        permutations: how many were walked.
        converged: whether the stopping rule was met within the budget.
    """

    values: Values
    standard_error: Values
    permutations: int
    converged: bool


def along(game: Game) -> Chain:
    """Value the beginnings of permutations by asking a game for each of them."""

    def chain(permutations: NDArray[np.int64]) -> Values:
        m, n = permutations.shape
        rank = np.argsort(permutations, axis=1)
        beginnings = rank[:, None, :] < np.arange(n + 1)[:, None]  # [m, n + 1, n]
        values = game(beginnings.reshape(-1, n))
        return values.reshape(*values.shape[:-1], m, n + 1)

    return chain


def sample(
    chain: Chain, n: int, *, seed: int, permutations: int = 20_000, tolerance: float = 0.01
) -> Sampled:
    """Estimate Shapley values from random permutations, each walked forwards and backwards.

    A player's marginal value, averaged over a permutation and its reverse, is one draw; draws are
    independent, so their spread gives the standard error (Mitchell et al. 2022, antithetic
    sampling). Sampling stops when 1.96 standard errors of every player are below ``tolerance``
    times the value of all players less that of none, in every game.

    Args:
        chain: values along permutations; ``along(game)`` makes one of any game.
        n: how many players, at least 1.
        seed: of the random permutations.
        permutations: the budget, at least four; backward walks count.
        tolerance: see above.
    """
    if n < 1 or permutations < 4:
        message = f"sampling needs a player and four permutations, got {n} and {permutations}"
        raise InputError(message)
    random = np.random.default_rng(seed)
    pairs, budget = 0, permutations // 2
    mean, squares = np.zeros(0), np.zeros(0)
    while True:
        size = min(BATCH_PAIRS, budget - pairs)
        draws, whole = _draw_pairs(chain, random, n, size)
        mean, squares = _updated(mean, squares, pairs, draws)
        pairs += size
        error = np.sqrt(squares / (pairs * max(pairs - 1, 1)))
        converged = pairs > 1 and bool(np.all(Z_95 * error <= tolerance * np.abs(whole)))
        if converged or budget - pairs < 1:
            return Sampled(mean, error, 2 * pairs, converged)


def _draw_pairs(
    chain: Chain, random: np.random.Generator, n: int, size: int
) -> tuple[Values, Values]:
    """Marginal values ``[size, ..., n]``, means of both directions; and their sum."""
    forward = random.permuted(np.tile(np.arange(n), (size, 1)), axis=1)
    walked = np.concatenate([forward, forward[:, ::-1]])
    values = chain(walked)
    added = np.moveaxis(np.diff(values, axis=-1), -2, 0)  # [2 size, ..., n] by place
    place = np.argsort(walked, axis=1).reshape(2 * size, *(1,) * (added.ndim - 2), n)
    marginal = np.take_along_axis(added, np.broadcast_to(place, added.shape), axis=-1)
    whole = values[..., 0, -1] - values[..., 0, 0]
    return (marginal[:size] + marginal[size:]) / 2, whole[..., None]


def _updated(mean: Values, squares: Values, count: int, draws: Values) -> tuple[Values, Values]:
    """Mean and sum of squared deviations after more draws (Chan, Golub & LeVeque 1983)."""
    fresh = draws.mean(axis=0)
    spread = ((draws - fresh) ** 2).sum(axis=0)
    if not count:
        return fresh, spread
    size = len(draws)
    shift = fresh - mean
    total = count + size
    return mean + shift * (size / total), squares + spread + shift**2 * (count * size / total)
