"""Simulated worlds match their specification, and their truth matches its definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.worlds.catalogue import WORLDS, confounded, world_named
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.effects import ConversionModel, adstocks, coalitions, ever
from attrigraph.worlds.population import SPONTANEOUS, populate
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.truth import shapley_by_definition, truth_of
from attrigraph.worlds.world import simulate


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = (simulate("retailer", 3, 200, measured_on=50) for _ in range(2))
    assert (first.touch_time == second.touch_time).all()
    assert (first.value == second.value).all()
    assert first.truth == second.truth
    other = simulate("retailer", 4, 200, measured_on=50)
    assert len(other.touch_time) != len(first.touch_time)
    assert other.truth == first.truth


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_is_sorted_and_inside_its_window(name: str) -> None:
    world = simulate(name, 0, 300, measured_on=50)
    key = world.touch_customer * 10**14 + world.touch_time
    assert (np.diff(key) >= 0).all()
    for times in (world.touch_time, world.conversion_time):
        assert times.min() >= START_MS
        assert times.max() <= world.end_ms
    assert len(np.unique(world.converter)) == len(world.converter)


def test_conversions_are_at_the_end_or_on_many_days() -> None:
    end = simulate("confounded", 0, 2000, measured_on=50)
    assert set(end.conversion_time) == {end.end_ms}
    daily = simulate("any-day-confounded", 0, 2000, measured_on=50)
    assert len(np.unique((daily.conversion_time - START_MS) // 86_400_000)) > 40


def test_truth_adds_up_and_agrees_with_observed_conversions() -> None:
    world = simulate("confounded", 0, 40_000, measured_on=20_000)
    truth = world.truth
    assert sum(truth.credit) + truth.baseline == pytest.approx(truth.total, rel=1e-9)
    assert len(world.converter) == pytest.approx(truth.total, rel=0.05)


def test_the_main_world_matches_the_published_one() -> None:
    truth = truth_of(confounded(), 60_000, measured_on=20_000)
    assert truth.baseline == pytest.approx(3493, rel=0.05)
    assert truth.total == pytest.approx(7662, rel=0.05)


def test_the_credit_of_a_single_channel_is_its_removal_effect() -> None:
    spec = WorldSpec("one", (ChannelSpec("a", 1.0, effect=1.0),), base=-2.0)
    truth = truth_of(spec, 1000, measured_on=2000)
    assert truth.credit[0] == pytest.approx(truth.removal[0])
    assert truth.credit[0] > 20


def test_credit_is_zero_without_effect_and_negative_for_a_negative_effect() -> None:
    assert max(map(abs, truth_of(world_named("no-effect"), 100, measured_on=500).credit)) < 1e-9
    redundant = truth_of(world_named("redundant"), 1000, measured_on=2000)
    assert redundant.credit[redundant.channels.index("affiliate")] == pytest.approx(0, abs=1e-9)
    negative = truth_of(world_named("harmful"), 1000, measured_on=2000)
    assert negative.credit[negative.channels.index("social")] < 0


def test_a_triggering_channel_gets_half_the_credit_of_the_triggered_one() -> None:
    """Only the child has an effect, and all its touches are triggered: each channel gets half."""
    parent = ChannelSpec("parent", 2.0, triggers={"child": 1.0})
    child = ChannelSpec("child", 1e-9, effect=2.0)
    truth = truth_of(WorldSpec("pair", (parent, child), base=-2.0), 1000, measured_on=3000)
    assert truth.credit[0] == pytest.approx(truth.credit[1], rel=1e-6)
    assert truth.credit[0] > 10


def test_triggered_touches_follow_their_parents() -> None:
    spec = confounded()
    people = populate(spec, 20_000, np.random.default_rng(0))
    caused = people.parent == 0
    assert (people.channel[caused] == 5).all()
    display = (people.channel == 0).sum()
    assert caused.sum() / display == pytest.approx(0.25, abs=0.02)
    assert (people.parent[people.channel == 0] == SPONTANEOUS).all()


def test_more_channels_never_reduce_conversions_if_all_effects_are_positive() -> None:
    spec = confounded()
    rng = np.random.default_rng(0)
    model = ConversionModel(spec, adstocks(spec, populate(spec, 500, rng), rng))
    value = np.array([ever(model.probabilities(on)).sum() for on in coalitions(6)])
    number = np.arange(64)
    for i in range(6):
        without = number[(number >> i) & 1 == 0]
        assert (value[without | 1 << i] >= value[without]).all()


def test_shapley_values_of_a_small_game() -> None:
    # v: a alone 1, b alone 2, both 5: the synergy of 2 is split
    assert shapley_by_definition(np.array([0.0, 1.0, 2.0, 5.0])) == pytest.approx([2.0, 3.0])


def test_invalid_worlds_are_rejected() -> None:
    with pytest.raises(InputError, match="unknown world 'mars'"):
        simulate("mars", 0, 10)
    with pytest.raises(InputError, match="at least 1 customer"):
        simulate("confounded", 0, 0)
    with pytest.raises(InputError, match="must come after it"):
        replace(confounded(), channels=confounded().channels[::-1])
