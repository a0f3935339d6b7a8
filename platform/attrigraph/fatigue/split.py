"""Campaigns to fit on, to stop on, and to calibrate on: creatives of one campaign are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIT, STOP, CALIBRATE = range(3)

SHARES: Final = (0.65, 0.15, 0.2)
"""Of campaigns: those whose clicks are fitted, those that end the fit, and those of intervals."""


def split_campaigns(campaigns: int, seed: int) -> NDArray[np.int64]:
    """``FIT``, ``STOP`` or ``CALIBRATE`` for each campaign, at random ``[campaigns]``."""
    order = np.random.default_rng(seed).permutation(campaigns)
    ends = np.round(np.cumsum(SHARES[:-1]) * campaigns)
    part = np.empty(campaigns, np.int64)
    part[order] = np.searchsorted(ends, np.arange(campaigns), side="right")
    return part
