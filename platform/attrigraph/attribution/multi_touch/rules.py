"""Rules that divide a conversion among the touches of its journey.

Each rule takes paths and gives a share for every touch, float64 ``[n_touches]``; the shares of a
path add up to one, a path without touches has none. Rules record who was there, not what
marketing caused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import NeedsTimesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.path_steps import PathSteps

    Shares = NDArray[np.float64]


def first(steps: PathSteps) -> Shares:
    """All to the first touch."""
    return _only(steps, steps.starts)


def last(steps: PathSteps) -> Shares:
    """All to the last touch."""
    return _only(steps, steps.ends)


def last_non_direct(steps: PathSteps) -> Shares:
    """All to the last touch that is not a direct visit; to the last touch where all are direct."""
    assert steps.direct is not None
    if not len(steps.starts):
        return np.zeros(len(steps.codes))
    candidates = np.where(steps.direct, -1, np.arange(len(steps.codes)))
    latest = np.maximum.reduceat(candidates, steps.starts)
    return _only(steps, np.where(latest < 0, steps.ends, latest))


def linear(steps: PathSteps) -> Shares:
    """The same to each touch."""
    return 1.0 / steps.spread(steps.length)


def linear_distinct(steps: PathSteps) -> Shares:
    """The same to each distinct key, and within a key the same to each of its touches.

    A touch of a key that occurs n times in a path of s distinct keys gets 1 / (s n). This is also
    the Shapley value of the game that counts conversions by the exact set of keys; see
    ``attrigraph.attribution.multi_touch.shapley``.
    """
    return 1.0 / (steps.spread(steps.distinct) * steps.occurrences)


def positional(steps: PathSteps, first: float, middle: float, last: float) -> Shares:
    """Weights for the first touch, for those between (shared equally), and for the last.

    Weights need not add up to one: they are scaled in each path. A path of one touch gives it all;
    a path of two has nothing between, and first and last share in proportion to their weights.
    Where no touch of a path has a weight, its touches share equally. U is (.4, .2, .4), J (.2, .2,
    .6), inverse J (.6, .2, .2); (0, 0, 1) is the last touch exactly.
    """
    between = middle / np.maximum(steps.length - 2, 1)
    weights = steps.spread(between)
    weights[steps.starts] = first
    weights[steps.ends] = last
    weights[steps.starts[steps.starts == steps.ends]] = 1.0
    return _scaled(steps, weights)


def position_w(
    steps: PathSteps,
    first: float = 0.3,
    middle: float = 0.3,
    last: float = 0.3,
    others: float = 0.1,
) -> Shares:
    """W-shaped: weights for the first, the middle and the last touch, and for the others together.

    The middle touch of an even number is the two in the middle, which share its weight, so that
    the rule looks the same from both ends. Weights are scaled in each path: three touches share
    equally, two halve, and four give a third to each end.
    """
    length = steps.length
    centres = np.where(length % 2 == 0, 2, 1)
    is_centre = np.abs(2 * steps.place - steps.spread(length - 1)) <= 1
    weights = np.where(
        is_centre,
        steps.spread(middle / centres),
        steps.spread(others / np.maximum(length - 2 - centres, 1)),
    )
    weights[steps.starts] = first
    weights[steps.ends] = last
    weights[steps.starts[steps.starts == steps.ends]] = 1.0
    return _scaled(steps, weights)


def time_decay(steps: PathSteps, half_life_days: float) -> Shares:
    """A touch weighs half as much for every half-life by which it is older: ``2^(-age / half)``.

    Raises:
        NeedsTimesError: the times of some touches are not known.
    """
    if steps.age is None or np.isnan(steps.age).any():
        message = "time-decay needs the times of touches, and the data hold only their order"
        raise NeedsTimesError(message)
    # only differences of age matter; from the youngest touch on, no path's weights all vanish
    older = steps.age - steps.spread(_at_end(steps, steps.age))
    return _scaled(steps, np.exp2(-older / half_life_days))


def _only(steps: PathSteps, touches: NDArray[np.int64]) -> Shares:
    shares = np.zeros(len(steps.codes))
    shares[touches] = 1.0
    return shares


def _at_end(steps: PathSteps, of_touches: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value of each path's last touch, 0 for a path without touches."""
    values = np.zeros(len(steps))
    values[steps.length > 0] = of_touches[steps.ends]
    return values


def _scaled(steps: PathSteps, weights: NDArray[np.float64]) -> Shares:
    """Weights divided by their path's sum; equal shares where that is zero."""
    if not len(weights):
        return weights
    total = np.zeros(len(steps))
    total[steps.length > 0] = np.add.reduceat(weights, steps.starts)
    weightless = total == 0
    if weightless.any():
        weights = np.where(steps.spread(weightless), 1.0, weights)
        total[weightless] = steps.length[weightless]
    return weights / steps.spread(total)
