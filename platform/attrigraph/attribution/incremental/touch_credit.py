"""Touch-level incremental credit, and its roll-up by campaign, creative or any other grouping.

At each conversion every touch has a path-level Shapley value (see ``path_credit``). A channel's
credit is the Shapley value of another game: it covers all person-days at risk, transfers credit of
triggered touches to their triggers, and is scaled by lift tests. The path-level values of a
channel's touches therefore do not sum to it. The difference is spread over them in proportion to
their absolute size:

    credit_j = share_j + (credit of the channel - sum of shares) * |share_j| / sum of |shares|

If all shares of a channel are positive, this multiplies each by the same factor. With mixed signs,
no sign changes unless the difference exceeds the shares, and no sum that may be 0 is a divisor.
Touch credits sum exactly to channel credit, and any grouping of touches is a plain sum. The shares
of one conversion and its baseline sum to 1. After reconciliation, the remainder of its credits to 1
is the conversion's baseline, which may be negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attrigraph.attribution.credit.ranked_lines import ranked_lines
from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.incremental.basket import raised_value
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
"""Conversion of the credit of channels whose touches no conversion follows."""


@dataclass(frozen=True, slots=True, eq=False)
class CreditedTouches:
    """Credit of touches for conversions, one row per pair.

    Attributes:
        touch: int64 ``[pairs]``, touch of the histories.
        conversion: int64 ``[pairs]``, conversion of the histories, or ``UNASSIGNED``.
        credit: float64 ``[pairs]``, conversions; sums by channel to the channel's credit.
        value: float64 ``[pairs]``, currency: the same fraction of the conversion's value, or of
            the mean value if unassigned.
        spread: float64 ``[pairs]``, the pair's fraction of its channel's difference; sums to 1 per
            channel.
        value_error: float64 ``[pairs]``, change of the value per sd of its channel's effect on
            values; 0 where the model has none.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    spread: NDArray[np.float64]
    value_error: NDArray[np.float64]


def credit_touches(
    histories: Histories, answer: IncrementalCredit, paths: PathCredits
) -> CreditedTouches:
    """Credit each touch for the conversions after it.

    Args:
        histories: the population.
        answer: credit by channel.
        paths: path-level credit of all conversions by ``answer.response``.
    """
    credited = reconcile(
        histories, answer.credit, paths.touch, paths.conversion, paths.credit, left=paths.left
    )
    raised = raised_value(histories, answer.response, paths, answer.baskets)
    pairs = len(paths.touch)
    value, error = credited.value.copy(), credited.value_error.copy()
    value[:pairs] += raised.value
    error[:pairs] += raised.error
    return replace(credited, value=value, value_error=error)


def reconcile(
    histories: Histories,
    credit: NDArray[np.float64],
    touch: NDArray[np.int64],
    conversion: NDArray[np.int64],
    share: NDArray[np.float64],
    *,
    left: NDArray[np.float64],
) -> CreditedTouches:
    """Reconcile shares of conversions with the credits of their channels.

    Args:
        histories: the population.
        credit: float64 ``[keys]``, credit of the channels.
        touch: int64 ``[pairs]``, touch of each pair.
        conversion: int64 ``[pairs]``, its conversion.
        share: float64 ``[pairs]``, path-level credit of the touch.
        left: float64 ``[pairs]``, weights of the difference if all shares of a channel are 0. A
            channel that no conversion follows has equal credit on all of its touches.
    """
    keys = len(histories.keys)
    is_followed = np.isin(histories.key, np.unique(histories.key[touch]))
    unassigned = np.flatnonzero(histories.is_in_window & ~is_followed)
    touch = np.concatenate([touch, unassigned])
    conversion = np.concatenate([conversion, np.full(len(unassigned), UNASSIGNED)])
    share = np.concatenate([share, np.zeros(len(unassigned))])
    key = histories.key[touch]
    share = share * histories.of_marketing(np.ones(keys))[key]
    spread = _by_size(share, np.concatenate([left, np.ones(len(unassigned))]), key, keys)
    reconciled = share + spread * (credit - np.bincount(key, share, keys))[key]
    value = reconciled * _values_converted(histories, conversion)
    return CreditedTouches(touch, conversion, reconciled, value, spread, np.zeros(len(touch)))


def _by_size(
    share: NDArray[np.float64],
    left: NDArray[np.float64],
    key: NDArray[np.int64],
    keys: int,
) -> NDArray[np.float64]:
    """Each pair's fraction of its channel's difference, by ``left`` if all shares are 0."""
    size = np.abs(share)
    is_zero = np.bincount(key, size, keys) == 0
    size = np.where(is_zero[key], left, size)
    return np.asarray(size / np.bincount(key, size, keys)[key])


def credit_of_events(touches: CreditedTouches, population: Population) -> TouchCredit:
    """The credit by rows of the event table, without unassigned credit."""
    assigned = touches.conversion != UNASSIGNED
    return TouchCredit(
        touch=population.touch[touches.touch[assigned]],
        conversion=population.conversion[touches.conversion[assigned]],
        credit=touches.credit[assigned],
        value=touches.value[assigned],
    )


class ResampledCredit(Protocol):
    """Credit by channel with bootstrap draws, of any model."""

    @property
    def deviations(self) -> NDArray[np.float64]:
        """Draws minus credit, float64 ``[draws, keys]``; by chance alone."""
        ...

    @property
    def wide_deviations(self) -> NDArray[np.float64] | None:
        """The same by chance and bias; None if the model does not estimate its bias."""
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
        deviations: float64 ``[draws, groups]``, draws minus credit, by chance alone.
        wide_deviations: the same by chance and bias; None if the model does not estimate its bias.
        value_deviations: float64 ``[draws, groups]``, draws minus value, by chance and by what
            bias the model estimates.
    """

    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    deviations: NDArray[np.float64]
    wide_deviations: NDArray[np.float64] | None
    value_deviations: NDArray[np.float64]


def roll_up(
    histories: Histories,
    answer: ResampledCredit,
    touches: CreditedTouches,
    group: NDArray[np.int64],
    groups: int,
) -> RolledUp:
    """Sum touch credit over groups, with bootstrap draws.

    A draw reweights the customers of each conversion, which changes a group's credit. The remaining
    change of its channel's credit is spread like the reconciled difference.

    Args:
        histories: the population.
        answer: credit by channel.
        touches: credit by touch.
        group: int64 ``[touches of the histories]``, each touch's group.
        groups: number of groups.
    """
    member = group[touches.touch]
    key = histories.key[touches.touch]
    keys = len(histories.keys)
    cell = key * groups + member

    def by_group(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.bincount(cell, amounts, keys * groups).astype(np.float64)
        return sums.reshape(keys, groups)

    group_spread = by_group(touches.spread)
    value_spread = by_group(touches.spread * _values_converted(histories, touches.conversion))
    value_error = by_group(touches.value_error)
    assigned = touches.conversion >= 0
    customer = histories.customer[touches.touch[assigned]]
    converters, column = np.unique(customer, return_inverse=True)
    weights = answer.weights.of(converters)
    deviations = np.empty((len(weights), groups))
    noise = np.random.default_rng(answer.weights.seed).standard_normal((len(weights), keys))
    value_deviations = noise @ value_error
    for draw, weight in enumerate(weights):
        factor = weight[column] - 1.0
        change = factor * touches.credit[assigned]
        resampled = np.bincount(cell[assigned], change, keys * groups).reshape(keys, groups)
        remainder = answer.deviations[draw] - resampled.sum(axis=1)
        deviations[draw] = resampled.sum(axis=0) + remainder @ group_spread
        value_deviations[draw] += remainder @ value_spread + np.bincount(
            member[assigned], factor * touches.value[assigned], groups
        )
    wide = answer.wide_deviations
    if wide is not None:
        value_deviations += (wide - answer.deviations) @ value_spread
    return RolledUp(
        np.bincount(member, touches.credit, groups).astype(np.float64),
        np.bincount(member, touches.value, groups).astype(np.float64),
        deviations,
        None if wide is None else deviations + (wide - answer.deviations) @ group_spread,
        value_deviations,
    )


def _values_converted(histories: Histories, conversion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Value of the conversion of each pair ``[pairs]``; the mean value if it is unassigned."""
    return np.where(conversion >= 0, histories.value[conversion], histories.value.mean())


def rolled_by(
    events: EventTable,
    population: Population,
    answer: ResampledCredit,
    touches: CreditedTouches,
    by: Level,
) -> tuple[tuple[str | None, ...], NDArray[np.int64], RolledUp]:
    """Names of what has touches in the window, each touch's number among them, and their credit.

    Earlier touches have no credit, and the number of any name. See ``ranked_by``.
    """
    categorical: Categorical = getattr(events.touches, by)
    histories = population.histories
    codes = categorical.codes[population.touch].astype(np.int64)
    used = np.unique(codes[histories.is_in_window])
    group = np.minimum(np.searchsorted(used, codes), len(used) - 1)
    names = tuple(None if code < 0 else categorical.keys[code] for code in used)
    return names, group, roll_up(histories, answer, touches, group, len(names))


def ranked_by(
    events: EventTable,
    population: Population,
    answer: ResampledCredit,
    touches: CreditedTouches,
    by: Level,
) -> tuple[tuple[Credit, ...], Chances | None, Amount]:
    """Ranked lines of touch credit, their ranking probabilities, and the baseline.

    Args:
        events: the events of the population.
        population: the population.
        answer: credit by channel.
        touches: credit by touch.
        by: ``channel``, ``campaign`` or ``creative``.
    """
    histories = population.histories
    names, _, rolled = rolled_by(events, population, answer, touches, by)
    lines, ranking = ranked_lines(
        names,
        rolled.credit,
        rolled.value,
        rolled.deviations,
        wide_deviations=rolled.wide_deviations,
        value_deviations=rolled.value_deviations,
    )
    baseline = Amount(
        len(histories.converter) - math.fsum(line.conversions for line in lines),
        float(histories.value.sum()) - math.fsum(line.value for line in lines),
    )
    return lines, ranking, baseline
