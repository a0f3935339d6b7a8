"""Influence through fitted parameters: draws of customers and priors spread like the posterior."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.linalg import block_diag

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.features import by_segment
from attrigraph.attribution.incremental.hazard import newton_step
from attrigraph.attribution.incremental.influence import influence_of_parameters
from attrigraph.attribution.incremental.joint_fit import fit_effects
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import (
    CENTER,
    SATURATION,
    fit_shapes,
    shape_precision,
)
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

CUSTOMERS = 20_000


@pytest.fixture(scope="module")
def fitted() -> Any:
    world = simulate("unconfounded", 88, CUSTOMERS, measured_on=100)
    return fit(histories_of(world))


def histories_of(world: Any) -> Any:
    return population_of(event_table_of(world), customer_attributes_of(world)).histories


def fit(histories: Any) -> Any:
    rng = np.random.default_rng(0)
    conditions = learn_conditions(histories, rng)
    evidence = gather_evidence(histories, conditions, rng, 300_000)
    return evidence, fit_effects(evidence, conditions, fit_shapes(evidence))


def influence_on(fitted: Any, features: Any, loadings: Any = None) -> Any:
    """Influence on single parameters, as if each were a credit."""
    evidence, response = fitted
    loadings = np.zeros((len(evidence.columns), 0)) if loadings is None else loadings
    width = len(response.penalty) + 2 * len(response.effects.main) + loadings.shape[1]
    by_effect = np.eye(width)[features]
    by_level = np.zeros((len(features), evidence.person_days.days))
    return influence_of_parameters(evidence, response, by_level, by_effect, loadings)


def test_customers_move_nothing_in_sum_but_what_priors_pull_back(fitted: Any) -> None:
    found = influence_on(fitted, [0, 1, 2]).of_customers(CUSTOMERS)
    curvature, _ = curvature_and_step(fitted)
    # scores sum to precision @ parameters at the fit, of effects and of shapes
    pulled = np.linalg.solve(curvature, prior_precision(fitted) @ parameters(fitted))
    assert found.sum(axis=0) == pytest.approx(pulled[:3], abs=0.03)


def parameters(fitted: Any) -> Any:
    """Effects, and log shapes relative to the medians of their priors."""
    _, response = fitted
    shape = response.shape
    log_shape = np.log([*shape.half_life / CENTER, *shape.saturation / SATURATION])
    return np.append(response.hazard.effect, log_shape)


def prior_precision(fitted: Any) -> Any:
    """Of effects and shapes together."""
    _, response = fitted
    return block_diag(np.diag(response.penalty), shape_precision(response.life_sds))


def posterior_variance(fitted: Any) -> Any:
    """Of effects and shapes together, from the curvature at the fit."""
    curvature, _ = curvature_and_step(fitted)
    return np.linalg.inv(curvature).diagonal()


def curvature_and_step(fitted: Any) -> Any:
    """Of effects and shapes together, at the fit."""
    evidence, response = fitted
    main = response.effects.main_of(evidence.segments)
    exposure, gradient = evidence.touch_pairs.exposure_and_gradient(response.shape, main)
    products = response.effects.products(exposure)
    differing = by_segment(exposure, evidence.segments)
    rows = evidence.rows(np.hstack([exposure, products, differing, evidence.columns, gradient]))
    precision = prior_precision(fitted)
    effect = np.append(response.hazard.effect, np.zeros(12))
    _, step, curvature, _ = newton_step(rows, precision, response.hazard.level, effect)
    return curvature, step


def test_customers_and_priors_together_spread_like_the_posterior(fitted: Any) -> None:
    _, response = fitted
    everything = np.arange(len(response.penalty) + 12)
    found = influence_on(fitted, everything)
    spread = (found.of_customers(CUSTOMERS) ** 2).sum(axis=0) + (found.by_prior**2).sum(axis=0)
    assert spread == pytest.approx(posterior_variance(fitted), rel=0.2)


def test_priors_are_drawn_with_their_own_spread(fitted: Any) -> None:
    found = influence_on(fitted, [7, 8])
    drawn = found.of_priors(np.random.default_rng(1), 4_000)
    variance = (found.by_prior**2).sum(axis=0) + (found.by_strength**2).sum(axis=0)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt(variance), rel=0.05)


def test_pairs_owe_some_doubt_to_the_strength_of_their_shrinkage(fitted: Any) -> None:
    _, response = fitted
    covariate = len(response.effects.main) + len(response.effects.joint)
    covariate += response.effects.by_segment.size
    added = (influence_on(fitted, [7, covariate]).by_strength ** 2).sum(axis=0)
    variance = posterior_variance(fitted)[[7, covariate]]
    assert 0.01 < added[0] / variance[0] < 1
    assert added[1] < 0.01 * variance[1]


def test_a_strongly_pulled_pair_owes_its_doubt_to_the_prior(fitted: Any) -> None:
    _, response = fitted
    pair = len(response.effects.main)
    covariate = pair + len(response.effects.joint) + response.effects.by_segment.size
    found = influence_on(fitted, [covariate, pair])
    prior = (found.by_prior**2).sum(axis=0)
    whole = prior + (found.of_customers(CUSTOMERS) ** 2).sum(axis=0)
    assert prior[0] / whole[0] < 0.3 < prior[1] / whole[1]


def test_effects_follow_the_loadings_of_intent() -> None:
    """Their derivative is that of a Newton step from the fit with other loadings."""
    histories = histories_of(simulate("confounded", 88, 6_000, measured_on=100))
    evidence, response = fit(histories)
    conditions = response.conditions
    channel, step = int(np.argmax(conditions.intent.loading)), 1e-3
    claimed = replace(conditions.intent, loading_variance=np.eye(6))
    response = replace(response, conditions=replace(conditions, intent=claimed))
    gradient = conditions.loading_gradient(histories, evidence.person_days)
    main = np.arange(6)
    found = influence_on((evidence, response), main, gradient).by_prior[-6:][channel]

    intent = conditions.intent
    loading = intent.loading + step * (np.arange(6) == channel)
    spread = np.log1p(1 / intent.size) + intent.loading**2
    size = np.where(intent.size < 1e4, 1 / (np.exp(spread - loading**2) - 1), intent.size)
    moved = replace(conditions, intent=replace(intent, loading=loading, size=size))
    columns = moved.columns(histories, evidence.person_days)
    steps = [
        curvature_and_step((replace(evidence, columns=own), response))[1][main]
        for own in (evidence.columns, columns)
    ]
    assert found == pytest.approx((steps[1] - steps[0]) / step, rel=0.1, abs=0.02)
