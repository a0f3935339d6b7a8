"""Touch-level incremental credit, and its roll-up by campaign, creative or anything else.

At each conversion every channel has its share of the chance to convert then (its Shapley value in
the game of that moment, over the chance). Within a channel, touches share by what is left of them:
the model sees only their decayed sum, and for a function of a sum Aumann-Shapley prices are in
proportion to what each adds (Billera & Heath 1982), the limit of Owen values for small touches.
So the channel is the union and its touches are its members: their credits sum to the channel's.

The shares at conversions estimate the channel's credit but do not hit it to the last digit; the
difference is spread over the channel's touches in proportion to what was left of them. So touch
credits sum to channel credit exactly, and any grouping of touches is a plain sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.exposure import reach, saturate
from attrigraph.attribution.game import Coalitions, Scene, play
from attrigraph.attribution.moments import Moments, conversion_moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.histories import Histories
    from attrigraph.attribution.incremental import IncrementalCredit
    from attrigraph.attribution.response import Response

BLOCK = 2_000_000
"""Conversions times coalitions played at once."""

NOWHERE = -1
"""Conversion of credit that no conversion after the channel's touches bears."""


@dataclass(frozen=True, slots=True, eq=False)
class CreditedTouches:
    """Credit of touches for conversions, one row a pair.

    Attributes:
        touch: int64 ``[pairs]``, touch of the histories.
        conversion: int64 ``[pairs]``, conversion of the histories, or ``NOWHERE``.
        credit: float64 ``[pairs]``, conversions; sums by channel to the channel's credit.
        value: float64 ``[pairs]``, currency.
        share: float64 ``[pairs]``, the touch's share of this conversion before the difference to
            the channel's credit was spread.
        spread: float64 ``[pairs]``, this pair's part of the difference; sums to 1 by channel.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    share: NDArray[np.float64]
    spread: NDArray[np.float64]


def credit_touches(histories: Histories, answer: IncrementalCredit) -> CreditedTouches:
    """Credit each touch for the conversions after it."""
    keys = len(histories.keys)
    touch, conversion, share, left = _shares_at_conversions(
        histories, answer.response, answer.coalitions
    )
    absent = np.flatnonzero(~np.isin(histories.key, np.unique(histories.key[touch])))
    touch = np.concatenate([touch, absent])
    conversion = np.concatenate([conversion, np.full(len(absent), NOWHERE)])
    share = np.concatenate([share, np.zeros(len(absent))])
    left = np.concatenate([left, np.ones(len(absent))])
    key = histories.key[touch]
    spread = left / np.bincount(key, left, keys)[key]
    missing = answer.credit - np.bincount(key, share, keys)
    rest = spread * missing[key]
    value = share * np.where(conversion >= 0, histories.value[conversion], 0.0)
    value += rest * histories.value.mean()
    return CreditedTouches(touch, conversion, share + rest, value, share, spread)


def _shares_at_conversions(
    histories: Histories, response: Response, coalitions: Coalitions
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Touch, conversion, share of it, and what is left of the touch, over all pairs."""
    moments = conversion_moments(histories)
    reached = reach(histories, moments)
    strength = reached.strength(response.half_life)
    shares = _channel_shares(histories, response, coalitions, moments, saturate(strength))
    left = reached.weights(response.half_life)
    row, key = reached.row, reached.key
    return reached.touch, row, shares[row, key] * left / strength[row, key], left


def _channel_shares(
    histories: Histories,
    response: Response,
    coalitions: Coalitions,
    moments: Moments,
    exposure: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Each channel's part of the chance at each conversion, ``[conversions, keys]``."""
    rest = response.rest(moments.day, response.conditions.columns(histories, moments))
    shares = np.zeros_like(exposure)
    step = max(1, BLOCK // len(coalitions.running))
    for start in range(0, len(moments), step):
        here = slice(start, start + step)
        scene = Scene(np.arange(len(rest[here])), rest[here], exposure[here])
        table = play(scene, response.effects, coalitions)
        shares[here] = (table.share @ coalitions.weights) / table.chance[:, -1:]
    return shares


@dataclass(frozen=True, slots=True, eq=False)
class RolledUp:
    """Touch credit summed over groups of touches.

    Attributes:
        credit: float64 ``[groups]``, conversions.
        value: float64 ``[groups]``, currency.
        deviations: float64 ``[draws, groups]``, bootstrap draws less credit.
    """

    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    deviations: NDArray[np.float64]


def roll_up(
    histories: Histories,
    answer: IncrementalCredit,
    touches: CreditedTouches,
    group: NDArray[np.int64],
    groups: int,
) -> RolledUp:
    """Sum touch credit over groups, with bootstrap draws.

    Args:
        histories: the population.
        answer: credit by channel.
        touches: credit by touch.
        group: int64 ``[touches of the histories]``, each touch's group.
        groups: how many there are.
    """
    member = group[touches.touch]
    key = histories.key[touches.touch]
    keys = len(histories.keys)
    cell = key * groups + member
    taken = np.bincount(cell, touches.spread, keys * groups).reshape(keys, groups)
    placed = touches.conversion >= 0
    customer = histories.customer[touches.touch[placed]]
    converters, column = np.unique(customer, return_inverse=True)
    weights = answer.weights.of(converters)
    deviations = np.empty((len(weights), groups))
    for draw, weight in enumerate(weights):
        moved = (weight[column] - 1.0) * touches.share[placed]
        own = np.bincount(cell[placed], moved, keys * groups).reshape(keys, groups)
        missing = answer.deviations[draw] - own.sum(axis=1)
        deviations[draw] = own.sum(axis=0) + missing @ taken
    return RolledUp(
        np.bincount(member, touches.credit, groups).astype(np.float64),
        np.bincount(member, touches.value, groups).astype(np.float64),
        deviations,
    )
