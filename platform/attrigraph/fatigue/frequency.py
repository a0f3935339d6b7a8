"""How often people of an audience see a creative: sizes of audiences, and exposure that is left.

Where n impressions fall on N people at random, N (1 - exp(-n / N)) of them are reached, so that
impressions and reach together give N. Exposure fades: a share of it is left after each day
(Broadbent 1979; Naik, Mantrala and Sawyer 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory

    Floats = NDArray[np.float64]

FORGETTING: Final = 0.97
"""What is left of an exposure after a day."""

LEAST_OVERLAP: Final = 1e-3
"""Share of impressions that reach nobody new, below which reach does not give the audience."""

USUAL_FREQUENCY: Final = 0.5
"""Impressions per person and day that all units of an audience have, where no reach is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Audiences:
    """Sizes of audiences.

    Attributes:
        people: of each audience ``[audiences]``, above 0.
        estimated: bool ``[audiences]``: the reach of no day gives the size, so that it is what the
            daily impressions suggest at the frequency of other audiences.
    """

    people: Floats
    estimated: NDArray[np.bool_]


def audience_sizes(history: FatigueHistory) -> Audiences:
    """Sizes of the audiences of a history, from impressions and reach of its days."""
    daily = np.zeros(len(history.audiences))
    people = np.full(len(history.audiences), np.nan)
    has_reach = history.observed & (history.reach > 0) & (history.impressions > 0)
    ordered = np.argsort(history.audience, kind="stable")
    ends = np.cumsum(np.bincount(history.audience, minlength=len(people)))
    for audience, units in enumerate(np.split(ordered, ends[:-1])):
        impressions, chosen = history.impressions[units], has_reach[units]
        of_day = impressions.sum(axis=0)
        daily[audience] = of_day[of_day > 0].mean() if of_day.any() else 0.0
        people[audience] = _people(impressions[chosen], history.reach[units][chosen].sum())
    known = np.isfinite(people)
    frequency = np.median(daily[known] / people[known]) if known.any() else USUAL_FREQUENCY
    guess = np.maximum(daily / max(float(frequency), 1e-9), 1.0)
    return Audiences(np.where(known, people, guess), ~known)


def _people(impressions: Floats, reached: float) -> float:
    """People of whom impressions reach so many in all; NaN where these cannot answer."""
    shown = impressions.sum()
    if not shown or reached >= (1 - LEAST_OVERLAP) * shown:
        return float("nan")

    def excess(log_people: float) -> float:
        people = np.exp(log_people)
        return float(-people * np.expm1(-impressions / people).sum() - reached)

    low, high = np.log(reached / len(impressions)) - 1e-6, np.log(shown / LEAST_OVERLAP)
    if excess(low) >= 0:
        return float(np.exp(low))
    return float(np.exp(brentq(excess, low, high)))


def remaining(frequency: Floats, forgetting: float = FORGETTING) -> Floats:
    """Exposure that is left on each day ``[units, days]`` of daily frequencies of this shape."""
    left = np.zeros(len(frequency))
    level = np.empty_like(frequency)
    for day in range(frequency.shape[1]):
        left = forgetting * left + frequency[:, day]
        level[:, day] = left
    return level


def exposure_ahead(exposure: Floats, daily: Floats, days: Floats) -> Floats:
    """Exposure that is left after some days ``[n, days]``, at the same frequency on each of them.

    Args:
        exposure: that is left at present ``[n]``.
        daily: frequency ``[n]``.
        days: ahead ``[days]``.
    """
    left = FORGETTING**days
    grown = daily[:, None] * (1 - left) / (1 - FORGETTING)
    return np.asarray(exposure[:, None] * left + grown)
