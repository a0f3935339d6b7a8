"""Touch-level credit of the model ``attention``: Owen values that sum to the channels' credit.

At each conversion a channel's share is its part of the probability to convert then, over that
probability; its touches divide the share by Owen values (``gnn.owen``). The sum of a channel's
shares over conversions is near its credit, not equal to it: credit covers all moments at risk and
moves that of triggered touches. The difference is spread over the shares in proportion to their
size, as ``settled`` does. So credits of touches sum to that of their channel, and those of a
campaign or a creative are plain sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.touch_credit import reconcile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.attention.person_days import PersonDayJourneys
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches


def credit_touches(
    histories: Histories,
    days: PersonDayJourneys,
    owen: NDArray[np.float64],
    probability: NDArray[np.float64],
    credit: NDArray[np.float64],
) -> CreditedTouches:
    """Credit each touch for the conversions that follow it.

    Args:
        histories: the population.
        days: the person-days of the networks.
        owen: each touch's part of its row's probability, of the converting rows, concatenated.
        probability: of each converting row.
        credit: by channel.
    """
    journeys = days.journeys
    size = journeys.touches[journeys.converted]
    conversion = np.repeat(np.arange(len(size)), size)
    touch = days.touch[journeys.converted[journeys.journey]]
    share = owen / np.repeat(probability, size)
    return reconcile(histories, credit, touch, conversion, share, left=np.ones(len(share)))
