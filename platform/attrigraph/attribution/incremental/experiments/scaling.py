"""Experiments over their own dates, scaled to the window of the data.

An experiment sees the touches of its dates, and of their effect the part that falls within them.
The lift over the window is therefore

    lift / (share of the channel's touches in the dates * share of their effect within the dates)

For touches that arrive evenly over D days with effects that decay with half-life h, the second is

    1 - (1 - 2^(-D / h)) * h / (D * log 2)

The standard error is scaled likewise, and widened for what differs between the experiment and the
window, by the factors of Meridian's prior calibration (Google, version 2.0 of Meridian):

    sqrt(1 + tau_spend + tau_recency)
    tau_spend = larger daily spend / smaller daily spend - 1
    tau_recency = 2^(weeks since the end of the experiment / 52) - 1

Meridian's third factor, for duration, is (1 - p) / p where p is the share of the effect within the
dates; dividing the standard error by p already widens it by more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
from attrigraph.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.domain import Experiment

RECENCY_WEEKS: Final = 52
"""After so many weeks the variance of an experiment has doubled."""

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class TargetTouches:
    """The touches of one channel or campaign in the window.

    Attributes:
        channel: name of the channel.
        time: float64 ``[touches]``, days since the start of the window.
        cost: total cost in the window, currency; NaN where unknown.
        half_life: of their effect, days.
        share: share of the channel's credit that they have; 1 for the channel itself.
    """

    channel: str
    time: NDArray[np.float64]
    cost: float
    half_life: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """The window of the data.

    Attributes:
        start: epoch milliseconds.
        days: length.
    """

    start: int
    days: float

    def day_of(self, day: date) -> float:
        """Days from the start of the window to the midnight (UTC) that begins a day."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000
        return (midnight - self.start) / DAY_MS

    def __str__(self) -> str:
        first = datetime.fromtimestamp(self.start / 1000, UTC).date()
        last = datetime.fromtimestamp(self.start / 1000 + max(self.days, 0) * 86_400, UTC).date()
        return f"{first} to {last}"


def effect_within(days: float, half_life: float) -> float:
    """Share of the effect of touches of some days that falls within these days.

    Args:
        days: length of the period, > 0; touches arrive evenly.
        half_life: of the effect, days, > 0.
    """
    decay = days * math.log(2) / half_life
    return 1 + math.expm1(-decay) / decay


def scaled_experiment(
    experiment: Experiment, touches: TargetTouches, window: Window, *, allow_outside: bool = False
) -> LiftTest:
    """An experiment as a lift test over the window.

    Args:
        experiment: as measured.
        touches: touches of what it tests.
        window: of the data.
        allow_outside: whether to take an experiment whose dates are all outside the window; its
            lift per day is then assumed to hold in the window.

    Raises:
        InputError: it lies outside the window, or tests what has no touches in its dates.
    """
    begin, end = window.day_of(experiment.start), window.day_of(experiment.end) + 1
    inside = min(end, window.days) - max(begin, 0.0)
    if inside <= 0 and not allow_outside:
        raise InputError(
            f"experiment {experiment.id!r} ran from {experiment.start} to {experiment.end}, outside"
            f" the dates of the data, {window}; use data of its dates, or --old-experiments to"
            " assume that its lift per day still holds"
        )
    if inside <= 0:
        share = experiment.days / window.days
    else:
        counted = ((touches.time >= begin) & (touches.time < end)).mean()
        share = float(counted) * experiment.days / inside
    if share == 0:
        raise InputError(
            f"experiment {experiment.id!r} tests {experiment.target!r}, which has no touches from"
            f" {experiment.start} to {experiment.end}"
        )
    part = share * effect_within(experiment.days, touches.half_life) * touches.share
    widening = 1 + _spend_factor(experiment, touches, window) + _recency_factor(end, window)
    return LiftTest(
        touches.channel,
        experiment.lift / part,
        experiment.standard_error / part * math.sqrt(widening),
        experiment.id,
    )


def _spend_factor(experiment: Experiment, touches: TargetTouches, window: Window) -> float:
    """Meridian's tau_spend; 0 where a spend is unknown or nothing."""
    if not experiment.spend or not touches.cost > 0:
        return 0.0
    tested, usual = experiment.spend / experiment.days, touches.cost / window.days
    return max(tested, usual) / min(tested, usual) - 1


def _recency_factor(end: float, window: Window) -> float:
    """Meridian's tau_recency, for an experiment that ended on this day of the window."""
    return float(2 ** (max(window.days - end, 0.0) / 7 / RECENCY_WEEKS) - 1)
