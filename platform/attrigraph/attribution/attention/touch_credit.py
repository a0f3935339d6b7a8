"""Touch-level credit of the model ``attention``: Owen values that sum to the channels' credit.

At each conversion a channel's share is its part of the chance to convert then, over that chance;
its touches share that by Owen values (``gnn.owen``). Summed over conversions, a channel's shares
come near its credit and do not hit it: credit looks at all moments at risk and moves that of
triggered touches. The difference is spread over the shares in proportion to their size, as
``settled`` does. So credits of touches sum to that of their channel, and those of a campaign or a
creative are plain sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.touch_credit import settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.attention.person_days import PersonDayJourneys
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches


def credit_touches(
    histories: Histories,
    days: PersonDayJourneys,
    owen: NDArray[np.float64],
    chance: NDArray[np.float64],
    credit: NDArray[np.float64],
) -> CreditedTouches:
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
    return settled(histories, credit, touch, conversion, share, left=np.ones(len(share)))
