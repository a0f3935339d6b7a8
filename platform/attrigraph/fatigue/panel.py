"""Daily figures of units that can be compared: impressions at equal conditions, and exposures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from attrigraph.fatigue.frequency import Audiences, audience_sizes, remaining
from attrigraph.fatigue.neighbours import neighbours, overlap
from attrigraph.fatigue.pace import recent_mean
from attrigraph.fatigue.season import common_factor
from attrigraph.fatigue.slopes import common_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

PSEUDO_CLICKS: Final = 5.0
"""Clicks at the mean rate that are added to those of a rate."""

LARGEST_WEIGHT: Final = 1.5
"""Of similar units' exposure: an exposure to another creative is hardly worse than to one's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What all models of fatigue read.

    Sizes and factors are of the whole history: what was known at the end of a day is the panel of
    ``FatigueHistory.until`` that day.

    Attributes:
        history: of which it is made.
        audiences: sizes.
        launch: first day of each unit with impressions ``[units]``; the number of days for none.
        factor: what season and competitors make of rates ``[channels, days]``.
        impressions: at equal conditions, times the factor ``[units, days]``.
        frequency: impressions per person of the audience ``[units, days]``.
        own: exposure that is left of that ``[units, days]``.
        cosine: of the hooks of units of an audience ``[units, units]``, sparse.
        overlap: weights of that, what exposure spills over by ``[units, units]``, sparse.
        spill: exposure to similar units of the audience that is left ``[units, days]``.
        spill_weight: what that wears out, relative to a unit's own exposure; 0 where it does not.
        rates: clicks per impression of each channel at equal conditions ``[channels]``.
        overall_rate: that of all channels.
        impressions_ahead: planned per day ``[units]``; by default as in the last days.
    """

    history: FatigueHistory
    audiences: Audiences
    launch: Integers
    factor: Floats
    impressions: Floats
    frequency: Floats
    own: Floats
    cosine: sparse.csr_array
    overlap: sparse.csr_array
    spill: Floats
    spill_weight: float
    rates: Floats
    overall_rate: float
    impressions_ahead: Floats

    @property
    def all_exposure(self) -> Floats:
        """Exposure with that to similar units, by what it wears out ``[units, days]``."""
        return self.own + self.spill_weight * self.spill

    @property
    def frequency_ahead(self) -> Floats:
        """Planned impressions per person and day ``[units]``."""
        return self.impressions_ahead / self.audiences.people[self.history.audience]

    @property
    def spill_frequency_ahead(self) -> Floats:
        """That of similar units in the audience, weighted ``[units]``."""
        return np.asarray(self.overlap @ self.frequency_ahead)

    @property
    def all_frequency_ahead(self) -> Floats:
        """Planned frequency with that of similar units, by what it wears out ``[units]``."""
        return self.frequency_ahead + self.spill_weight * self.spill_frequency_ahead

    def planned(self, impressions: Floats) -> Panel:
        """The panel with other plans.

        Args:
            impressions: planned per day ``[units]``, at least 0; NaN for those of the last days.
        """
        known = np.isfinite(impressions)
        return replace(self, impressions_ahead=np.where(known, impressions, self.impressions_ahead))


def panel_of(history: FatigueHistory) -> Panel:
    """The panel of a history."""
    audiences = audience_sizes(history)
    shown = history.impressions > 0
    launch = np.where(shown.any(axis=1), shown.argmax(axis=1), history.days)
    frequency = history.impressions / audiences.people[history.audience][:, None]
    own = remaining(frequency)
    cosine = neighbours(history)
    weight = sparse.csr_array((overlap(cosine.data), cosine.indices, cosine.indptr), cosine.shape)
    spill = np.asarray(weight @ own)
    factor = common_factor(history, launch, own)
    impressions = history.impressions * factor[history.channel]
    rates, overall_rate = _channel_rates(history, impressions)
    return Panel(
        history,
        audiences,
        launch,
        factor,
        impressions=impressions,
        frequency=frequency,
        own=own,
        cosine=cosine,
        overlap=weight,
        spill=spill,
        spill_weight=_spill_weight(history.clicks, impressions, own, spill),
        rates=rates,
        overall_rate=overall_rate,
        impressions_ahead=recent_mean(history.impressions, launch),
    )


def _channel_rates(history: FatigueHistory, impressions: Floats) -> tuple[Floats, float]:
    """Clicks per impression of each channel, shrunk to that of all, and the latter."""
    count = len(history.channels)
    clicks = np.bincount(history.channel, history.clicks.sum(axis=1), count)
    shown = np.bincount(history.channel, impressions.sum(axis=1), count)
    overall = (clicks.sum() + 1) / (shown.sum() + 100)
    return (clicks + PSEUDO_CLICKS) / (shown + PSEUDO_CLICKS / overall), float(overall)


def _spill_weight(clicks: Floats, impressions: Floats, own: Floats, spill: Floats) -> float:
    """Decay by similar units' exposure over that by one's own, in 0 to ``LARGEST_WEIGHT``."""
    if not spill.any():
        return 0.0
    of_own, of_spill = common_slopes(clicks, impressions, np.stack([own, spill]))
    if of_spill >= 0:
        return 0.0
    return float(min(of_spill / min(of_own, of_spill / LARGEST_WEIGHT), LARGEST_WEIGHT))
