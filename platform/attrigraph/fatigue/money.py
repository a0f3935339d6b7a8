"""What it costs to go on with a creative in place of a fresh one for the same audience.

    loss = planned impressions * value of a click * (rate of a fresh creative - rate of this one)

A negative loss is what a replacement would cost. The fresh creative has the rate of the creatives
of the channel and audience in their first week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from attrigraph.fatigue.calibration import DEVIATIONS, dispersion_of, ratio_of_clicks
from attrigraph.fatigue.curve import SOON
from attrigraph.fatigue.forecast import mean_ratio
from attrigraph.fatigue.pace import LIVE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from attrigraph.fatigue.calibration import Calibration
    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.panel import Panel

    Floats = NDArray[np.float64]
    Basis = Literal["attributed value", "value per click", "cost"]

FRESH_DAYS: Final = 7
"""First days of a unit of which the rate of a fresh creative is taken."""

RECENT: Final = 14
"""Days in which creatives were launched that a fresh one is like."""

USUAL_RATIO: Final = 0.1
"""Standard deviation of the log of observed over expected clicks of fresh creatives."""

FRESH_CLICKS: Final = 200.0
"""Clicks at the rate of the channel that are added to those of an audience."""


@dataclass(frozen=True, slots=True, eq=False)
class ClickValues:
    """What a click is worth.

    Attributes:
        value: of each unit, currency; NaN where it is not known ``[n]``.
        basis: of each unit ``[n]``: ``attributed value``, ``value per click`` as it was given, or
            ``cost``: what a click of a fresh creative costs.
    """

    value: Floats
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """What units lose against a fresh creative.

    Attributes:
        planned: impressions per day ``[n]``.
        per_day: currency; NaN where the value of a click is not known ``[n]``.
        per_week: currency ``[n]``.
        low: lower end of the 80 % interval of that; NaN where nothing is calibrated ``[n]``.
        high: upper end ``[n]``.
        spill_per_week: what exposure to similar creatives costs, currency ``[n]``.
    """

    planned: Floats
    per_day: Floats
    per_week: Floats
    low: Floats
    high: Floats
    spill_per_week: Floats


@dataclass(frozen=True, slots=True, eq=False)
class FreshRates:
    """What a fresh creative of the channel and audience of units would have.

    Attributes:
        rate: expected clicks per impression, at the present conditions ``[n]``.
        deviation: relative standard deviation of that ``[n]``: that of the mean of creatives which
            differ from each other; without any, that of a creative.
    """

    rate: Floats
    deviation: Floats


def fresh_rates(
    panel: Panel, units: NDArray[np.int64], calibration: Calibration | None = None
) -> FreshRates:
    """Click rates that a fresh creative would have.

    Args:
        panel: as of the day.
        units: numbers of those whose channels and audiences are meant ``[n]``.
        calibration: with the ratio of what was observed to that; None for 1.
    """
    history = panel.history
    first = _first_week(panel)
    clicks = (history.clicks * first).sum(axis=1)
    shown = (panel.impressions * first).sum(axis=1)
    overall = np.full(len(history.channels), panel.overall_rate)
    of_channel = _shrunk(history.channel, clicks, shown, overall)
    dispersion = dispersion_of(clicks, shown * of_channel[history.channel])
    # exposure to similar creatives grows, so that those launched lately are what a new one is like
    late = panel.launch >= history.days - RECENT
    clicks, shown = np.where(late, clicks, 0), np.where(late, shown, 0)
    of_channel = _shrunk(history.channel, clicks, shown, of_channel)
    pair = history.channel * len(history.audiences) + history.audience
    rate = _shrunk(pair, clicks, shown, np.repeat(of_channel, len(history.audiences)))
    deviation = _deviation_of_means(pair, shown * rate[pair], dispersion, len(rate))
    ratio = 1.0 if calibration is None else calibration.fresh_ratio
    return FreshRates(
        ratio * rate[pair[units]] * present_factor(panel, units), deviation[pair[units]]
    )


def fresh_ratio(panel: Panel, known: Iterable[Panel], campaigns: NDArray[np.bool_]) -> float:
    """Clicks of creatives in their first week, over those that were expected of fresh ones before.

    A campaign's creatives are good or bad together, so that the ratio is known by campaigns; it is
    shrunk to 1 by as much as it is not known.

    Args:
        panel: of the whole history.
        known: what was known on some days of it; units of the seven days after each are taken.
        campaigns: bool ``[campaigns]``: whether to take its units.
    """
    history = panel.history
    first = _first_week(panel)
    of_unit = (history.clicks * first).sum(axis=1), (history.impressions * first).sum(axis=1)
    clicks, expected = np.zeros(len(history.campaigns)), np.zeros(len(history.campaigns))
    for before in known:
        after = panel.launch - before.history.days
        new = (after >= 0) & (after < FRESH_DAYS) & campaigns[history.campaign_of_unit]
        units = np.flatnonzero(new)
        of_campaign = history.campaign_of_unit[units]
        rate = fresh_rates(before, units).rate
        clicks += np.bincount(of_campaign, of_unit[0][units], len(clicks))
        expected += np.bincount(of_campaign, of_unit[1][units] * rate, len(clicks))
    ratio = ratio_of_clicks(clicks, expected)
    error = np.linalg.norm(clicks - ratio * expected) / max(expected.sum(), 1.0)
    return float(ratio ** (USUAL_RATIO**2 / (USUAL_RATIO**2 + error**2)))


def _first_week(panel: Panel) -> NDArray[np.bool_]:
    """Whether days are the first ones of units ``[units, days]``."""
    age = np.arange(panel.history.days) - panel.launch[:, None]
    return (age >= 0) & (age < FRESH_DAYS)


def present_factor(panel: Panel, units: NDArray[np.int64]) -> Floats:
    """What season and competitors make of rates in the last days ``[n]``."""
    return np.asarray(panel.factor[panel.history.channel[units], -LIVE_DAYS:].mean(axis=1))


def _shrunk(group: NDArray[np.int64], clicks: Floats, shown: Floats, rate: Floats) -> Floats:
    """Clicks per impression by group, shrunk to its rate ``[groups]``."""
    of_group = np.bincount(group, clicks, len(rate)) + FRESH_CLICKS
    return np.asarray(of_group / (np.bincount(group, shown, len(rate)) + FRESH_CLICKS / rate))


def _deviation_of_means(
    group: NDArray[np.int64], expected: Floats, dispersion: float, groups: int
) -> Floats:
    """Relative standard deviation of the mean rate of groups ``[groups]``.

    The rate that is added to a group counts as that of one unit.
    """
    size = np.bincount(group, expected, groups) + FRESH_CLICKS
    squares = np.bincount(group, expected**2, groups) + FRESH_CLICKS**2
    return np.asarray(np.sqrt(dispersion**2 * squares + size) / size)


def losses_of(
    panel: Panel, forecasts: UnitForecasts, fresh: FreshRates, values: ClickValues
) -> Losses:
    """What the units of a snapshot lose.

    Args:
        panel: as of the same day.
        forecasts: of its units.
        fresh: rates of their channels and audiences.
        values: of their clicks.
    """
    units = forecasts.snapshot.units
    planned = panel.impressions_ahead[units]
    week = SOON * planned
    peak = np.exp(forecasts.log_level) * present_factor(panel, units)
    now = peak * np.exp(forecasts.log_ratio[:, 0])
    left = mean_ratio(forecasts.log_ratio, SOON)
    expected = week * peak * left
    low = high = np.full_like(expected, np.nan)
    if forecasts.calibration is not None:
        least, most = forecasts.calibration.clicks_interval(expected)
        # what a click costs falls with the rate, so that more cost than there is cannot be wasted
        depends = np.where(np.array(values.basis) == "cost", expected, week * fresh.rate)
        by_fresh = DEVIATIONS * fresh.deviation * depends
        middle = week * fresh.rate - expected
        low = values.value * (middle - np.hypot(most - expected, by_fresh))
        high = values.value * (middle + np.hypot(expected - least, by_fresh))
    return Losses(
        planned,
        per_day=values.value * planned * (fresh.rate - now),
        per_week=values.value * (week * fresh.rate - expected),
        low=low,
        high=high,
        spill_per_week=values.value * expected * np.expm1(_spilled(panel, forecasts, left)),
    )


def _spilled(panel: Panel, forecasts: UnitForecasts, left: Floats) -> Floats:
    """How much higher the log rate would be without exposure to similar creatives ``[n]``.

    That exposure wears out no more than all exposure does: to ``left`` of the highest rate.
    """
    snapshot = forecasts.snapshot
    slope = np.minimum(snapshot.slope_of_all, 0)
    gain = -slope * panel.spill_weight * panel.spill[snapshot.units, -1]
    return np.asarray(np.minimum(gain, -np.log(left)))


def click_values(
    panel: Panel,
    units: NDArray[np.int64],
    fresh: FreshRates,
    attributed: Floats | None = None,
    value_per_click: float | None = None,
) -> ClickValues:
    """What clicks of units are worth: attributed, else as given, else what a click costs.

    Args:
        panel: with costs.
        units: numbers ``[n]``.
        fresh: rates of their channels and audiences.
        attributed: attributed value per click of each unit ``[n]``; NaN where there is none.
        value_per_click: currency; None if it is not given.
    """
    history = panel.history
    known = np.isfinite(history.cost[units])
    cost = np.where(known, history.cost[units], 0).sum(axis=1)
    shown = np.where(known, history.impressions[units], 0).sum(axis=1)
    price = np.divide(cost, shown, out=np.full(len(units), np.nan), where=shown > 0)
    value = price / fresh.rate
    basis: list[Basis] = ["cost"] * len(units)
    if value_per_click is not None:
        value, basis = np.full(len(units), value_per_click), ["value per click"] * len(units)
    for row, own in enumerate([] if attributed is None else attributed.tolist()):
        if np.isfinite(own):
            value[row], basis[row] = own, "attributed value"
    return ClickValues(value, tuple(basis))
