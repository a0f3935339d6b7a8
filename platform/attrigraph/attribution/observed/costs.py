"""What the touches of channels, campaigns and creatives cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from attrigraph.domain import Categorical, EventTable

    Window = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class EntityCost:
    """What the touches of one channel, campaign or creative cost.

    Attributes:
        touches: its touches in the window.
        priced: how many of them have a known cost; one of a session counts by the share of its
            visits that have one.
        cost: known cost, currency; None where nothing is known.
    """

    touches: int
    priced: float
    cost: float | None

    @property
    def known_share(self) -> float:
        """Share of the touches of known cost; without touches 1 if a cost is known, else 0."""
        if not self.touches:
            return float(self.cost is not None)
        return self.priced / self.touches

    @property
    def of_all(self) -> float:
        """Cost of all touches, if those without a known cost cost the same; NaN if none is known.

        Spend without touches is known as it is.
        """
        if self.cost is None or not self.known_share:
            return math.nan
        return self.cost / self.known_share


UNKNOWN_COST: Final = EntityCost(0, 0, None)
"""Of what nothing is known."""


def cost_by_entity(events: EventTable, level: str, window: Window) -> dict[str, EntityCost]:
    """Number and cost of the touches in the window, by channel, campaign or creative.

    Args:
        events: with touches.
        level: ``channel``, ``campaign`` or ``creative``.
        window: start and end (exclusive), epoch milliseconds; None for all times.
    """
    touches = events.touches
    column: Categorical = getattr(touches, level)
    counted = column.codes >= 0
    if window is not None:
        counted &= (touches.time >= window[0]) & (touches.time < window[1])
    priced, shares = counted & ~np.isnan(touches.cost), touches.priced()
    n = len(column.keys)
    n_touches = np.bincount(column.codes[counted], minlength=n).tolist()
    n_costs = np.bincount(column.codes[priced], minlength=n).tolist()
    n_priced = np.bincount(column.codes[counted], shares[counted], minlength=n).tolist()
    costs = np.bincount(column.codes[priced], weights=touches.cost[priced], minlength=n).tolist()
    return {
        key: EntityCost(n_touches[i], n_priced[i], costs[i] if n_costs[i] else None)
        for i, key in enumerate(column.keys)
    }
