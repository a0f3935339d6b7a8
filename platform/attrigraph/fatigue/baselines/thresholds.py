"""Thresholds as ad tools use them: frequency above 3, click rate a fifth below its peak.

They decide whether a unit is tired today. Their days are those until the threshold is passed at the
present pace, which is kinder than to answer 0 or 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq

from attrigraph.fatigue.baselines.baseline import Forecast
from attrigraph.fatigue.curve import HORIZON
from attrigraph.fatigue.snapshot import OWN_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]

FREQUENCY: Final = 3.0
"""Impressions per person who was reached."""

DROP: Final = 0.2
"""Share by which the click rate is below its highest."""


@dataclass(frozen=True)
class FrequencyThreshold:
    """Tired above a frequency: impressions per person reached, since the launch.

    Impressions that fall on people at random reach 1 - e^-x of them, of x impressions per person.

    Attributes:
        limit: frequency, above 1.
    """

    limit: float = FREQUENCY

    def predict(self, snapshot: Snapshot, panel: Panel, /) -> Forecast:
        """Days until the frequency is above the limit."""
        seen = panel.frequency[snapshot.units].sum(axis=1)
        left = self._impressions_per_person() - seen
        return Forecast(_days(left, panel.frequency_ahead[snapshot.units]))

    def _impressions_per_person(self) -> float:
        return float(brentq(lambda x: x / -np.expm1(-x) - self.limit, 1e-9, self.limit + 1))


@dataclass(frozen=True)
class DropThreshold:
    """Tired where the click rate is so far below its highest.

    Attributes:
        limit: share of the highest rate that is lost, 0 to 1.
    """

    limit: float = DROP

    def predict(self, snapshot: Snapshot, _panel: Panel, /) -> Forecast:
        """Days until the rate is below the limit, as it falls per day since the launch."""
        left = snapshot.log_ratio - np.log(1 - self.limit)
        return Forecast(_days(left, -snapshot.own[:, OWN_FEATURES.index("slope by age")]))


def _days(left: Floats, pace: Floats) -> Floats:
    """Days until nothing is left at a pace per day; ``HORIZON`` without any."""
    longest = np.full(len(left), float(HORIZON))
    days = np.divide(left, pace, out=longest, where=(left < HORIZON * pace) & (pace > 0))
    return np.where(left <= 0, 0.0, days)
