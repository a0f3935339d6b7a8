"""Experiments over their own dates, scaled to the window of the data.

An experiment sees the touches of its dates, and of their effect the part that falls within them.
The window of the data sees the same of its own dates. The lift over the window is therefore

    lift / (share of the channel's touches in the dates * part of their effect within the dates
            / part of the effect of all touches within the window)

A touch t days before the end has the part 1 - 2^(-t / h) of its effect before it, where h is the
half-life. For touches that arrive evenly over D days this is on average

    1 - (1 - 2^(-D / h)) * h / (D * log 2)

An experiment over the whole window has its lift unchanged.

The standard error is scaled likewise, and widened for what differs between the experiment and the
window, by the factors of Meridian's prior calibration (Google, version 2.0 of Meridian):

    sqrt(1 + tau_spend + tau_recency)
    tau_recency = 2^(weeks since the end of the experiment / 52) - 1

``spend_change`` has tau_spend. Meridian's third factor, for duration, is (1 - p) / p where p is the
share of the effect within the dates; dividing the standard error by p already widens it by more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
from attrigraph.domain.zones import day_at, midnight
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from numpy.typing import NDArray

    from attrigraph.domain import Experiment

RECENCY_WEEKS: Final = 52
"""After so many weeks the variance of an experiment has doubled."""

DAY_MS: Final = 86_400_000

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class TargetTouches:
    """The touches of one channel or campaign in the window.

    Attributes:
        channel: name of the channel.
        time: float64 ``[touches]``, days since the start of the window.
        half_life: of their effect, days.
        share: share of the channel's credit that they have; 1 for the channel itself.
    """

    channel: str
    time: NDArray[np.float64]
    half_life: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """The window of the data.

    Attributes:
        start: epoch milliseconds.
        days: length.
        zone: of the dates of experiments.
    """

    start: int
    days: float
    zone: tzinfo = UTC

    def day_of(self, day: date) -> float:
        """Days from the start of the window to the midnight that begins a day."""
        return (midnight(day, self.zone) - self.start) / DAY_MS

    @property
    def bounds(self) -> tuple[float, float]:
        """Start of the first day and end of the last one, days from the start of the window.

        Data that begin or end within a day hold the whole of it.
        """
        first, last = self._dates
        return min(self.day_of(first), 0.0), max(self.day_of(last + _DAY), self.days)

    @property
    def _dates(self) -> tuple[date, date]:
        last = self.start + max(round(self.days * DAY_MS) - 1, 0)
        return day_at(self.start, self.zone), day_at(last, self.zone)

    def __str__(self) -> str:
        first, last = self._dates
        return f"{first} to {last}"


def effect_within(days: float, half_life: float) -> float:
    """Share of the effect of touches of some days that falls within these days.

    Args:
        days: length of the period, > 0; touches arrive evenly.
        half_life: of the effect, days, > 0.
    """
    decay = days * math.log(2) / half_life
    return 1 + math.expm1(-decay) / decay


def effect_before(end: float, time: NDArray[np.float64], half_life: float) -> float:
    """Share of the effect of touches that comes before a time; 0 without touches.

    Args:
        end: the time, days.
        time: float64 ``[touches]``, days, when they were; none is after the end.
        half_life: of the effect, days, > 0.
    """
    return float(-np.expm1(np.log(0.5) * (end - time) / half_life).mean()) if len(time) else 0.0


def scaled_experiment(
    experiment: Experiment,
    touches: TargetTouches,
    window: Window,
    *,
    tau_spend: float = 0.0,
    allow_outside: bool = False,
) -> LiftTest:
    """An experiment as a lift test over the window.

    Args:
        experiment: as measured.
        touches: touches of what it tests.
        window: of the data.
        tau_spend: how far its spend differs from the usual one, see ``spend_change``.
        allow_outside: whether to take an experiment whose dates are all outside the window; its
            lift per day is then assumed to hold in the window.

    Raises:
        InputError: it lies outside the window, or tests what has no touches in its dates.
    """
    begin, end = window.day_of(experiment.start), window.day_of(experiment.end + _DAY)
    first, last = window.bounds
    if (begin >= last or end <= first) and not allow_outside:
        raise InputError(
            f"experiment {experiment.id!r} ran from {experiment.start} to {experiment.end}, outside"
            f" the dates of the data, {window}; use data of its dates, or --old-experiments to"
            " assume that its lift per day still holds"
        )
    part = _part(experiment, touches, window, (begin, end)) * touches.share
    if part == 0:
        raise InputError(
            f"experiment {experiment.id!r} tests {experiment.target!r}, which has no touches from"
            f" {experiment.start} to {experiment.end}"
        )
    widening = 1 + tau_spend + _recency_factor(end, window)
    return LiftTest(
        touches.channel,
        experiment.lift / part,
        experiment.standard_error / part * math.sqrt(widening),
        experiment.id,
    )


def _part(
    experiment: Experiment, touches: TargetTouches, window: Window, dates: tuple[float, float]
) -> float:
    """Effect that the experiment sees over the effect that the window sees."""
    (begin, end), (first, last) = dates, window.bounds
    is_within = (touches.time >= begin) & (touches.time < end)
    inside = min(end, last) - max(begin, first)
    if inside > 0:
        share = float(is_within.mean()) * (end - begin) / inside
    else:
        share = experiment.days / (last - first)
    if first <= begin and end <= last:
        seen = effect_before(end, touches.time[is_within], touches.half_life)
    else:  # of the touches outside the data nothing is known
        seen = effect_within(end - begin, touches.half_life)
    whole = effect_before(last, touches.time, touches.half_life)
    return share * seen / whole if whole else 0.0


def _recency_factor(end: float, window: Window) -> float:
    """Meridian's tau_recency, for an experiment that ended on this day of the window."""
    return float(2 ** (max(window.days - end, 0.0) / 7 / RECENCY_WEEKS) - 1)
