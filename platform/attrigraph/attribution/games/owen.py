"""Owen values on a tree of unions, and the interaction of two players.

Players such as touches belong to unions such as creatives, campaigns and channels. The Owen value
(Owen 1977; of several levels, Winter 1989, A Value for Cooperative Games with Levels Structure) is
the average marginal value over orders in which every union is contiguous. The values of a union's
members sum to the Shapley value of the union in the game between the unions.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.games.coalitions import Sampled, dividends, n_players, set_sizes
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.games.coalitions import Chain, Values


def interactions(values: Values) -> NDArray[np.float64]:
    """Shapley interaction of every pair of players, from the values of all sets.

    ``I_ij = sum over S with i and j of dividend(S) / (|S| - 1)`` (Grabisch & Roubens 1999): the
    joint value of two players beyond their separate values, averaged over orders.

    Args:
        values: float64 ``[2^n]``, sets numbered by their bits.

    Returns:
        float64 ``[n, n]``, symmetric, 0 on the diagonal.
    """
    n = n_players(values)
    number = np.arange(1 << n)
    shared = dividends(values) / np.maximum(set_sizes(n) - 1, 1)
    interaction = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            both = (number >> i) & (number >> j) & 1 == 1
            interaction[i, j] = interaction[j, i] = shared[both].sum()
    return interaction


def owen_values(values: Values, unions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exact Owen values from the values of all sets.

    The dividend of a set is split equally over the coarsest unions with members in it, each part
    equally over that union's finer unions with members in it, and so on down to the members.

    Args:
        values: float64 ``[2^n]``, sets numbered by their bits.
        unions: int64 ``[levels, n]``; see ``sample_owen``.

    Returns:
        float64 ``[n]``; its sums over the unions of the first level are their Shapley values.

    Raises:
        InputError: the unions are not nested.
    """
    n = n_players(values)
    _check_nested(unions)
    member = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1 == 1
    share = np.where(member, dividends(values)[:, None], 0.0)
    above = np.zeros(n, dtype=np.int64)
    for level in (*unions, np.arange(n)):
        share /= np.maximum(_unions_touched(member, above, level), 1)
        above = level
    return np.asarray(share.sum(axis=0))


def _unions_touched(
    member: NDArray[np.bool_], above: NDArray[np.int64], level: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number of unions of a level, within each player's upper union, with members in each set.

    Args:
        member: ``[sets, n]``.
        above: ``[n]``, the upper union of each player.
        level: ``[n]``, the player's union of this level.

    Returns:
        int64 ``[sets, n]``.
    """
    count = np.zeros(member.shape, dtype=np.int64)
    for union in np.unique(level):
        inside = level == union
        siblings = np.isin(above, above[inside])
        count[:, siblings] += member[:, inside].max(axis=1, keepdims=True)
    return count


def sample_owen(
    chain: Chain, unions: NDArray[np.int64], *, seed: int, permutations: int = 2000
) -> Sampled:
    """Estimate Owen values from random orders with contiguous unions, and their reverses.

    The unions are contiguous in the reverse of such an order too, so pairs are antithetic as for
    Shapley values. The marginal values of each order sum to the value of all players.

    Args:
        chain: values along permutations, see ``coalitions.along``.
        unions: int64 ``[levels, n]``, the union of each player, coarsest level first; a union of a
            finer level lies within one of the coarser level.
        seed: random seed of the orders.
        permutations: number of orders, at least four.

    Raises:
        InputError: the unions are not nested, or there are too few permutations.
    """
    _check_nested(unions)
    if permutations < 4:
        raise InputError(f"sampling needs at least four permutations, got {permutations}")
    rng = np.random.default_rng(seed)
    pairs, n = permutations // 2, unions.shape[1]
    forward = np.stack([contiguous_order(unions, rng) for _ in range(pairs)])
    orders = np.concatenate([forward, forward[:, ::-1]])
    added = np.diff(chain(orders), axis=-1)  # [2 pairs, n] by position
    marginal = np.empty_like(added)
    np.put_along_axis(marginal, orders, added, axis=1)
    draws = (marginal[:pairs] + marginal[pairs:]) / 2
    error = draws.std(axis=0, ddof=1) / np.sqrt(pairs)
    return Sampled(draws.mean(axis=0), error, 2 * pairs, converged=n == 1)


def contiguous_order(unions: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A random order ``[n]`` in which every union of every level is contiguous."""
    keys = [rng.random(unions.shape[1])]
    for level in unions[::-1]:
        _, union = np.unique(level, return_inverse=True)
        keys.append(rng.random(union.max() + 1)[union])
    return np.lexsort(keys)


def _check_nested(unions: NDArray[np.int64]) -> None:
    for coarse, fine in pairwise(unions):
        pairs = np.unique(np.stack([fine, coarse]), axis=1)
        if pairs.shape[1] > len(np.unique(fine)):
            raise InputError("unions must be nested; a finer union lies in two coarser ones")
