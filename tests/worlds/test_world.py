"""Worlds: drawn as said, true to their own definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.worlds.catalogue import WORLDS, confounded, world_named
from attrigraph.worlds.effects import Played, coalitions, ever, strengths
from attrigraph.worlds.population import SPONTANEOUS, populate
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.truth import shapley_by_definition, truth_of
from attrigraph.worlds.world import START_MS, simulate


def test_the_same_seed_draws_the_same_world():
    first, second = (simulate("retailer", 3, 200, measured_on=50) for _ in range(2))
    assert (first.touch_time == second.touch_time).all()
    assert (first.value == second.value).all()
    assert first.truth == second.truth
    other = simulate("retailer", 4, 200, measured_on=50)
    assert len(other.touch_time) != len(first.touch_time)
    assert other.truth == first.truth


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_is_sorted_and_inside_its_window(name):
    world = simulate(name, 0, 300, measured_on=50)
    key = world.touch_customer * 10**14 + world.touch_time
    assert (np.diff(key) >= 0).all()
    for times in (world.touch_time, world.conversion_time):
        assert times.min() >= START_MS
        assert times.max() <= world.end_ms
    assert len(np.unique(world.converter)) == len(world.converter)


def test_all_conversions_come_at_the_end_or_on_many_days():
    end = simulate("confounded", 0, 2000, measured_on=50)
    assert set(end.conversion_time) == {end.end_ms}
    daily = simulate("any-day-confounded", 0, 2000, measured_on=50)
    assert len(np.unique((daily.conversion_time - START_MS) // 86_400_000)) > 40


def test_truth_adds_up_and_is_what_is_observed_on_average():
    world = simulate("confounded", 0, 40_000, measured_on=20_000)
    truth = world.truth
    assert sum(truth.credit) + truth.baseline == pytest.approx(truth.total, rel=1e-9)
    assert len(world.converter) == pytest.approx(truth.total, rel=0.05)


def test_the_main_world_is_like_the_published_one():
    truth = truth_of(confounded(), 60_000, measured_on=20_000)
    assert truth.baseline == pytest.approx(3493, rel=0.05)
    assert truth.total == pytest.approx(7662, rel=0.05)


def test_one_channel_alone_is_credited_with_what_its_removal_costs():
    spec = WorldSpec("one", (ChannelSpec("a", 1.0, effect=1.0),), base=-2.0)
    truth = truth_of(spec, 1000, measured_on=2000)
    assert truth.credit[0] == pytest.approx(truth.removal[0])
    assert truth.credit[0] > 20


def test_idle_channels_cause_nothing_and_harmful_ones_less_than_nothing():
    assert max(map(abs, truth_of(world_named("no-effect"), 100, measured_on=500).credit)) < 1e-9
    redundant = truth_of(world_named("redundant"), 1000, measured_on=2000)
    assert redundant.credit[redundant.channels.index("affiliate")] == pytest.approx(0, abs=1e-9)
    harmful = truth_of(world_named("harmful"), 1000, measured_on=2000)
    assert harmful.credit[harmful.channels.index("social")] < 0


def test_a_trigger_shares_the_credit_of_what_it_triggers():
    """Only the child works, and all its touches are triggered: both channels get half."""
    parent = ChannelSpec("parent", 2.0, triggers={"child": 1.0})
    child = ChannelSpec("child", 1e-9, effect=2.0)
    truth = truth_of(WorldSpec("pair", (parent, child), base=-2.0), 1000, measured_on=3000)
    assert truth.credit[0] == pytest.approx(truth.credit[1], rel=1e-6)
    assert truth.credit[0] > 10


def test_triggered_touches_follow_their_parents():
    spec = confounded()
    people = populate(spec, 20_000, np.random.default_rng(0))
    caused = people.parent == 0
    assert (people.channel[caused] == 5).all()
    display = (people.channel == 0).sum()
    assert caused.sum() / display == pytest.approx(0.25, abs=0.02)
    assert (people.parent[people.channel == 0] == SPONTANEOUS).all()


def test_more_channels_never_hurt_where_all_effects_are_positive():
    spec = confounded()
    rng = np.random.default_rng(0)
    played = Played(spec, strengths(spec, populate(spec, 500, rng), rng))
    value = np.array([ever(played.chances(on)).sum() for on in coalitions(6)])
    number = np.arange(64)
    for i in range(6):
        without = number[(number >> i) & 1 == 0]
        assert (value[without | 1 << i] >= value[without]).all()


def test_shapley_by_definition_of_a_game_by_hand():
    # v: a alone 1, b alone 2, both 5: synergy 2 is split.
    assert shapley_by_definition(np.array([0.0, 1.0, 2.0, 5.0])) == pytest.approx([2.0, 3.0])


def test_wrong_worlds_are_refused():
    with pytest.raises(InputError, match="unknown world 'mars'"):
        simulate("mars", 0, 10)
    with pytest.raises(InputError, match="at least 1 customer"):
        simulate("confounded", 0, 0)
    with pytest.raises(InputError, match="must stand after it"):
        replace(confounded(), channels=confounded().channels[::-1])
