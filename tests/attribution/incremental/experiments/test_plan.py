"""Plans of experiments: the value of information by simulation, sample sizes, the order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from attrigraph.attribution.incremental.experiments.plan import (
    Business,
    Candidate,
    Design,
    expected_gain,
    plan_tests,
)
from attrigraph.errors import InputError

BUSINESS = Business(customers=10_000, conversions=500.0, value=40.0, days=60.0)


@pytest.mark.parametrize(("mean", "sd", "error"), [(50.0, 100.0, 30.0), (-80.0, 60.0, 60.0)])
def test_the_gain_is_that_of_simulated_decisions(mean: float, sd: float, error: float) -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(mean, sd, 400_000)
    measured = truth + rng.normal(0, error, len(truth))
    weight = sd**2 / (sd**2 + error**2)
    after = mean + weight * (measured - mean)
    gain = (truth * (after > 0)).mean() - max(mean, 0.0)
    assert expected_gain(mean, sd, error) == pytest.approx(gain, abs=0.5)


def test_nothing_is_gained_where_nothing_is_uncertain() -> None:
    assert expected_gain(50.0, 0.0, 10.0) == 0
    assert expected_gain(500.0, 10.0, 10.0) == pytest.approx(0.0, abs=1e-9)


def test_the_sample_detects_the_effect_with_the_power() -> None:
    design = Design(days=30.0, share=0.5, power=0.8)
    (planned,) = plan_tests([Candidate("tv", 200.0, 50.0, math.nan, 5.0)], BUSINESS, design)
    assert planned.customers_needed is not None
    assert planned.gain is None
    # the effect per customer in 30 of 60 days, less what comes later
    decay = 30 * math.log(2) / 5
    effect = 200.0 / 10_000 * 0.5 * (1 - (1 - math.exp(-decay)) / decay)
    rate = 500 / 10_000 / 2
    error = math.sqrt(rate * (1 - rate) * 4 / planned.customers_needed)
    assert norm.sf(1.959964 - effect / error) == pytest.approx(0.8, abs=1e-3)


def test_channels_are_ordered_by_gain_and_those_without_cost_by_doubt() -> None:
    candidates = [
        Candidate("clear", 400.0, 10.0, 100.0, 5.0),
        Candidate("doubtful", 100.0, 60.0, 4_000.0, 5.0),
        Candidate("free", 10.0, 5.0, math.nan, 5.0),
        Candidate("free and unknown", 10.0, 50.0, math.nan, 5.0),
    ]
    planned = plan_tests(candidates, BUSINESS, Design())
    names = [one.channel for one in planned]
    assert names == ["doubtful", "clear", "free and unknown", "free"]


@pytest.mark.parametrize("wrong", [{"days": 0.0}, {"share": 1.0}, {"power": 0.0}])
def test_impossible_designs_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"must be between 0 and 1|above 0 days"):
        Design(**wrong)
