"""Losses against a fresh creative by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.fatigue.calibration import DEVIATIONS
from attrigraph.fatigue.curve import DAYS_AHEAD
from attrigraph.fatigue.forecast import UnitForecasts, forecast_units
from attrigraph.fatigue.money import (
    FRESH_CLICKS,
    ClickValues,
    click_values,
    fresh_rates,
    fresh_ratio,
    losses_of,
)
from attrigraph.fatigue.panel import Panel, panel_of
from attrigraph.fatigue.snapshot import SLOPE_OF_ALL, snapshot_of
from fatigue_histories import history

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = 30


class TenPercent:
    """Clicks are known to a tenth, and nothing else is."""

    clicks_ratio = 1.0

    def interval(
        self, days: NDArray[np.float64], _: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return days, days

    def probability_soon(self, log_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0 * log_ratio

    def clicks_interval(
        self, expected: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return 0.9 * expected, 1.1 * expected


def old_and_new(rates: list[float], *, cost: float = float("nan")) -> Panel:
    """Two units from the first day, and others of the last week; no season."""
    impressions = np.zeros((2 + len(rates), DAYS))
    impressions[:2] = 10_000
    impressions[2:, -7:] = 10_000
    clicks = impressions * np.array([0.01, 0.01, *rates])[:, None]
    figures = history(impressions, clicks)
    panel = panel_of(replace(figures, cost=np.where(impressions > 0, cost, np.nan)))
    flat = np.ones_like(panel.factor)
    return replace(panel, factor=flat, impressions=panel.history.impressions)


def at_a_tenth(panel: Panel) -> UnitForecasts:
    """Forecasts of a constant rate of .001: .01 at the peak, and R = .1."""
    snapshot = snapshot_of(panel)
    n = len(snapshot.units)
    ratio = np.full((n, len(DAYS_AHEAD)), np.log(0.1))
    return forecast_units(
        snapshot,
        np.full(n, np.log(0.01)),
        ratio,
        np.zeros((n, 0)),
        TenPercent(),  # type: ignore[arg-type]
    )


def test_a_fresh_creative_is_like_the_newest_ones() -> None:
    panel = old_and_new([0.03, 0.03])
    units = np.arange(4)
    first_week = 0.01 * 140_000 + 0.03 * 140_000
    channel = (first_week + FRESH_CLICKS) / (280_000 + FRESH_CLICKS / panel.overall_rate)
    for _ in range(2):  # newest ones are added to the rate of the channel, and again of the pair
        channel = (0.03 * 140_000 + FRESH_CLICKS) / (140_000 + FRESH_CLICKS / channel)
    assert fresh_rates(panel, units).rate == pytest.approx([channel] * 4)
    assert 0.028 < channel < 0.03


def test_the_mean_of_creatives_that_differ_is_known_less() -> None:
    units = np.array([0])
    none = fresh_rates(old_and_new([]), units).deviation
    alike = fresh_rates(old_and_new([0.02] * 6), units).deviation
    different = fresh_rates(old_and_new([0.005, 0.035] * 3), units).deviation
    many = fresh_rates(old_and_new([0.005, 0.035] * 20), units).deviation
    assert alike < different / 2
    assert many < different / 1.5
    # each of six is off by 75 % of the mean
    assert different == pytest.approx(0.75 / np.sqrt(6), abs=0.06)
    assert none == pytest.approx(1 / np.sqrt(FRESH_CLICKS), abs=0.01)
    # nothing was launched of late: as uncertain as one creative, and these are half as far apart
    old = old_and_new([]).history
    apart = panel_of(replace(old, clicks=old.impressions * [[0.005], [0.015]]))
    assert fresh_rates(apart, units).deviation == pytest.approx(0.5, abs=0.05)


def test_the_ratio_of_new_creatives_by_hand() -> None:
    whole = old_and_new([0.03] * 4)
    before = panel_of(whole.history.until(DAYS - 8))
    rate = float(fresh_rates(before, np.array([0])).rate[0])
    assert rate == pytest.approx(0.01, rel=0.02)
    chosen = np.ones(1, bool)
    clicks, expected = 0.03 * 280_000, rate * 280_000
    ratio = (clicks + 200) / (expected + 200)
    error = abs(clicks - ratio * expected) / expected
    ratio **= 0.01 / (0.01 + error**2)
    assert fresh_ratio(whole, [before], chosen) == pytest.approx(ratio, rel=0.02)
    assert fresh_ratio(whole, [before], ~chosen) == 1
    assert fresh_ratio(whole, [], chosen) == 1


def test_losses_by_hand() -> None:
    panel = old_and_new([0.02] * 4)
    units = np.arange(6)
    fresh = fresh_rates(panel, units)
    values = ClickValues(np.full(6, 2.0), ("value per click",) * 6)
    found = losses_of(panel, at_a_tenth(panel), fresh, values)
    assert found.planned == pytest.approx([10_000] * 6)
    gained = 10_000 * (fresh.rate - 0.001)
    assert found.per_day == pytest.approx(2 * gained)
    assert found.per_week == pytest.approx(2 * 7 * gained)
    own, by_fresh = 0.1 * 70, DEVIATIONS * fresh.deviation * 70_000 * fresh.rate
    half = 2 * np.hypot(own, by_fresh)
    assert found.high - found.per_week == pytest.approx(half)
    assert found.per_week - found.low == pytest.approx(half)


@pytest.mark.parametrize(("spill", "clicks"), [(1.0, 70 * np.expm1(0.1)), (1000.0, 700 - 70)])
def test_similar_creatives_cost_at_most_what_all_wear_does(spill: float, clicks: float) -> None:
    panel = old_and_new([0.02] * 4)
    forecasts = at_a_tenth(panel)
    neighbour = forecasts.snapshot.neighbour.copy()
    neighbour[:, SLOPE_OF_ALL] = -0.5
    snapshot = replace(forecasts.snapshot, neighbour=neighbour)
    exposed = replace(panel, spill=np.full_like(panel.spill, spill), spill_weight=0.2)
    values = ClickValues(np.full(6, 2.0), ("value per click",) * 6)
    fresh = fresh_rates(panel, np.arange(6))
    found = losses_of(exposed, replace(forecasts, snapshot=snapshot), fresh, values)
    assert found.spill_per_week == pytest.approx([2 * clicks] * 6)


def test_no_more_than_the_cost_can_be_wasted() -> None:
    panel = old_and_new([0.005, 0.035] * 3, cost=50.0)
    units = np.arange(8)
    fresh = fresh_rates(panel, units)
    values = click_values(panel, units, fresh)
    assert set(values.basis) == {"cost"}
    forecasts = at_a_tenth(panel)
    flat = replace(forecasts, log_ratio=forecasts.log_ratio - 20)
    found = losses_of(panel, flat, fresh, values)
    assert found.per_week == pytest.approx([350.0] * 8, rel=1e-3)
    assert found.high == pytest.approx([350.0] * 8, rel=1e-3)


def test_a_click_is_worth_what_is_attributed_else_given_else_its_cost() -> None:
    panel = old_and_new([0.02] * 2, cost=100.0)
    units = np.arange(4)
    attributed = np.array([5.0, np.nan, np.nan, np.nan])
    fresh = fresh_rates(panel, units)
    by_cost = click_values(panel, units, fresh, attributed)
    assert by_cost.basis == ("attributed value", "cost", "cost", "cost")
    assert by_cost.value == pytest.approx([5.0, *(0.01 / fresh.rate[1:])])
    given = click_values(panel, units, fresh, attributed, 3.0)
    assert given.basis == ("attributed value", *(["value per click"] * 3))
    assert given.value.tolist() == [5, 3, 3, 3]
    unknown = click_values(old_and_new([0.02] * 2), units, fresh)
    assert np.isnan(unknown.value).all()
