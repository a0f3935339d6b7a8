"""Credit of single touches within their channels: Owen values (Owen 1977) on channel > touch.

The touches of a channel are a union: in every order of arrival they come together. A channel's
touches then share exactly its Shapley value in the game between channels, whatever their number.
For touch i of channel c::

    Owen_i = E[ f(channels before c, touches of c before i, i) - the same without i ]

over random orders of the channels and of the touches of c. Orders are drawn in antithetic pairs,
one and its reverse, as for plain Shapley values. In each order the touches of a channel sum to what
the channel adds in it, not to the channel's value, which is known exactly; the difference has mean
0 and is shared equally, so sums are exact and estimates unbiased. A channel's only touch has all
of its value, without sampling.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.journeys import JourneyColumns
from gnn.scoring import BLOCK, PlayerCredit, masked_probabilities
from gnn.training import Fitted


def owen_touch_credit(
    fitted: Fitted,
    journeys: JourneyColumns,
    channels: PlayerCredit,
    *,
    pairs: int = 1,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Share each journey's channel credit over the touches of the channel.

    Args:
        fitted: the model.
        journeys: the columns.
        channels: credit of the channels of the same journeys by the same model, from
            :func:`gnn.scoring.channel_credit`.
        pairs: antithetic pairs of orders drawn for each journey, at least 1.
        seed: of the orders.

    Returns:
        Float64 ``[touches]``; sums over a journey's touches of a channel are the channel's credit.
    """
    if pairs < 1:
        raise ValueError(f"pairs must be at least 1, got {pairs}")
    unions = _unions(journeys, channels)
    rng = np.random.default_rng(seed)
    added = np.zeros(len(journeys.days))
    for _ in range(pairs):
        place = rng.random(len(unions.size)), rng.random(len(journeys.days))
        for rows in _portions(unions):
            for turned in (False, True):
                _walk(fitted, journeys, unions, rows, place, turned, added)
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
    known = channels.journey * span + channels.player + 1
    union = np.searchsorted(known, journeys.journey * span + journeys.channel + 1)
    size = np.bincount(union, minlength=len(known))
    return _Unions(channels.journey, size, union, journeys.touches[channels.journey])


def _portions(unions: _Unions) -> Iterator[NDArray[np.int64]]:
    """Unions of several touches, as many as may be laid out at once."""
    several = np.flatnonzero(unions.size > 1)
    laid = np.cumsum((unions.size[several] + 1) * unions.touches[several])
    for block in np.split(several, np.flatnonzero(np.diff(laid // (8 * BLOCK))) + 1):
        if len(block):
            yield block


def _walk(
    fitted: Fitted,
    journeys: JourneyColumns,
    unions: _Unions,
    rows: NDArray[np.int64],
    place: tuple[NDArray[np.float64], NDArray[np.float64]],
    turned: bool,
    added: NDArray[np.float64],
) -> None:
    """Let the touches of some unions arrive one by one; add what each adds to ``added``.

    Args:
        fitted: the model.
        journeys: the columns.
        unions: their channels.
        rows: the unions that are walked.
        place: place of every union and of every touch in the order of arrival.
        turned: whether the order is reversed.
        added: float64 ``[touches]``, changed in place.
    """
    of_union, of_touch = (-p for p in place) if turned else place
    steps = unions.size[rows] + 1
    asked = np.repeat(rows, steps)
    step = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps)
    size = unions.touches[asked]
    begin = np.cumsum(size) - size
    touch = np.arange(size.sum()) + np.repeat(journeys.offsets[unions.journey[asked]] - begin, size)
    rank = _rank(unions.union, of_touch)
    mine = np.repeat(asked, size)
    theirs = unions.union[touch]
    present = np.where(
        theirs == mine, rank[touch] < np.repeat(step, size), of_union[theirs] < of_union[mine]
    )
    chance = masked_probabilities(fitted, journeys, unions.journey[asked], present)
    gain = np.diff(chance)[np.diff(asked) == 0]  # one a touch, in the order of arrival
    member = np.flatnonzero(np.isin(unions.union, rows))
    arrival = member[np.lexsort((rank[member], unions.union[member]))]
    added[arrival] += gain


def _rank(union: NDArray[np.int64], place: NDArray[np.float64]) -> NDArray[np.int64]:
    """Each touch's number in the order of arrival within its union, from 0."""
    order = np.lexsort((place, union))
    size = np.bincount(union)
    rank = np.empty(len(union), np.int64)
    rank[order] = np.arange(len(union)) - np.repeat(np.cumsum(size) - size, size)
    return rank
