"""Plans of experiments: the value of information by simulation, sample sizes, the order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from attrigraph.attribution.incremental.experiments.arms import Arm, Arms
from attrigraph.attribution.incremental.experiments.plan import (
    Business,
    Candidate,
    Design,
    expected_gain,
    plan_tests,
)
from attrigraph.attribution.observed.costs import EntityCost
from attrigraph.errors import InputError

BUSINESS = Business(customers=10_000, value=40.0, days=60.0)


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


def candidate(
    channel: str,
    conversions: float,
    sd: float,
    cost: float | None = None,
    priced: int = 10,
    effect: float = 0.02,
) -> Candidate:
    """A channel with ten touches; of 100 treated customers 5 convert in the test."""
    arms = Arms(Arm(0.05, 0.05 * 0.95), Arm(0.05 - effect, (0.05 - effect) * (0.95 + effect)))
    known = EntityCost(10, 0 if cost is None else priced, cost)
    return Candidate(channel, conversions, sd, known, 5.0, arms)


def test_the_sample_detects_the_effect_with_the_power() -> None:
    design = Design(days=30.0, share=0.3, power=0.8)
    (planned,) = plan_tests([candidate("tv", 200.0, 50.0)], BUSINESS, design)
    assert planned.customers_needed is not None
    assert (planned.treated, planned.held_out) == pytest.approx((0.05, 0.03))
    assert (planned.cost, planned.gain) == (None, None)
    n = planned.customers_needed
    error = math.sqrt(0.05 * 0.95 / (0.7 * n) + 0.03 * 0.97 / (0.3 * n))
    assert norm.sf(1.959964 - 0.02 / error) == pytest.approx(0.8, abs=1e-3)


def test_the_error_over_the_window_adds_what_comes_after_the_test() -> None:
    (planned,) = plan_tests([candidate("tv", 200.0, 50.0)], BUSINESS, Design(days=30.0))
    error = math.sqrt(10_000 * 2 * (0.05 * 0.95 + 0.03 * 0.97))

    def seen(days: float) -> float:
        decay = days * math.log(2) / 5
        return 1 - (1 - math.exp(-decay)) / decay

    assert planned.standard_error == pytest.approx(error / (0.5 * seen(30) / seen(60)))
    (whole,) = plan_tests([candidate("tv", 200.0, 50.0)], BUSINESS, Design(days=60.0))
    assert whole.standard_error == pytest.approx(error)


@pytest.mark.parametrize("effect", [-0.01, 0.0, 1e-200])
def test_no_customers_detect_an_effect_of_nothing(effect: float) -> None:
    (planned,) = plan_tests([candidate("tv", 200.0, 50.0, effect=effect)], BUSINESS, Design())
    assert planned.customers_needed is None


def test_the_cost_of_a_part_is_scaled_up_to_all_touches() -> None:
    candidates = [
        candidate("part", 100.0, 60.0, 1_000.0, priced=4),
        candidate("all", 100.0, 60.0, 2_500.0),
        candidate("free", 100.0, 60.0, 0.0),
    ]
    planned = {one.channel: one for one in plan_tests(candidates, BUSINESS, Design())}
    assert planned["part"].cost == pytest.approx(2_500.0)
    assert planned["part"].gain == planned["all"].gain
    assert (planned["part"].cost_known, planned["all"].cost_known) == (0.4, 1.0)
    assert (planned["free"].cost, planned["free"].gain) == (None, None)


def test_channels_are_ordered_by_gain_and_those_without_cost_by_doubt() -> None:
    candidates = [
        candidate("clear", 400.0, 10.0, 100.0),
        candidate("doubtful", 100.0, 60.0, 4_000.0),
        candidate("free", 10.0, 5.0),
        candidate("free and unknown", 10.0, 50.0),
    ]
    planned = plan_tests(candidates, BUSINESS, Design())
    names = [one.channel for one in planned]
    assert names == ["doubtful", "clear", "free and unknown", "free"]


@pytest.mark.parametrize("wrong", [{"days": 0.0}, {"share": 1.0}, {"power": 0.0}])
def test_impossible_designs_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"must be between 0 and 1|above 0 days"):
        Design(**wrong)
