"""What all units have in common, kept from one reading of all of them.

The figures of one creative and its neighbours cannot give it, and need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory

    Floats = NDArray[np.float64]

LAST_DAYS: Final = 7
"""Days whose mean factor holds for later days."""


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """Figures of all units of a history.

    Attributes:
        first_day: datetime64[D] of the first column of ``factor``.
        channels: names.
        factor: what season and competitors make of rates ``[channels, days]``.
        rates: clicks per impression of each channel at equal conditions ``[channels]``.
        overall_rate: that of all channels.
        people: of audiences, by id.
        spill_weight: of similar units' exposure.
        slopes: mean and standard deviation of slopes by own exposure, by age, and by exposure with
            that of similar units ``[3, 2]``.
    """

    first_day: np.datetime64
    channels: tuple[str, ...]
    factor: Floats
    rates: Floats
    overall_rate: float
    people: Mapping[str, float]
    spill_weight: float
    slopes: Floats

    def factor_of(self, history: FatigueHistory) -> Floats:
        """The factor on the days of a history ``[channels, days]``; 1 in unknown channels."""
        count = self.factor.shape[1]
        days = np.arange(history.days) + (history.first_day - self.first_day).astype(int)
        of_days = self.factor[:, np.clip(days, 0, count - 1)]
        later = self.factor[:, -LAST_DAYS:].mean(axis=1, keepdims=True)
        of_days = np.where(days >= count, later, of_days)
        known = dict(zip(self.channels, of_days, strict=True))
        return np.stack([known.get(name, np.ones(len(days))) for name in history.channels])

    def rates_of(self, history: FatigueHistory) -> Floats:
        """Rates of the channels of a history ``[channels]``."""
        known = dict(zip(self.channels, self.rates.tolist(), strict=True))
        return np.array([known.get(name, self.overall_rate) for name in history.channels])
