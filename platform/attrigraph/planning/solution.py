"""What a solver returns: activities, and prices that prove how good they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_PRICE: Final = 1e-9
"""Smaller prices are rounding: such a limit does not bind."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Multipliers of a problem's limits; any such prices bound the value from above.

    Attributes:
        budget: value of the next unit of money, at least 0.
        rows: by name of a row, value of one more unit of its limit; negative for a lower limit.
        shared: by name of a shared response, value of the next unit of its members' spend.
        shares: float64 ``[S, k, 1 or L]``: how the worth of each synergy is shared among its
            members, alike on all levels or for each one; 0 where a member is repeated.
    """

    budget: float
    rows: Mapping[str, float] = field(default_factory=dict)
    shared: Mapping[str, float] = field(default_factory=dict)
    shares: Floats | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan in activities, with the prices that certify it.

    Attributes:
        activity: float64 ``[n]`` in [0, 1].
        prices: of the limits.
        method: ``fill``, ``lp``, ``mip`` or ``cuts``.
    """

    activity: Floats
    prices: Prices
    method: str
