"""Credit of single touches within their channels: Owen values (Owen 1977) on channel > touch.

The touches of a channel form a union: in every order they are consecutive. Their values then sum to
the Shapley value of the channel in the game between channels, for any number of touches. For touch
i of channel c::

    Owen_i = E[ f(channels before c, touches of c before i, i) - the same without i ]

over random orders of the channels and of the touches of c. Orders are drawn in antithetic pairs, an
order and its reverse, as for plain Shapley values. In each order the touches of a channel sum to
the gain of the channel in that order, not to the channel's value, which is exact. The difference
has mean 0 and is divided equally, so sums are exact and estimates unbiased. The only touch of a
channel gets all of its value, without sampling.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.journeys import JourneyColumns
from gnn.scoring import BLOCK, PlayerCredit, masked_probabilities
from gnn.training import FittedModel


def owen_touch_credit(
    fitted: FittedModel,
    journeys: JourneyColumns,
    channels: PlayerCredit,
    *,
    pairs: int = 1,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Divide each journey's channel credit among the touches of the channel.

    Args:
        fitted: the model.
        journeys: the columns.
        channels: credit of the channels of the same journeys by the same model, from
            :func:`gnn.scoring.channel_credit`.
        pairs: antithetic pairs of orders per journey, at least 1.
        seed: seed of the orders.

    Returns:
        Float64 ``[touches]``; sums over a journey's touches of a channel are the channel's credit.
    """
    if pairs < 1:
        raise ValueError(f"pairs must be at least 1, got {pairs}")
    unions = _unions(journeys, channels)
    rng = np.random.default_rng(seed)
    added = np.zeros(len(journeys.days))
    for _ in range(pairs):
        position = rng.random(len(unions.size)), rng.random(len(journeys.days))
        for rows in _chunks(unions):
            for reverse in (False, True):
                _add_gains(fitted, journeys, unions, rows, position, reverse, added)
    added /= 2 * pairs
    missing = channels.credit - np.bincount(unions.union, added, len(unions.size))
    return np.asarray(added + (missing / unions.size)[unions.union])


@dataclass(frozen=True, eq=False)
class _Unions:
    """The channels of journeys as unions of touches."""

    journey: NDArray[np.int64]  # [unions]
    size: NDArray[np.int64]  # [unions]
    union: NDArray[np.int64]  # [touches]
    touches: NDArray[np.int64]  # [unions], of the union's journey


def _unions(journeys: JourneyColumns, channels: PlayerCredit) -> _Unions:
    # pairs of PlayerCredit are sorted by journey, then by player
    span = int(max(journeys.channel.max(initial=0), channels.player.max(initial=0))) + 2
    pair = channels.journey * span + channels.player + 1
    union = np.searchsorted(pair, journeys.journey * span + journeys.channel + 1)
    size = np.bincount(union, minlength=len(pair))
    return _Unions(channels.journey, size, union, journeys.touches[channels.journey])


def _chunks(unions: _Unions) -> Iterator[NDArray[np.int64]]:
    """Yield unions of two or more touches, in chunks that fit in memory."""
    shared = np.flatnonzero(unions.size > 1)
    cells = np.cumsum((unions.size[shared] + 1) * unions.touches[shared])
    for block in np.split(shared, np.flatnonzero(np.diff(cells // (8 * BLOCK))) + 1):
        if len(block):
            yield block


def _add_gains(
    fitted: FittedModel,
    journeys: JourneyColumns,
    unions: _Unions,
    rows: NDArray[np.int64],
    position: tuple[NDArray[np.float64], NDArray[np.float64]],
    reverse: bool,
    added: NDArray[np.float64],
) -> None:
    """Add the touches of some unions one by one, and each touch's gain to ``added``.

    Args:
        fitted: the model.
        journeys: the columns.
        unions: the channels of the journeys.
        rows: the unions to evaluate.
        position: random position of every union and of every touch, which defines the order.
        reverse: whether to reverse the order.
        added: float64 ``[touches]``, changed in place.
    """
    union_position, touch_position = (-p for p in position) if reverse else position
    steps = unions.size[rows] + 1
    evaluated = np.repeat(rows, steps)
    step = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps)
    size = unions.touches[evaluated]
    touch = journeys.touches_of(unions.journey[evaluated])
    rank = _rank(unions.union, touch_position)
    own_union = np.repeat(evaluated, size)
    touch_union = unions.union[touch]
    present = np.where(
        touch_union == own_union,
        rank[touch] < np.repeat(step, size),
        union_position[touch_union] < union_position[own_union],
    )
    probability = masked_probabilities(fitted, journeys, unions.journey[evaluated], present)
    gain = np.diff(probability)[np.diff(evaluated) == 0]  # one per touch, in order
    member = np.flatnonzero(np.isin(unions.union, rows))
    arrival = member[np.lexsort((rank[member], unions.union[member]))]
    added[arrival] += gain


def _rank(union: NDArray[np.int64], position: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rank of each touch in the order within its union, from 0."""
    order = np.lexsort((position, union))
    size = np.bincount(union)
    rank = np.empty(len(union), np.int64)
    rank[order] = np.arange(len(union)) - np.repeat(np.cumsum(size) - size, size)
    return rank
