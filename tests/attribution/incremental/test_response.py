"""The fitted response: half-lives as the data say, and as the prior says where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import (
    CENTER,
    CENTER_SD,
    fit_response,
    life_precision,
)
from attrigraph.worlds.as_facts import customer_facts_of, facts_of
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate


def half_lives_in(effect, customers=20_000):
    channels = (
        ChannelSpec("tv", 1.5, effect=effect, half_life=30),
        ChannelSpec("email", 1.5, effect=effect, half_life=2),
    )
    world = simulate(
        WorldSpec("two speeds", channels, base=-2.5), seed=31, customers=customers, measured_on=100
    )
    histories = population_of(facts_of(world), customer_facts_of(world)).histories
    rng = np.random.default_rng(0)
    conditions = learn_conditions(histories, rng)
    evidence = gather_evidence(histories, conditions, rng, 100_000)
    return dict(
        zip(histories.keys, fit_response(evidence, conditions, evidence).half_life, strict=True)
    )


def test_slow_and_fast_channels_are_told_apart():
    found = half_lives_in(effect=1.5)
    assert 15 < found["tv"] <= 60
    assert 1 <= found["email"] < 4


def test_half_lives_of_touches_that_do_nothing_stay_where_the_prior_has_them():
    found = half_lives_in(effect=0.0)
    assert list(found.values()) == pytest.approx([CENTER, CENTER], rel=0.5)


def test_prior_of_half_lives_by_hand():
    covariance = np.linalg.inv(life_precision(3, 0.5))
    expected = np.full((3, 3), CENTER_SD**2) + 0.25 * np.eye(3)
    assert covariance == pytest.approx(expected, rel=1e-12)
