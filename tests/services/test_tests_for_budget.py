"""What experiments add to the value of a plan of a budget: one figure with the plan's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.attribution.incremental.experiments.plan import PlannedTest
from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.responses import DrawnResponse
from attrigraph.services.experiment import for_budget
from budget_problems import REQUEST, SEARCH, SOCIAL

SPENDS = np.linspace(0, 900, 31)


def drawn(limit: float, scale: float, spread: float, seed: int) -> DrawnResponse:
    factors = np.exp(spread * np.random.default_rng(seed).normal(size=(40, 1)))
    return DrawnResponse(SPENDS, factors * limit * (1 - np.exp(-SPENDS / scale)))


BUDGET = replace(
    REQUEST,
    campaigns=(
        replace(SEARCH, response=drawn(2000, 500, 0.5, 1)),
        replace(SOCIAL, response=drawn(1000, 300, 0.3, 2)),
    ),
)


def planned_test(channel: str, *, sd: float, error: float) -> PlannedTest:
    return PlannedTest(channel, 100.0, sd, 50.0, 1.0, True, 0.1, 0.05, error, 1000, gain=7.0)


def test_a_test_without_error_adds_what_the_plan_says() -> None:
    tests = [planned_test(name, sd=20.0, error=0.0) for name in ("social", "search")]
    planned = for_budget(tests, BUDGET)
    own = allocate(BUDGET).measure_next
    assert [(one.channel, one.gain) for one in planned] == [(v.campaign, v.value) for v in own]


def test_a_test_with_an_error_adds_less_and_one_of_nothing_adds_nothing() -> None:
    gains = [
        for_budget([planned_test("search", sd=20.0, error=error)], BUDGET)[0].gain
        for error in (0.0, 10.0, 40.0, 1e9)
    ]
    known = [gain for gain in gains if gain is not None]
    assert known == sorted(known, reverse=True)
    assert known[0] > known[1] > known[2] > known[3]
    assert known[3] == pytest.approx(0, abs=1e-6)
    [certain] = for_budget([planned_test("search", sd=0.0, error=0.0)], BUDGET)
    assert certain.gain == pytest.approx(0, abs=1e-6)


def test_channels_that_the_plan_does_not_have_have_no_gain_and_come_last() -> None:
    tests = [planned_test("tv", sd=90.0, error=1.0), planned_test("search", sd=20.0, error=10.0)]
    first, last = for_budget(tests, BUDGET)
    assert (first.channel, last.channel, last.gain) == ("search", "tv", None)


def test_a_plan_with_no_channel_and_one_without_draws_are_errors() -> None:
    with pytest.raises(InputError, match="none of the channels tv; its campaigns are search"):
        for_budget([planned_test("tv", sd=1.0, error=1.0)], BUDGET)
    with pytest.raises(InputError, match="the curves of the plan have no draws"):
        for_budget([planned_test("search", sd=1.0, error=1.0)], REQUEST)
