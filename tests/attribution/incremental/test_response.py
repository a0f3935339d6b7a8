"""The fitted response: shapes as the data say, and as the prior says where they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import (
    CENTER,
    SATURATION,
    SATURATION_SD,
    SATURATION_SPREAD,
    TAIL,
    LifeSds,
    fit_shapes,
    life_precision,
    shape_precision,
)
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate


def shape_in(
    effect: Any, saturation: float = 1.5, rate: float = 1.5, customers: Any = 20_000
) -> Any:
    channels = (
        ChannelSpec("tv", rate, effect=effect, half_life=30, saturation=saturation),
        ChannelSpec("email", rate, effect=effect, half_life=2, saturation=saturation),
    )
    world = simulate(
        WorldSpec("two speeds", channels, base=-2.5), seed=31, customers=customers, measured_on=100
    )
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    rng = np.random.default_rng(0)
    conditions = learn_conditions(histories, rng)
    evidence = gather_evidence(histories, conditions, rng, 100_000)
    assert histories.keys == ("tv", "email")
    return fit_shapes(evidence).shape


def test_slow_and_fast_channels_are_told_apart() -> None:
    tv, email = shape_in(effect=1.5).half_life
    assert 15 < tv <= 60
    assert 1 <= email < 4


def test_touches_that_saturate_late_are_told_from_those_that_saturate_soon() -> None:
    late = shape_in(effect=2.0, saturation=0.3, rate=4.0, customers=40_000).saturation
    soon = shape_in(effect=2.0, saturation=5.0, rate=4.0, customers=40_000).saturation
    assert late.max() < 0.8
    assert soon.min() > 2.5


def test_shapes_of_touches_that_do_nothing_stay_where_the_prior_has_them() -> None:
    found = shape_in(effect=0.0)
    assert found.half_life == pytest.approx(CENTER, rel=0.5)
    assert found.saturation == pytest.approx(SATURATION, rel=0.25)


def test_prior_of_half_lives_by_hand() -> None:
    covariance = np.linalg.inv(life_precision(LifeSds(0.8, np.array([0.5, 0.5, 2.0]))))
    expected = np.full((3, 3), 0.64) + np.diag([0.25, 0.25, 4.0])
    assert covariance == pytest.approx(expected, rel=1e-12)


def test_normal_priors_have_the_slope_of_the_t_prior() -> None:
    log_life = np.array([-4.0, 0.1, 0.2])
    sds = LifeSds.at(log_life, 0.4)
    deviation = log_life - 0.1
    slope = (TAIL + 1) * deviation / (TAIL * 0.4**2 + deviation**2)  # of -log t density
    assert deviation / sds.own**2 == pytest.approx(slope, rel=1e-12)
    assert sds.own[0] > 4 * sds.own[1]


def test_prior_of_shapes_has_half_lives_and_saturations_apart() -> None:
    sds = LifeSds(0.8, np.array([0.5, 0.5]))
    covariance = np.linalg.inv(shape_precision(sds))
    saturation = np.full((2, 2), SATURATION_SD**2) + SATURATION_SPREAD**2 * np.eye(2)
    assert covariance[2:, 2:] == pytest.approx(saturation, rel=1e-12)
    assert covariance[:2, :2] == pytest.approx(np.linalg.inv(life_precision(sds)), rel=1e-12)
    assert not covariance[:2, 2:].any()
