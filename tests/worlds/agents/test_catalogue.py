"""Laws of the worlds of agents: determinism, truth, and what each world says of itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.worlds.agents.catalogue import AGENT_WORLDS
from attrigraph.worlds.agents.people import ACCOMPANIED, CHUNK
from attrigraph.worlds.agents.spec import AgentChannel, Cycle
from attrigraph.worlds.agents.truth import agent_truth
from attrigraph.worlds.data import DAY_MS, START_MS
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from attrigraph.worlds.data import World

MINUTE_MS = 60_000


@cache
def small(name: str) -> World:
    return simulate(name, 5, 3000, measured_on=500)


def channel_of(world: World, name: str) -> int:
    return world.spec.names.index(name)


@pytest.mark.parametrize("name", AGENT_WORLDS)
def test_the_same_seed_gives_the_same_world(name: str) -> None:
    first, again = small(name), simulate(name, 5, 3000, measured_on=500)
    for field in ("touch_customer", "touch_time", "channel", "cost", "conversion_time", "value"):
        assert (getattr(first, field) == getattr(again, field)).all()
    assert first.truth == again.truth
    assert simulate(name, 6, 300, measured_on=50).value.sum() != pytest.approx(first.value.sum())


@pytest.mark.parametrize("name", AGENT_WORLDS)
def test_events_are_sorted_and_inside_the_window(name: str) -> None:
    world = small(name)
    for who, time in (
        (world.touch_customer, world.touch_time),
        (world.converter, world.conversion_time),
    ):
        assert (np.diff(who * 10**14 + time) >= 0).all()
        assert time.min() >= START_MS
        assert time.max() <= world.end_ms
        assert who.max() < len(world.customers)


@pytest.mark.parametrize("name", AGENT_WORLDS)
def test_shapley_values_add_up_to_what_all_channels_change(name: str) -> None:
    truth = small(name).truth
    assert sum(truth.credit) == pytest.approx(truth.total - truth.baseline, abs=1e-6)
    assert truth.identifiable is not None
    assert len(truth.identifiable) == len(truth.channels)


@pytest.mark.parametrize("name", AGENT_WORLDS)
def test_as_many_purchases_happen_as_are_expected(name: str) -> None:
    world = simulate(name, 5, 6000, measured_on=6000)
    if not world.spec.observation.touched_only:  # type: ignore[union-attr]
        assert len(world.converter) == pytest.approx(world.truth.total, rel=0.1)


@pytest.mark.parametrize("name", ["visits", "visits-apart", "placebo"])
def test_nothing_is_caused_in_worlds_without_effects(name: str) -> None:
    truth = small(name).truth
    assert truth.credit == (0.0,) * len(truth.channels)
    assert truth.value == (0.0,) * len(truth.channels)
    assert truth.baseline == truth.total > 0


def test_every_purchase_follows_a_visit_by_five_minutes() -> None:
    world = small("visits")
    visits = dict.fromkeys(zip(world.touch_customer, world.touch_time, strict=True))
    times = world.conversion_time - 5 * MINUTE_MS
    found = [
        (who, time + late) in visits
        for who, time in zip(world.converter, times, strict=True)
        for late in (-1, 0, 1)  # times are rounded down to milliseconds
    ]
    assert np.reshape(found, (-1, 3)).any(axis=1).all()
    apart = small("visits-apart")
    visits = dict.fromkeys(zip(apart.touch_customer, apart.touch_time // MINUTE_MS, strict=True))
    minutes = apart.conversion_time // MINUTE_MS - 5
    found = [(w, m) in visits for w, m in zip(apart.converter, minutes, strict=True)]
    assert np.mean(found) < 0.01


def test_the_labels_of_visits_before_purchases_have_their_chances() -> None:
    with_steps, apart = (simulate(n, 5, 10_000, measured_on=50) for n in ("visits", "visits-apart"))
    more = np.bincount(with_steps.channel) - np.bincount(apart.channel)
    assert more.sum() == len(with_steps.converter)
    chance = np.array([c.rate for c in AGENT_WORLDS["visits"]().channels])
    expected = chance / chance.sum() * more.sum()
    assert ((more - expected) ** 2 / expected).sum() < 18.5  # chi-squared, 4 degrees, 0.1 %


def test_brand_search_comes_minutes_before_half_of_the_purchases() -> None:
    world = small("navigation")
    brand = world.channel == channel_of(world, "brand search")
    who, time = world.touch_customer[brand], world.touch_time[brand]
    near = [
        ((who == buyer) & (time < at) & (at - time <= 30 * MINUTE_MS)).any()
        for buyer, at in zip(world.converter, world.conversion_time, strict=True)
    ]
    assert np.mean(near) == pytest.approx(0.5, abs=0.06)
    assert world.truth.credit[channel_of(world, "brand search")] == 0


def test_email_reaches_existing_customers_only_who_buy_more() -> None:
    world = small("hidden-eligibility")
    email = world.touch_customer[world.channel == channel_of(world, "email")]
    reached = np.isin(np.arange(3000), email)
    assert 0.25 < reached.mean() <= 0.33
    buys = np.isin(np.arange(3000), world.converter)
    assert buys[reached].mean() > 2 * buys[~reached].mean()
    assert "existing" not in world.customers.attributes


def test_repeated_purchases_are_due_after_the_cycle() -> None:
    world = small("repeat-cycle")
    same = np.diff(world.converter) == 0
    gap = np.diff(world.conversion_time)[same] / DAY_MS
    assert same.sum() > 100
    assert ((gap > 18) & (gap < 38)).mean() > 0.6
    plain = small("repeat")
    gap = np.diff(plain.conversion_time)[np.diff(plain.converter) == 0] / DAY_MS
    assert ((gap > 18) & (gap < 38)).mean() < 0.4


def test_video_is_worth_more_than_its_conversions_say() -> None:
    truth = small("segments").truth
    assert truth.value is not None
    worth = dict(zip(truth.channels, np.divide(truth.value, truth.credit), strict=True))
    assert worth["video"] > 3 * worth["paid social"]


def test_the_companion_runs_with_online_tv() -> None:
    world = small("collinear")
    tv, companion = (world.channel == channel_of(world, n) for n in ("online tv", "companion"))
    assert companion.sum() / tv.sum() == pytest.approx(ACCOMPANIED, abs=0.1)
    days = (world.touch_time[tv] - START_MS) // DAY_MS
    assert (days % 14 < 5).all()
    credit = dict(zip(world.truth.channels, world.truth.credit, strict=True))
    assert credit["online tv"] > 0 > credit["companion"]


def test_delayed_effects_are_small_in_the_first_weeks() -> None:
    spec = AGENT_WORLDS["delayed-b2b"]()
    window = {days: agent_truth(replace(spec, days=days), 1000, measured_on=500)
              for days in (20, 180)}  # fmt: skip
    share = {days: 1 - truth.baseline / truth.total for days, truth in window.items()}
    assert share[180] > 5 * share[20]


def test_people_without_a_touch_are_missing() -> None:
    world = small("touched-only")
    assert not world.customers.listed
    assert len(world.customers) < 0.8 * 3000
    assert (np.bincount(world.touch_customer, minlength=len(world.customers)) > 0).all()
    everybody = replace(AGENT_WORLDS["touched-only"](), observation=replace(
        AGENT_WORLDS["touched-only"]().observation, touched_only=False))  # fmt: skip
    truth, all_of_them = (
        agent_truth(spec, 1000, measured_on=1000)
        for spec in (AGENT_WORLDS["touched-only"](), everybody)
    )
    # nobody without a touch is moved by one: only the baseline is smaller
    assert truth.credit == pytest.approx(all_of_them.credit)
    assert truth.baseline < 0.9 * all_of_them.baseline


def test_ids_live_as_long_as_they_should() -> None:
    world, whole = small("churning-ids"), small("proportional")
    assert len(world.channel) == len(whole.channel)
    assert sorted(world.conversion_time) == sorted(whole.conversion_time)
    # 60 days of lives of 18 days on average: 1 + 60 / 18 ids a person, some never seen
    assert 1.5 * 3000 < len(world.customers) < (1 + 60 / 18) * 3000
    first, last = np.full((2, len(world.customers)), np.nan)
    for who, time in (
        (world.touch_customer, world.touch_time),
        (world.converter, world.conversion_time),
    ):
        np.fmin.at(first, who, time.astype(float))
        np.fmax.at(last, who, time.astype(float))
    assert np.nanmean(last - first) < 12 * DAY_MS


def test_page_views_are_counted_after_purchases() -> None:
    world = small("leaky-covariate")
    views = world.customers.attributes["page_views"]
    buys = np.isin(np.arange(3000), world.converter)
    assert views[buys].mean() > views[~buys].mean() + 4
    assert set(small("proportional").customers.attributes) == {"score", "segment", "device"}


def test_dates_are_the_start_of_a_touchs_day_and_the_end_of_a_purchases() -> None:
    world, whole = small("dates-only"), small("proportional")
    assert ((world.touch_time - START_MS) % DAY_MS == 0).all()
    assert ((world.conversion_time - START_MS + 1) % DAY_MS == 0).all()
    assert (world.conversion_time // DAY_MS == whole.conversion_time // DAY_MS).all()


def test_larger_worlds_begin_with_the_same_people() -> None:
    fewer, more = (simulate("placebo", 3, n, measured_on=50) for n in (CHUNK, CHUNK + 500))
    assert (more.touch_time[more.touch_customer < CHUNK] == fewer.touch_time).all()


def test_invalid_worlds_are_rejected() -> None:
    spec = AGENT_WORLDS["collinear"]()
    with pytest.raises(InputError, match="must come before it"):
        replace(spec, channels=spec.channels[::-1])
    with pytest.raises(InputError, match="distinct names"):
        replace(spec, channels=(AgentChannel("a", 1.0), AgentChannel("a", 1.0)))
    with pytest.raises(InputError, match="a cycle of purchases and no repeats"):
        replace(spec, cycle=Cycle(28, 5, 0.5, 10))
