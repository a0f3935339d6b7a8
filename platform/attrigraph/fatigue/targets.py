"""What happened to the units of a snapshot: what models are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.curve import HORIZON
from attrigraph.fatigue.snapshot import WEAR_IN, WINDOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.panel import Panel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

WINDOWS: Final = HORIZON // WINDOW
"""Windows of three days that are forecast."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Counts of the units of a snapshot in the windows of three days after it, and before.

    Windows that are not seen yet, or without impressions, have none: so censored units, which were
    paused or replaced, show nothing of later days.

    Attributes:
        impressions: at equal conditions ``[n, WINDOWS]``.
        clicks: ``[n, WINDOWS]``.
        recent: impressions and clicks of the last three days ``[n, 2]``.
        early: impressions and clicks of the first days after the wear-in ``[n, 2]``.
    """

    impressions: Floats
    clicks: Floats
    recent: Floats
    early: Floats


def targets_of(panel: Panel, units: Integers, day: int) -> Targets:
    """Counts around the end of a day.

    Args:
        panel: with what came after.
        units: of the snapshot ``[n]``.
        day: the last of the snapshot.
    """
    figures = np.stack([panel.impressions[units], panel.history.clicks[units]])
    ahead = figures[:, :, day + 1 : day + 1 + HORIZON]
    padded = np.zeros((2, len(units), HORIZON))
    padded[:, :, : ahead.shape[2]] = ahead
    windows = padded.reshape(2, len(units), WINDOWS, WINDOW).sum(axis=3)
    age = np.arange(panel.history.days) - panel.launch[units, None]
    past = np.arange(panel.history.days) <= day
    early = (age >= WEAR_IN) & (age < WEAR_IN + WINDOW) & past
    recent = past & (np.arange(panel.history.days) > day - WINDOW)
    impressions, clicks = windows
    return Targets(
        impressions,
        clicks,
        recent=(figures * recent).sum(axis=2).T,
        early=(figures * early).sum(axis=2).T,
    )
