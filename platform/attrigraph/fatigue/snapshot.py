"""What is known of live units at the end of a day: the features of all models.

Rates are clicks per impression at equal conditions, shrunk to the mean rate of the channel by five
clicks, so that the best of few impressions is not taken for a peak.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.frequency import exposure_ahead
from attrigraph.fatigue.neighbours import overlap
from attrigraph.fatigue.pace import LIVE_DAYS
from attrigraph.fatigue.panel import PSEUDO_CLICKS
from attrigraph.fatigue.slopes import shrunk_slopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.panel import Panel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

WINDOW: Final = 3
"""Days of which a rate is taken."""

PROJECTED_DAYS: Final = np.array([0.0, 15.0, 30.0])

LEAST_FREQUENCY: Final = 1e-6
"""Of which the logarithm is taken where no impressions are planned."""

WEAR_IN: Final = 2
"""First days of a unit that are left out of slopes: people learn what it is about."""

OWN_FEATURES: Final = (
    "log first rate",
    "log recent rate",
    "log peak rate",
    "log of recent over peak",
    "log of recent over first",
    "slope by exposure",
    "slope by age",
    "log ratio by exposure now",
    "log ratio by exposure in 15 days",
    "log ratio by exposure in 30 days",
    "log age",
    "log exposure",
    "exposure since the peak",
    "log frequency",
    "log impressions",
    "log clicks",
    "log audience",
)
"""Features of a unit alone."""

NEIGHBOUR_FEATURES: Final = (
    "log exposure of similar creatives",
    "log frequency of similar creatives",
    "log of similar creatives",
    "slope by exposure with that of similar creatives",
    "log ratio by that exposure now",
    "log ratio by that exposure in 15 days",
    "log ratio by that exposure in 30 days",
)
"""Sums over similar units of the audience."""


LOG_AGE: Final = OWN_FEATURES.index("log age")
SLOPE_OF_ALL: Final = NEIGHBOUR_FEATURES.index("slope by exposure with that of similar creatives")


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Live units at the end of a day.

    Attributes:
        units: numbers of the live units, ascending ``[n]``.
        own: ``OWN_FEATURES`` ``[n, features]``.
        neighbour: ``NEIGHBOUR_FEATURES`` ``[n, features]``.
        log_peak: log of the highest shrunk rate of three days so far ``[n]``.
        log_ratio: log of the recent rate over that ``[n]``.
        source: rows of similar units ``[edges]``.
        target: rows of the units that they wear out ``[edges]``.
        edge: overlap of hooks, exposure that spills over, its log, and frequency ``[edges, 4]``.
    """

    units: Integers
    own: Floats
    neighbour: Floats
    log_peak: Floats
    log_ratio: Floats
    source: Integers
    target: Integers
    edge: Floats

    @property
    def age(self) -> Floats:
        """Days since the launch, the first day included ``[n]``."""
        return np.asarray(np.exp(self.own[:, LOG_AGE]))

    @property
    def slope_of_all(self) -> Floats:
        """Change of the log rate by exposure, with that of similar creatives ``[n]``."""
        return self.neighbour[:, SLOPE_OF_ALL]

    def part(self, rows: Integers) -> Snapshot:
        """Some of the units, without pairs."""
        figures = {
            name: getattr(self, name)[rows]
            for name in ("units", "own", "neighbour", "log_peak", "log_ratio")
        }
        none = slice(0, 0)
        pairs = {name: getattr(self, name)[none] for name in ("source", "target", "edge")}
        return replace(self, **figures, **pairs)


def snapshot_of(panel: Panel) -> Snapshot:
    """The live units at the end of the last day of a panel, perhaps none."""
    history = panel.history
    last = history.impressions[:, -LIVE_DAYS:]
    units = np.flatnonzero((last > 0).any(axis=1))
    impressions, clicks = panel.impressions[units], history.clicks[units]
    mean = panel.rates[history.channel[units]]
    first, recent, peak, peak_day = _rates(impressions, clicks, panel.launch[units], mean)
    source, target, edge = _edges(panel, units)
    own, age = panel.own[units], history.days - panel.launch[units]
    ages = np.arange(float(history.days)) - panel.launch[units, None]
    level = np.log(mean)
    seen = impressions.sum(axis=1)
    rows = np.arange(len(units))
    frequency, spilled = panel.frequency_ahead[units], panel.spill_frequency_ahead[units]
    total, all_frequency = panel.all_exposure[units], panel.all_frequency_ahead[units]
    slope, slope_by_age, slope_of_all = (_slopes(panel, units, x) for x in (own, ages, total))
    columns = {
        "log first rate": first - level,
        "log recent rate": recent - level,
        "log peak rate": peak - level,
        "log of recent over peak": recent - peak,
        "log of recent over first": recent - first,
        "slope by exposure": slope,
        "slope by age": slope_by_age,
        **_projected(OWN_FEATURES[7:10], slope, own, peak_day, frequency),
        "log age": np.log(age),
        "log exposure": np.log(own[:, -1]),
        "exposure since the peak": own[:, -1] - own[rows, peak_day],
        "log frequency": np.log(np.maximum(frequency, LEAST_FREQUENCY)),
        "log impressions": np.log(seen),
        "log clicks": np.log1p(clicks.sum(axis=1)),
        "log audience": np.log(panel.audiences.people[history.audience[units]]),
    }
    neighbour = {
        NEIGHBOUR_FEATURES[0]: np.log1p(panel.spill[units, -1]),
        NEIGHBOUR_FEATURES[1]: np.log1p(spilled),
        NEIGHBOUR_FEATURES[2]: np.log1p(np.bincount(target, minlength=len(units))),
        NEIGHBOUR_FEATURES[3]: slope_of_all,
        **_projected(NEIGHBOUR_FEATURES[4:], slope_of_all, total, peak_day, all_frequency),
    }
    return Snapshot(
        units,
        np.stack([columns[name] for name in OWN_FEATURES], axis=1),
        np.stack([neighbour[name] for name in NEIGHBOUR_FEATURES], axis=1),
        peak,
        recent - peak,
        source,
        target,
        edge,
    )


def _rates(
    impressions: Floats, clicks: Floats, launch: Integers, mean: Floats
) -> tuple[Floats, Floats, Floats, Integers]:
    """Logs of the first, recent and highest rate of three days, and the last day of the highest."""
    days = np.arange(impressions.shape[1])

    def shrunk(some_clicks: Floats, some_impressions: Floats, rate: Floats) -> Floats:
        ratio = (some_clicks + PSEUDO_CLICKS) / (some_impressions + PSEUDO_CLICKS / rate)
        return np.asarray(np.log(ratio))

    def over(chosen: NDArray[np.bool_]) -> Floats:
        return shrunk((clicks * chosen).sum(axis=1), (impressions * chosen).sum(axis=1), mean)

    shown = impressions > 0
    later = shown[:, ::-1].cumsum(axis=1)[:, ::-1]
    of_window = shrunk(_sums(clicks), _sums(impressions), mean[:, None])
    full = np.minimum(launch + WINDOW - 1, len(days) - 1)
    # a window without impressions has the usual rate, which would be the peak of a low one
    has_rate = (_sums(shown) > 0) & (days >= full[:, None])
    of_window = np.where(has_rate, of_window, -np.inf)
    peak_day = of_window.argmax(axis=1)
    first = over(days < launch[:, None] + WINDOW)
    return first, over(shown & (later <= WINDOW)), of_window.max(axis=1), peak_day


def _sums(figures: Floats | NDArray[np.bool_]) -> Floats:
    """Sums over three days, by the last of them."""
    total = np.cumsum(figures, axis=1, dtype=np.float64)
    total[:, WINDOW:] -= total[:, :-WINDOW].copy()
    return total


def _slopes(panel: Panel, units: Integers, x: Floats) -> Floats:
    clicks, impressions = panel.history.clicks[units], panel.impressions[units]
    past = np.arange(x.shape[1]) >= panel.launch[units, None] + WEAR_IN
    return shrunk_slopes(clicks, np.where(past, impressions, 0), x).slope


def _projected(
    names: Sequence[str], slope: Floats, exposure: Floats, peak_day: Integers, frequency: Floats
) -> dict[str, Floats]:
    """Log R where rates fall with exposure, and impressions are as planned."""
    at_peak = exposure[np.arange(len(exposure)), peak_day]
    ahead = exposure_ahead(exposure[:, -1], frequency, PROJECTED_DAYS)
    return dict(zip(names, (slope[:, None] * (ahead - at_peak[:, None])).T, strict=True))


def _edges(panel: Panel, units: Integers) -> tuple[Integers, Integers, Floats]:
    """Similar live units: sources, targets, and what is known of the source."""
    among = panel.cosine[units][:, units].tocoo()
    source, target = among.col.astype(np.int64), among.row.astype(np.int64)
    own = panel.own[units[source], -1]
    frequency = panel.frequency_ahead[units[source]]
    share = overlap(among.data)
    return source, target, np.stack([share, share * own, np.log1p(share * own), frequency], axis=1)
