"""Influence through fitted parameters: draws of customers and priors spread like the posterior."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.influence import influence_of_parameters
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import fit_response
from attrigraph.worlds.as_facts import customer_facts_of, facts_of
from attrigraph.worlds.world import simulate

CUSTOMERS = 20_000


@pytest.fixture(scope="module")
def fitted():
    world = simulate("unconfounded", 88, CUSTOMERS, measured_on=100)
    histories = population_of(facts_of(world), customer_facts_of(world)).histories
    rng = np.random.default_rng(0)
    conditions = learn_conditions(histories, rng)
    evidence = gather_evidence(histories, conditions, rng, 300_000)
    return evidence, fit_response(evidence, conditions, evidence)


def influence_on(fitted, features):
    """Influence on single parameters, as if each were a credit."""
    evidence, response = fitted
    width = len(response.penalty) + len(response.half_life)
    by_effect = np.eye(width)[features]
    by_level = np.zeros((len(features), evidence.moments.days))
    return influence_of_parameters(evidence, response, by_level, by_effect)


def test_customers_move_nothing_in_sum_but_what_priors_pull_back(fitted):
    found = influence_on(fitted, [0, 1, 2]).of_customers(CUSTOMERS)
    _, response = fitted
    # Scores sum to precision @ parameters at the fit; main effects have a ridge of 1.
    assert np.abs(found.sum(axis=0)).max() < 0.05 * np.abs(response.effects.main[:3]).max()


def test_customers_and_priors_together_spread_like_the_posterior(fitted):
    _, response = fitted
    effects = len(response.penalty)
    found = influence_on(fitted, np.arange(effects))
    spread = (found.of_customers(CUSTOMERS) ** 2).sum(axis=0) + (found.by_prior**2).sum(axis=0)
    posterior = np.linalg.inv(response.hazard.curvature).diagonal()
    # Half-lives are unknown here and known there, so effects are a little less sure.
    assert spread / posterior == pytest.approx(1.0, rel=0.45)
    assert np.median(spread / posterior) == pytest.approx(1.0, rel=0.1)


def test_priors_are_drawn_with_their_own_spread(fitted):
    found = influence_on(fitted, [7, 8])
    drawn = found.of_priors(np.random.default_rng(1), 4_000)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt((found.by_prior**2).sum(axis=0)), rel=0.05)


def test_a_strongly_pulled_pair_owes_its_doubt_to_the_prior(fitted):
    _, response = fitted
    pair = len(response.half_life)
    found = influence_on(fitted, [0, pair])
    prior = (found.by_prior**2).sum(axis=0)
    whole = prior + (found.of_customers(CUSTOMERS) ** 2).sum(axis=0)
    assert prior[0] / whole[0] < 0.3 < prior[1] / whole[1]
