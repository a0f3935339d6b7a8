"""Ids that were joined for buyers and not for others.

A login or an order tells which cookies and devices are one person's. Where people mostly log in to
buy, the touches of a buyer are together, and those of somebody who does not buy are spread over
several ids, each of them a customer with few touches. Touches then go with purchases whether or not
they cause any (exposure that is measured in another way for cases than for controls; Lin & Misra
2022 on fragmented identities).

Among customers with equally many touches, those of buyers come from several ids as often as those
of others if joining does not depend on buying (Mantel & Haenszel 1959, strata by number of
touches). An id that is the customer's own, as the login itself, does not count: buyers have one
more of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

MIN_EXCESS: Final = 0.05
"""Buyers with several ids beyond those expected, as a share of the buyers, from which it counts."""

MIN_Z: Final = 5.0
"""z-score of that excess from which it counts."""

MAX_TOUCHES: Final = 30
"""Customers with more touches than this are one stratum."""


def joined_buyers(histories: Histories, several: NDArray[np.bool_] | None) -> bool:
    """Whether the ids of buyers were joined far more or far less often than those of others."""
    if several is None:
        return False
    excess, z = excess_of_several_ids(histories, several)
    return abs(excess) > MIN_EXCESS and abs(z) > MIN_Z


def excess_of_several_ids(histories: Histories, several: NDArray[np.bool_]) -> tuple[float, float]:
    """Excess of buyers with several ids, as a share of the buyers, and its z-score.

    Over customers with two touches or more; both are 0 where no stratum has buyers and others, and
    customers with one id and with several.

    Args:
        histories: the population.
        several: bool ``[customers]``, whose touches were recorded under several ids.
    """
    touches = np.bincount(histories.customer, minlength=histories.customers)
    buys = np.bincount(histories.converter, minlength=histories.customers) > 0
    stratum = np.where(touches < 2, 0, np.minimum(touches, MAX_TOUCHES))
    people, buyers, joined, both = (
        np.bincount(stratum, chosen, MAX_TOUCHES + 1)[2:]
        for chosen in (np.ones(histories.customers), buys, several, buys & several)
    )
    size = np.maximum(people, 2.0)
    expected = buyers * joined / size
    variance = expected * (people - buyers) * (people - joined) / (size * (size - 1))
    excess = float((both - expected)[variance > 0].sum())
    if not variance.any():
        return 0.0, 0.0
    return excess / float(buyers[variance > 0].sum()), excess / float(np.sqrt(variance.sum()))
