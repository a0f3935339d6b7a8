"""Exponential decay of each unit, by its age or its exposure.

    log rate = level + slope x,   log R(h) = level + slope x(h) - log peak

The future x is that of the planned frequency: age goes on, exposure grows as people see more than
they forget. The shrunk form is what is served where campaigns are too few for a network. It learns
from examples what x is, how slopes are distributed, how much of a slope holds for the future, and
by how much the highest rate so far is too high.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from attrigraph.fatigue.baselines.baseline import Forecast, learning_rows
from attrigraph.fatigue.curve import DAYS_AHEAD, days_remaining
from attrigraph.fatigue.frequency import exposure_ahead
from attrigraph.fatigue.slopes import shrunk_slopes
from attrigraph.fatigue.snapshot import WEAR_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Example
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MIN_LABELS: Final = 30
"""Units of which the days are known, below which nothing is learnt from them."""

HARDLY_FELT: Final = (0.0, 0.25)
"""Mean and standard deviation of slopes of units alone: a factor of e in four days."""

PACES: Final = (0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
SHIFTS: Final = (-0.1, 0.0)
"""Of the log of the highest rate: the highest of noisy rates is never too low."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The x of an exponential decay.

    Attributes:
        past: ``[n, days]``.
        ahead: at ``DAYS_AHEAD`` ``[n, 11]``.
    """

    past: Floats
    ahead: Floats


def by_age(panel: Panel, units: Integers) -> Course:
    """Days since the launch."""
    past = np.arange(float(panel.history.days)) - panel.launch[units, None]
    return Course(past, past[:, -1:] + DAYS_AHEAD)


def by_exposure(panel: Panel, units: Integers) -> Course:
    """Exposure to the unit that is left."""
    daily = panel.frequency_ahead[units]
    past = panel.own[units]
    return Course(past, exposure_ahead(past[:, -1], daily, DAYS_AHEAD))


def by_all_exposure(panel: Panel, units: Integers) -> Course:
    """The same with exposure to similar creatives, weighted by what it wears out."""
    daily = panel.all_frequency_ahead[units]
    past = panel.all_exposure[units]
    return Course(past, exposure_ahead(past[:, -1], daily, DAYS_AHEAD))


def by_log_exposure(panel: Panel, units: Integers) -> Course:
    """Log of that: the decay is a power of exposure."""
    course = by_all_exposure(panel, units)
    return Course(np.log1p(course.past), np.log1p(course.ahead))


COURSES: Final[dict[str, Callable[[Panel, Integers], Course]]] = {
    "age": by_age,
    "exposure": by_exposure,
    "all exposure": by_all_exposure,
    "log exposure": by_log_exposure,
}

OWN_COURSES: Final = ("age", "exposure")
"""Those of a unit's own figures."""


@dataclass(frozen=True)
class Exponential:
    """Decay of units, and what was learnt of it.

    Attributes:
        course: name of what the decay is by, of ``COURSES``.
        prior: mean and standard deviation of slopes to which those of units are shrunk; None for
            those of the units that are forecast.
        pace: share of a fitted slope that holds for the future.
        shift: of the log of the highest rate.
    """

    course: str = "age"
    prior: tuple[float, float] | None = HARDLY_FELT
    pace: float = 1.0
    shift: float = 0.0

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The same from its fields as JSON values."""
        prior = stored["prior"]
        return cls(**{**stored, "prior": None if prior is None else tuple(prior)})

    def predict(self, snapshot: Snapshot, panel: Panel, /) -> Forecast:
        """Curves of the units, and their days."""
        log_ratio = self.curves(snapshot, panel)
        return Forecast(days_remaining(log_ratio, DAYS_AHEAD), log_ratio)

    def curves(self, snapshot: Snapshot, panel: Panel) -> Floats:
        """Log R of the units at ``DAYS_AHEAD`` ``[n, 11]``, decreasing and at most 0."""
        found = decays(snapshot, panel, self.course, self.prior)
        return _curves(found.now, found.ahead, self.pace, self.shift)


def fit_shrunk_exponential(examples: Sequence[Example], *, uses_graph: bool = True) -> Exponential:
    """Shrunk decay by what gives the least mean absolute error of days.

    The prior of slopes is that of the last example. With fewer than ``MIN_LABELS`` known days decay
    is by all exposure, at the fitted slope, and slopes are shrunk to those that are forecast.

    Args:
        examples: days of the past.
        uses_graph: False for decay by a unit's own figures alone.
    """
    courses = COURSES if uses_graph else OWN_COURSES
    best, least = Exponential("all exposure" if uses_graph else "exposure", None), np.inf
    if not any(example.learn.any() for example in examples):
        return best
    rows = learning_rows(examples)
    weights = rows.weights
    if (weights > 0).sum() < MIN_LABELS:
        return best
    for course in courses:
        found = [decays(example.snapshot, example.panel, course, None) for example in examples]
        chosen = [(decay, example.learn) for decay, example in zip(found, examples, strict=True)]
        now = np.concatenate([decay.now[learn] for decay, learn in chosen])
        ahead = np.concatenate([decay.ahead[learn] for decay, learn in chosen])
        for pace, shift in product(PACES, SHIFTS):
            days = days_remaining(_curves(now, ahead, pace, shift), DAYS_AHEAD)
            error = float(np.average(np.abs(days - rows.days), weights=weights))
            if error < least:
                best, least = Exponential(course, found[-1].prior, pace, shift), error
    return best


@dataclass(frozen=True, slots=True, eq=False)
class Decays:
    """Fitted decay of the units of a snapshot.

    Attributes:
        now: log rate over the highest at present ``[n]``.
        ahead: change from that at ``DAYS_AHEAD`` ``[n, 11]``.
        prior: mean and standard deviation of slopes to which those of units were shrunk.
    """

    now: Floats
    ahead: Floats
    prior: tuple[float, float]


def decays(
    snapshot: Snapshot, panel: Panel, course: str, prior: tuple[float, float] | None
) -> Decays:
    """Fit the decay of the units of a snapshot, shrunk to a prior; see ``Exponential.prior``."""
    units = snapshot.units
    x = COURSES[course](panel, units)
    after = np.arange(panel.history.days) >= panel.launch[units, None] + WEAR_IN
    impressions = np.where(after, panel.impressions[units], 0)
    given = None if prior is None else np.array(prior)
    fitted = shrunk_slopes(panel.history.clicks[units], impressions, x.past, prior=given)
    now = fitted.level + fitted.slope * x.past[:, -1] - snapshot.log_peak
    # until the wear-in is over there is nothing to fit a level to
    known = impressions.sum(axis=1) > 0
    return Decays(
        now=np.where(known, now, snapshot.log_ratio),
        ahead=fitted.slope[:, None] * (x.ahead - x.ahead[:, :1]),
        prior=(fitted.mean, fitted.deviation),
    )


def _curves(now: Floats, ahead: Floats, pace: float, shift: float) -> Floats:
    log_ratio = np.minimum(now[:, None] - shift + pace * ahead, 0)
    return np.asarray(np.minimum.accumulate(log_ratio, axis=1))
