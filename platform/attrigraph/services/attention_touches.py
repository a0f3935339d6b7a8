"""Touch-level credit of the model ``attention``: Owen values that sum to the channels' credit.

At each conversion a channel's share is its part of the chance to convert then, over that chance;
its touches share that by Owen values (``gnn.owen``). Summed over conversions, a channel's shares
come near its credit and do not hit it: credit looks at all moments at risk and moves that of
triggered touches. The difference is spread over the shares in proportion to their size, as
``attribution.touch_credit`` does. So credits of touches sum to that of their channel, and those of
a campaign or a creative are plain sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.touch_credit import NOWHERE, by_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.services.attention_rows import PersonDays


@dataclass(frozen=True, slots=True, eq=False)
class AttentionTouches:
    """Credit of touches for conversions, one row a pair.

    Attributes:
        touch: int64 ``[pairs]``, touch of the histories.
        conversion: int64 ``[pairs]``, conversion of the histories, or ``NOWHERE``.
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
    histories: Histories,
    days: PersonDays,
    owen: NDArray[np.float64],
    chance: NDArray[np.float64],
    credit: NDArray[np.float64],
) -> AttentionTouches:
    """Credit each touch for the conversions after it.

    Args:
        histories: the population.
        days: the rows that were asked about.
        owen: part of the chance of its row of each touch of the converting rows, in a row.
        chance: of each converting row.
        credit: by channel.
    """
    journeys = days.journeys
    size = journeys.touches[journeys.converted]
    conversion = np.repeat(np.arange(len(size)), size)
    touch = days.touch[journeys.converted[journeys.journey]]
    share = owen / np.repeat(chance, size)
    keys = len(histories.keys)
    absent = np.flatnonzero(~np.isin(histories.key, np.unique(histories.key[touch])))
    touch = np.concatenate([touch, absent])
    conversion = np.concatenate([conversion, np.full(len(absent), NOWHERE)])
    share = np.concatenate([share, np.zeros(len(absent))])
    key = histories.key[touch]
    spread = by_size(share, np.ones(len(share)), key, keys)
    given = share + spread * (credit - np.bincount(key, share, keys))[key]
    worth = np.where(conversion >= 0, histories.value[conversion], histories.value.mean())
    return AttentionTouches(touch, conversion, given, given * worth, spread)
