"""Shapes and effects together: where the fit starts does not matter, and segments bend nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.joint_fit import fit_effects
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import fit_shapes
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate


@pytest.fixture(scope="module")
def gathered() -> Any:
    world = simulate("segments", 3, 8_000, measured_on=100)
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    rng = np.random.default_rng(0)
    conditions = learn_conditions(histories, rng)
    return gather_evidence(histories, conditions, rng, 100_000), conditions


def log_half_life(response: Any) -> Any:
    return np.log(response.shape.half_life)


def test_where_the_half_lives_start_hardly_matters(gathered: Any) -> None:
    evidence, conditions = gathered
    shapes = fit_shapes(evidence)
    push = np.where(np.arange(len(shapes.log_shape)) % 2, 0.5, -0.5)
    fits = [fit_effects(evidence, conditions, start) for start in (shapes, shapes.moved(push))]
    assert np.abs(log_half_life(fits[0]) - log_half_life(fits[1])).max() < 0.2


def test_shapes_of_main_effects_alone_fit_worse(
    gathered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Effects that differ between segments bend them."""
    evidence, conditions = gathered
    shapes = fit_shapes(evidence)
    together = fit_effects(evidence, conditions, shapes)
    monkeypatch.setattr("attrigraph.attribution.incremental.joint_fit.MAX_STEPS", 0)
    apart = fit_effects(evidence, conditions, shapes)
    assert log_half_life(apart) == pytest.approx(np.log(shapes.shape.half_life))
    assert together.hazard.loss < apart.hazard.loss - 1
