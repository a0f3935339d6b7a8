"""Intervals and probabilities of days left, on outcomes whose errors are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.fatigue.calibration import LEAST_CAMPAIGNS, Outcomes, calibrate
from attrigraph.fatigue.curve import HORIZON, TIRED


def outcomes(campaigns: int = 200, units: int = 20, seed: int = 0) -> Outcomes:
    """Errors of normal days, less for units with few days left; clicks 10 % above expectation."""
    rng = np.random.default_rng(seed)
    n = campaigns * units
    predicted = rng.uniform(5, 25, n)
    days = np.clip(predicted + rng.normal(0, 0.2 * predicted), 0, HORIZON)
    expected = rng.uniform(50, 500, n)
    log_soon = np.log(TIRED) * rng.uniform(0, 2, n)
    tired = rng.random(n) < 1 / (1 + np.exp(8 * (log_soon / abs(np.log(TIRED)) + 1)))
    return Outcomes(
        predicted,
        rng.uniform(3, 30, n),
        log_soon,
        np.where(tired, np.minimum(days, 6.0), np.maximum(days, 8.0)),
        np.repeat(np.arange(campaigns), units),
        expected,
        rng.poisson(1.1 * expected).astype(float),
    )


def test_few_campaigns_are_not_calibrated() -> None:
    assert calibrate(outcomes(LEAST_CAMPAIGNS - 1)) is None
    assert calibrate(outcomes(LEAST_CAMPAIGNS)) is not None


def test_other_campaigns_lie_in_the_intervals_as_often_as_is_asked() -> None:
    others = outcomes(seed=1)
    for level in (0.8, 0.9):
        found = calibrate(outcomes(), level=level)
        assert found is not None
        low, high = found.interval(others.predicted, others.age)
        inside = (others.days >= low) & (others.days <= high)
        assert inside.mean() == pytest.approx(level, abs=0.03)
        assert (low >= 0).all()
        assert (high <= HORIZON).all()
        least, most = found.clicks_interval(found.clicks_ratio * others.expected)
        held = (others.clicks >= least) & (others.clicks <= most)
        assert held.mean() == pytest.approx(level, abs=0.03)


def test_clicks_are_expected_as_many_as_were_observed() -> None:
    found = calibrate(outcomes(), fresh_ratio=0.9)
    assert found is not None
    assert found.clicks_ratio == pytest.approx(1.1, abs=0.005)
    assert found.fresh_ratio == 0.9
    assert found.dispersion == pytest.approx(0, abs=0.02)
    few = outcomes(LEAST_CAMPAIGNS, 1)
    ratio = calibrate(replace(few, clicks=0 * few.clicks))
    assert ratio is not None
    assert ratio.clicks_ratio == pytest.approx(200 / (few.expected.sum() + 200))


def test_probabilities_fall_with_the_ratio_and_are_shares_of_tired_units() -> None:
    found, others = calibrate(outcomes()), outcomes(seed=2)
    assert found is not None
    ratio = np.linspace(2 * np.log(TIRED), 0, 50)
    probability = found.probability_soon(ratio)
    assert (np.diff(probability) <= 0).all()
    assert (probability[0], probability[-1]) == pytest.approx((1, 0), abs=0.05)
    forecast = found.probability_soon(others.log_soon)
    for lower in (0.1, 0.4, 0.7):
        rows = (forecast >= lower) & (forecast < lower + 0.3)
        assert (others.days[rows] <= 7).mean() == pytest.approx(forecast[rows].mean(), abs=0.05)
