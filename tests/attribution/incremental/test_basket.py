"""Effects on values: recovered where planted, none where values do not vary, split by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.adstock import pair_touches
from attrigraph.attribution.incremental.basket import BasketEffects, fit_baskets, raised_value
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.fitted import fit_population
from attrigraph.attribution.incremental.path_credit import credit_paths
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.attribution.incremental.population import population_of
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("unconfounded", 5, 12_000, measured_on=100)
EVENTS = event_table_of(WORLD)
POPULATION = population_of(EVENTS, customer_attributes_of(WORLD))
HISTORIES = POPULATION.histories


@pytest.fixture(scope="module")
def response() -> Any:
    return incremental(HISTORIES, IncrementalOptions(draws=2)).response


def exposure_of(response: Any) -> Any:
    person_days = conversion_person_days(HISTORIES)
    return pair_touches(HISTORIES, person_days).exposure(response.shape)


def test_a_planted_raise_is_recovered_and_the_others_are_near_zero(response: Any) -> None:
    noise = np.random.default_rng(1).normal(3.0, 0.4, len(HISTORIES.converter))
    value = np.exp(noise + 0.5 * exposure_of(response)[:, 1])
    found = fit_baskets(replace(HISTORIES, value=value), response)
    assert abs(found.effect[1] - 0.5) < 3 * found.error[1] < 0.3
    others = np.delete(found.effect, 1)
    assert (np.abs(others) < 3 * np.delete(found.error, 1)).all()


def test_equal_values_leave_no_effect(response: Any) -> None:
    value = np.full(len(HISTORIES.converter), 20.0)
    found = fit_baskets(replace(HISTORIES, value=value), response)
    assert not found.effect.any()
    assert not found.error.any()


def test_the_raise_of_a_conversion_is_the_difference_of_its_values(response: Any) -> None:
    baskets = BasketEffects(np.array([0.2, 0.5, 0.0, -0.3, 0.1, 0.4]), np.full(6, 0.1))
    paths = credit_paths(HISTORIES, response)
    raised = raised_value(HISTORIES, response, paths, baskets)
    found = np.bincount(paths.conversion, raised.value, len(HISTORIES.converter))
    without = HISTORIES.value * np.exp(-exposure_of(response) @ baskets.effect)
    expected = np.clip(paths.baseline, 0, 1) * (HISTORIES.value - without)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    third = HISTORIES.key[paths.touch] == 2
    assert not raised.value[third].any()


def test_values_have_intervals_around_the_credited_value() -> None:
    answer = fit_population(EVENTS, POPULATION, IncrementalOptions(draws=100)).answer("channel")
    for line in answer.credits:
        assert line.value_low is not None
        assert line.value_high is not None
        assert line.value_low < line.value < line.value_high
