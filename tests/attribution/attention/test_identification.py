"""The tests of identification on credit of networks; their hazard stays out of the credit."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.attention.identification import identify_credit
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.population import population_of
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.identification.identify import Identification
    from attrigraph.attribution.incremental.population import Population

WORLD = simulate("retailer", 6, 4_000, measured_on=100)
CREDIT = np.array(WORLD.truth.credit)


@pytest.fixture(scope="module")
def population() -> Population:
    return population_of(event_table_of(WORLD), customer_attributes_of(WORLD))


@cache
def conditions_of(population: Population) -> Conditions:
    return learn_conditions(population.histories, np.random.default_rng(0))


def identified(
    population: Population, credit: Any = CREDIT, deviations: Any = None
) -> Identification:
    conditions = conditions_of(population)
    if deviations is None:
        deviations = np.zeros((0, len(credit)))
    return identify_credit(population, conditions, credit, deviations, deviations, seed=0)


def test_the_truth_is_identified_where_the_assumptions_hold(population: Population) -> None:
    found = identified(population)
    assert not any(found.reasons)
    assert found.advice is None


def test_draws_of_few_networks_that_move_together_flag_nothing(population: Population) -> None:
    opposite = np.linspace(-1, 1, 21)[:, None] * np.resize([1.0, -1.0], len(CREDIT))
    found = identified(population, deviations=0.2 * CREDIT.max() * opposite)
    assert not any(found.reasons)


def test_a_column_recorded_later_flags_every_channel(population: Population) -> None:
    histories = population.histories
    touches = np.bincount(histories.customer, minlength=histories.customers).astype(float)
    leaky = np.column_stack([touches, histories.covariates[:, 1:]])
    found = identified(replace(population, histories=replace(histories, covariates=leaky)))
    assert all("outcome-covariate" in codes for codes in found.reasons)
    assert found.advice is not None


def test_the_credit_that_is_weighed_is_that_of_the_networks(population: Population) -> None:
    found = identified(population, CREDIT + len(population.histories.converter))
    assert all("impossible-total" in codes for codes in found.reasons)
