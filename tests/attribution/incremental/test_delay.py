"""Delayed effects: their kernel by hand, found where they are and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import gamma

from attrigraph.attribution.incremental.adstock import TouchPairs
from attrigraph.attribution.incremental.channel_credit import (
    IncrementalOptions,
    gather_evidence,
    incremental,
)
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.delay import is_delayed, with_delay
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import HALF_OF_DELAYED, fit_shapes
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

PAIRS = TouchPairs(
    rows=2,
    keys=2,
    row=np.array([0, 0, 1]),
    touch=np.arange(3),
    key=np.array([0, 1, 0]),
    age=np.array([10.0, 5.0, 20.0]),
    delayed=True,
)


def test_an_effect_is_largest_after_its_delay() -> None:
    assert PAIRS.weights(np.array([10.0, 10.0])) == pytest.approx(
        [1.0, 0.5 * np.exp(0.5), 2 * np.exp(-1)]
    )


def test_the_gradient_is_a_difference() -> None:
    life, step = np.array([7.0, 12.0]), 1e-6
    up, down = PAIRS.adstock(life * np.exp(step)), PAIRS.adstock(life * np.exp(-step))
    assert PAIRS.adstock_gradient(life) == pytest.approx((up - down) / (2 * step), abs=1e-8)


def test_half_of_a_delayed_effect_has_come_at_the_median_of_its_kernel() -> None:
    assert gamma(2).median() == pytest.approx(HALF_OF_DELAYED, rel=1e-6)


def found_in(name: str, seed: int) -> Any:
    world = simulate(name, seed, 8_000, measured_on=100)
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    rng = np.random.default_rng(0)
    evidence = gather_evidence(histories, learn_conditions(histories, rng), rng, 60_000)
    return histories, evidence, fit_shapes(evidence)


def test_delayed_effects_are_found_and_fit_better() -> None:
    histories, evidence, shapes = found_in("delayed-b2b", 63)
    assert is_delayed(evidence, shapes)
    peaks = fit_shapes(with_delay(evidence)).shape.half_life
    assert ((peaks > 10) & (peaks < 55)).all()
    response = incremental(histories, IncrementalOptions(rows=40_000, draws=0)).response
    assert response.conditions.delayed
    assert response.days_to_half == pytest.approx(response.shape.half_life * HALF_OF_DELAYED)


@pytest.mark.parametrize("name", ["confounded", "any-day-unconfounded"])
def test_effects_that_begin_at_once_are_not_taken_for_delayed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attrigraph.attribution.incremental.delay.MIN_HALF_LIFE", 0.0)
    _, evidence, shapes = found_in(name, 61)
    assert not is_delayed(evidence, shapes)
