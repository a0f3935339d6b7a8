"""Touch-level incremental credit, and its roll-up by campaign, creative or anything else.

At each conversion every touch has its path-level Shapley value (see ``path_credit``). A channel's
credit is a Shapley value too, of another game: it looks at all moments at risk, moves credit of
triggered touches to their triggers, and is scaled by lift tests. So the path-level values of a
channel's touches do not sum to it; the difference is spread over them in proportion to their size:

    credit_j = share_j + (credit of the channel - sum of shares) * |share_j| / sum of |shares|

Where all of a channel's touches help, that multiplies each by the same factor; where some help and
some harm, no sign turns unless the difference is larger than the shares, and nothing is divided by
a sum that may vanish. So touch credits sum to channel credit exactly, and any grouping of touches
is a plain sum. Of one conversion, the shares and its baseline part sum to 1; the credits that come
of them sum to 1 less a remainder that is the conversion's baseline part, and may be negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attrigraph.attribution.credit.ranked_lines import ranked_lines
from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.domain import Amount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.credit.bootstrap import PoissonWeights
    from attrigraph.attribution.credit.ranked_lines import Chances
    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.path_credit import PathCredits
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.domain import Categorical, Credit, EventTable, Level

UNASSIGNED = -1
"""Conversion of credit that no conversion after the channel's touches bears."""


@dataclass(frozen=True, slots=True, eq=False)
class CreditedTouches:
    """Credit of touches for conversions, one row a pair.

    Attributes:
        touch: int64 ``[pairs]``, touch of the histories.
        conversion: int64 ``[pairs]``, conversion of the histories, or ``UNASSIGNED``.
        credit: float64 ``[pairs]``, conversions; sums by channel to the channel's credit.
        value: float64 ``[pairs]``, currency: the same part of the conversion's value, or of the
            mean value where there is no conversion.
        spread: float64 ``[pairs]``, this pair's part of its channel's difference; sums to 1 by
            channel.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    spread: NDArray[np.float64]


def credit_touches(
    histories: Histories, answer: IncrementalCredit, paths: PathCredits
) -> CreditedTouches:
    """Credit each touch for the conversions after it.

    Args:
        histories: the population.
        answer: credit by channel.
        paths: path-level credit of all conversions by ``answer.response``.
    """
    return reconcile(
        histories, answer.credit, paths.touch, paths.conversion, paths.credit, left=paths.left
    )


def reconcile(
    histories: Histories,
    credit: NDArray[np.float64],
    touch: NDArray[np.int64],
    conversion: NDArray[np.int64],
    share: NDArray[np.float64],
    *,
    left: NDArray[np.float64],
) -> CreditedTouches:
    """Bring shares of conversions to the credits of their channels.

    Args:
        histories: the population.
        credit: float64 ``[keys]``, of the channels.
        touch: int64 ``[pairs]``, touch of each pair.
        conversion: int64 ``[pairs]``, its conversion.
        share: float64 ``[pairs]``, what the touch is found to have done there.
        left: float64 ``[pairs]``, by which the difference is spread where all shares of a channel
            are 0. A channel that no conversion follows has its credit at all of its touches alike.
    """
    keys = len(histories.keys)
    absent = np.flatnonzero(~np.isin(histories.key, np.unique(histories.key[touch])))
    touch = np.concatenate([touch, absent])
    conversion = np.concatenate([conversion, np.full(len(absent), UNASSIGNED)])
    share = np.concatenate([share, np.zeros(len(absent))])
    key = histories.key[touch]
    spread = _by_size(share, np.concatenate([left, np.ones(len(absent))]), key, keys)
    given = share + spread * (credit - np.bincount(key, share, keys))[key]
    worth = np.where(conversion >= 0, histories.value[conversion], histories.value.mean())
    return CreditedTouches(touch, conversion, given, given * worth, spread)


def _by_size(
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


def credit_of_events(touches: CreditedTouches, population: Population) -> TouchCredit:
    """The same by rows of the facts, without what has no conversion to stand at."""
    placed = touches.conversion != UNASSIGNED
    return TouchCredit(
        touch=population.touch[touches.touch[placed]],
        conversion=population.conversion[touches.conversion[placed]],
        credit=touches.credit[placed],
        value=touches.value[placed],
    )


class ResampledCredit(Protocol):
    """Credit by channel with bootstrap draws, of whatever model."""

    @property
    def deviations(self) -> NDArray[np.float64]:
        """Draws less credit, float64 ``[draws, keys]``."""
        ...

    @property
    def weights(self) -> PoissonWeights:
        """The weights of customers in the draws."""
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
    answer: ResampledCredit,
    touches: CreditedTouches,
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


def ranked_by(
    events: EventTable,
    population: Population,
    answer: ResampledCredit,
    touches: CreditedTouches,
    by: Level,
) -> tuple[tuple[Credit, ...], Chances | None, Amount]:
    """Ranked lines of touch credit, their chances to be ahead, and the baseline line.

    Args:
        events: what the population was made of.
        population: the population.
        answer: credit by channel.
        touches: credit by touch.
        by: ``channel``, ``campaign`` or ``creative``.
    """
    coded: Categorical = getattr(events.touches, by)
    histories = population.histories
    used, group = np.unique(coded.codes[population.touch].astype(np.int64), return_inverse=True)
    names = tuple(None if code < 0 else coded.keys[code] for code in used)
    rolled = roll_up(histories, answer, touches, group.astype(np.int64), len(names))
    lines, ranking = ranked_lines(names, rolled.credit, rolled.value, rolled.deviations)
    baseline = Amount(
        len(histories.converter) - math.fsum(line.conversions for line in lines),
        float(histories.value.sum()) - math.fsum(line.value for line in lines),
    )
    return lines, ranking, baseline
