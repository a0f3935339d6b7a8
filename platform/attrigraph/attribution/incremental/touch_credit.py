"""Touch-level incremental credit, and its roll-up by campaign, creative or anything else.

At each conversion every touch has its path-level Shapley value (see ``path_credit``). A channel's
credit is a Shapley value too, of another game: it looks at all moments at risk, moves credit of
triggered touches to their triggers, and is scaled by lift tests. So the path-level values of a
channel's touches do not sum to it; the difference is spread over them in proportion to their size:

    credit_j = share_j + (credit of the channel - sum of shares) * |share_j| / sum of |shares|

Where all of a channel's touches help, that multiplies each by the same factor; where some help and
some harm, no sign turns unless the difference is larger than the shares, and nothing is divided by
a sum that may vanish. So touch credits sum to channel credit exactly, and any grouping of touches
is a plain sum. Of one conversion, the shares and its organic part sum to 1; the credits that come
of them sum to 1 less a remainder that is the conversion's organic part, and may be negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attrigraph.attribution.incremental.path_credit import credit_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.credit.bootstrap import PoissonWeights
    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.path_credit import PathCredits

NOWHERE = -1
"""Conversion of credit that no conversion after the channel's touches bears."""


@dataclass(frozen=True, slots=True, eq=False)
class CreditedTouches:
    """Credit of touches for conversions, one row a pair.

    Attributes:
        paths: path-level credit of all conversions; its pairs are the first of these.
        touch: int64 ``[pairs]``, touch of the histories.
        conversion: int64 ``[pairs]``, conversion of the histories, or ``NOWHERE``.
        credit: float64 ``[pairs]``, conversions; sums by channel to the channel's credit.
        value: float64 ``[pairs]``, currency: the same part of the conversion's value, or of the
            mean value where there is no conversion.
        spread: float64 ``[pairs]``, this pair's part of its channel's difference; sums to 1 by
            channel.
    """

    paths: PathCredits
    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    spread: NDArray[np.float64]


def credit_touches(
    histories: Histories, answer: IncrementalCredit, paths: PathCredits | None = None
) -> CreditedTouches:
    """Credit each touch for the conversions after it.

    Args:
        histories: the population.
        answer: credit by channel.
        paths: path-level credit of all conversions by ``answer.response``; made here when None.
    """
    if paths is None:
        paths = credit_paths(histories, answer.response, seed=answer.weights.seed)
    keys = len(histories.keys)
    absent = np.flatnonzero(~np.isin(histories.key, np.unique(histories.key[paths.touch])))
    touch = np.concatenate([paths.touch, absent])
    conversion = np.concatenate([paths.conversion, np.full(len(absent), NOWHERE)])
    share = np.concatenate([paths.credit, np.zeros(len(absent))])
    key = histories.key[touch]
    spread = by_size(share, np.concatenate([paths.left, np.ones(len(absent))]), key, keys)
    missing = answer.credit - np.bincount(key, share, keys)
    credit = share + spread * missing[key]
    worth = np.where(conversion >= 0, histories.value[conversion], histories.value.mean())
    return CreditedTouches(paths, touch, conversion, credit, credit * worth, spread)


def by_size(
    share: NDArray[np.float64],
    left: NDArray[np.float64],
    key: NDArray[np.int64],
    keys: int,
) -> NDArray[np.float64]:
    """Each pair's part of its channel's difference; by what is left where all shares are 0."""
    size = np.abs(share)
    idle = np.bincount(key, size, keys) == 0
    size = np.where(idle[key], left, size)
    return np.asarray(size / np.bincount(key, size, keys)[key])


class Redrawn(Protocol):
    """Credit by channel with bootstrap draws, of whatever model."""

    @property
    def deviations(self) -> NDArray[np.float64]:
        """Draws less credit, float64 ``[draws, keys]``."""
        ...

    @property
    def weights(self) -> PoissonWeights:
        """The weights of customers in the draws."""
        ...


class Spread(Protocol):
    """Credit by touch whose sums are the channels' credits; see ``CreditedTouches``."""

    @property
    def touch(self) -> NDArray[np.int64]:
        """Touch of each pair."""
        ...

    @property
    def conversion(self) -> NDArray[np.int64]:
        """Conversion of each pair, or ``NOWHERE``."""
        ...

    @property
    def credit(self) -> NDArray[np.float64]:
        """Conversions of each pair."""
        ...

    @property
    def value(self) -> NDArray[np.float64]:
        """Currency of each pair."""
        ...

    @property
    def spread(self) -> NDArray[np.float64]:
        """Each pair's part of its channel's difference."""
        ...


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
    answer: Redrawn,
    touches: Spread,
    group: NDArray[np.int64],
    groups: int,
) -> RolledUp:
    """Sum touch credit over groups, with bootstrap draws.

    A draw weighs the customers of each conversion anew, which moves a group's credit, and what its
    channel's credit moves beyond that is spread as the difference was.

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
        moved = (weight[column] - 1.0) * touches.credit[placed]
        own = np.bincount(cell[placed], moved, keys * groups).reshape(keys, groups)
        missing = answer.deviations[draw] - own.sum(axis=1)
        deviations[draw] = own.sum(axis=0) + missing @ taken
    return RolledUp(
        np.bincount(member, touches.credit, groups).astype(np.float64),
        np.bincount(member, touches.value, groups).astype(np.float64),
        deviations,
    )
