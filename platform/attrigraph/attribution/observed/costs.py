"""What the touches of channels, campaigns and creatives cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attrigraph.domain import Categorical, EventTable

    Window = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class EntityCost:
    """What the touches of one channel, campaign or creative cost.

    Attributes:
        touches: its touches in the window.
        priced: how many of them have a cost.
        cost: sum of those costs, currency; None where no touch has one.
    """

    touches: int
    priced: int
    cost: float | None


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
    priced = counted & ~np.isnan(touches.cost)
    n = len(column.keys)
    n_touches = np.bincount(column.codes[counted], minlength=n).tolist()
    n_priced = np.bincount(column.codes[priced], minlength=n).tolist()
    costs = np.bincount(column.codes[priced], weights=touches.cost[priced], minlength=n).tolist()
    return {
        key: EntityCost(n_touches[i], n_priced[i], costs[i] if n_priced[i] else None)
        for i, key in enumerate(column.keys)
    }
