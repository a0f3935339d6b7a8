"""Rules that share a conversion out over the touches of its journey.

Each rule takes walks and gives a share for every touch, float64 ``[n_touches]``; the shares of a
walk add up to one, a walk without touches has none. Rules say who was there, not what marketing
caused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import NeedsTimesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.walks import Walks

    Shares = NDArray[np.float64]


def first(walks: Walks) -> Shares:
    """All to the first touch."""
    return _only(walks, walks.starts)


def last(walks: Walks) -> Shares:
    """All to the last touch."""
    return _only(walks, walks.ends)


def last_non_direct(walks: Walks) -> Shares:
    """All to the last touch that is no direct visit; to the last touch where all are direct."""
    assert walks.direct is not None
    if not len(walks.starts):
        return np.zeros(len(walks.codes))
    candidates = np.where(walks.direct, -1, np.arange(len(walks.codes)))
    latest = np.maximum.reduceat(candidates, walks.starts)
    return _only(walks, np.where(latest < 0, walks.ends, latest))


def linear(walks: Walks) -> Shares:
    """The same to each touch."""
    return 1.0 / walks.spread(walks.length)


def linear_distinct(walks: Walks) -> Shares:
    """The same to each distinct key, and within a key the same to each of its touches.

    A touch of a key that occurs n times in a walk of s distinct keys gets 1 / (s n). This is also
    the Shapley value of the game that counts conversions by the exact set of keys; see
    ``attrigraph.attribution.multi_touch.shapley``.
    """
    return 1.0 / (walks.spread(walks.distinct) * walks.occurrences)


def positional(walks: Walks, first: float, middle: float, last: float) -> Shares:
    """Weights for the first touch, for those between (shared equally), and for the last.

    Weights need not add up to one: they are scaled in each walk. A walk of one touch gives it all;
    a walk of two has nothing between, and first and last share in proportion to their weights.
    Where no touch of a walk has a weight, its touches share equally. U is (.4, .2, .4), J (.2, .2,
    .6), inverse J (.6, .2, .2); (0, 0, 1) is the last touch exactly.
    """
    between = middle / np.maximum(walks.length - 2, 1)
    weights = walks.spread(between)
    weights[walks.starts] = first
    weights[walks.ends] = last
    weights[walks.starts[walks.starts == walks.ends]] = 1.0
    return _scaled(walks, weights)


def position_w(
    walks: Walks,
    first: float = 0.3,
    middle: float = 0.3,
    last: float = 0.3,
    others: float = 0.1,
) -> Shares:
    """W-shaped: weights for the first, the middle and the last touch, and for the others together.

    The middle touch of an even number is the two in the middle, which share its weight, so that
    the rule looks the same from both ends. Weights are scaled in each walk: three touches share
    equally, two halve, and four give a third to each end.
    """
    length = walks.length
    centres = np.where(length % 2 == 0, 2, 1)
    is_centre = np.abs(2 * walks.place - walks.spread(length - 1)) <= 1
    weights = np.where(
        is_centre,
        walks.spread(middle / centres),
        walks.spread(others / np.maximum(length - 2 - centres, 1)),
    )
    weights[walks.starts] = first
    weights[walks.ends] = last
    weights[walks.starts[walks.starts == walks.ends]] = 1.0
    return _scaled(walks, weights)


def time_decay(walks: Walks, half_life_days: float) -> Shares:
    """A touch weighs half as much for every half-life by which it is older: ``2^(-age / half)``.

    Raises:
        NeedsTimesError: the times of some touches are not known.
    """
    if walks.age is None or np.isnan(walks.age).any():
        message = "time-decay needs the times of touches, and the data hold only their order"
        raise NeedsTimesError(message)
    # only differences of age matter; from the youngest touch on, no walk's weights all vanish
    older = walks.age - walks.spread(_at_end(walks, walks.age))
    return _scaled(walks, np.exp2(-older / half_life_days))


def _only(walks: Walks, touches: NDArray[np.int64]) -> Shares:
    shares = np.zeros(len(walks.codes))
    shares[touches] = 1.0
    return shares


def _at_end(walks: Walks, of_touches: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value of each walk's last touch, 0 for a walk without touches."""
    values = np.zeros(len(walks))
    values[walks.length > 0] = of_touches[walks.ends]
    return values


def _scaled(walks: Walks, weights: NDArray[np.float64]) -> Shares:
    """Weights divided by their walk's sum; equal shares where that is zero."""
    if not len(weights):
        return weights
    total = np.zeros(len(walks))
    total[walks.length > 0] = np.add.reduceat(weights, walks.starts)
    weightless = total == 0
    if weightless.any():
        weights = np.where(walks.spread(weightless), 1.0, weights)
        total[weightless] = walks.length[weightless]
    return weights / walks.spread(total)
