"""How long units of a snapshot lasted, as far as it was seen.

Rates of windows are noisy, and the first of them below a half of the highest comes too early. So
they are smoothed over all windows before and after the day, those of all units together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.curve import HORIZON, days_remaining
from attrigraph.fatigue.snapshot import WEAR_IN, WINDOW
from attrigraph.fatigue.targets import WINDOWS
from attrigraph.fatigue.trends import powers, shrunk_trends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.snapshot import Snapshot
    from attrigraph.fatigue.targets import Targets

    Floats = NDArray[np.float64]


PAST_POINTS: Final = 16
"""Points from the first days to the day of the snapshot at which a trend may be highest."""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """How long units lasted after the day of a snapshot.

    Attributes:
        days: until the unit was tired, or until it was last seen ``[n]``, at most ``HORIZON``.
        tired: bool ``[n]``: whether it became tired; else it is censored after ``days``.
    """

    days: Floats
    tired: NDArray[np.bool_]

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether the days are known: tired, or seen until the horizon ``[n]``."""
        return self.tired | (self.days >= HORIZON)


def labels_of(targets: Targets, snapshot: Snapshot) -> Labels:
    """The days of the units of a snapshot.

    The highest rate is the mean, in logs, of that of the snapshot and of that of the smooth trend:
    the first is too high, as the highest of noisy rates, the second too low, as a quadratic trend
    cuts peaks off. Units are censored after the last window with impressions.

    Args:
        targets: counts of the units of the snapshot.
        snapshot: the same units.
    """
    age = snapshot.age
    early = WEAR_IN + (WINDOW + 1) / 2 - age
    middle = WINDOW * np.arange(WINDOWS) + (WINDOW + 1) / 2
    windows = np.broadcast_to(np.r_[(1 - WINDOW) / 2, middle], (len(age), WINDOWS + 1))
    counts = (
        np.column_stack([targets.early[:, column], targets.recent[:, column], ahead])
        for column, ahead in enumerate((targets.impressions, targets.clicks))
    )
    impressions, clicks = counts
    trends = shrunk_trends(clicks, impressions, np.column_stack([early, windows]))

    def log_rate(days: Floats) -> Floats:
        return np.asarray((powers(days) @ trends[:, :, None])[:, :, 0])

    past = np.minimum(early, 0)[:, None] * np.linspace(1, 0, PAST_POINTS)
    peak = (snapshot.log_peak + log_rate(past).max(axis=1)) / 2
    grid = np.arange(HORIZON + 1.0)
    decay = np.minimum.accumulate(log_rate(np.tile(grid, (len(age), 1))), axis=1)
    days = days_remaining(decay - peak[:, None], grid)
    seen = targets.impressions > 0
    last = np.where(seen.any(axis=1), WINDOW * (WINDOWS - seen[:, ::-1].argmax(axis=1)), 0)
    return Labels(np.minimum(days, last), (days < HORIZON) & (days <= last))
