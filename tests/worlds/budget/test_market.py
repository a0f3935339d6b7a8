"""The value of plans in budget worlds: against naive simulation, by hand, and by laws."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.worlds.budget import market as market_module
from attrigraph.worlds.budget.calendar import daily_spend, demand
from attrigraph.worlds.budget.catalogue import BUDGET_WORLDS
from attrigraph.worlds.budget.market import Market, touches_bought
from attrigraph.worlds.budget.spec import (
    BudgetCampaign,
    BudgetChannel,
    BudgetSpec,
    ChannelSynergy,
)

SMALL = BudgetSpec(
    "small",
    "Two channels that share customers' intent, three campaigns, a synergy, three days.",
    (
        BudgetChannel(
            "social",
            (BudgetCampaign("a", 0.5, 2.0), BudgetCampaign("b", 0.3, 1.0, 0.4, inventory=0.5)),
            effect=0.8,
            half_life=1.5,
            saturation=1.4,
            intent=0.4,
        ),
        BudgetChannel("email", (BudgetCampaign("c", 0.6, 0.1),), 1.1, 0.7, 0.9, intent=-0.2),
    ),
    base=0.05,
    synergies=(ChannelSynergy(("social", "email"), 0.9),),
    days=3,
    season=0.2,
)


@cache
def market(name: str) -> Market:
    spec = BUDGET_WORLDS[name]()
    return Market(spec, 1000, daily_spend(spec, 1000, np.random.default_rng(3)))


def small(spec: BudgetSpec = SMALL) -> Market:
    return Market(spec, 1, np.array([[1.0, 0.2, 1.6], [0.5, 0.1, 0.3], [0.02, 0.08, 0.08]]))


def naive_conversions(world: Market, people: int, rng: np.random.Generator) -> np.ndarray:
    """Expected conversions of people who are drawn one after another, touch by touch."""
    spec = world.spec
    touches, by_day = touches_bought(spec, world.spend / world.customers), demand(spec)
    normal = np.clip(rng.standard_normal(2_000_000), -3, 3)
    found = np.zeros(people)
    for person in range(people):
        z = np.clip(rng.standard_normal(), -3, 3)
        channels = []
        for number, channel in enumerate(spec.channels):
            rate = rng.gamma(channel.frailty, 1 / channel.frailty) * np.exp(channel.intent * z)
            rate /= np.exp(channel.intent * normal[:20_000]).mean()
            channels.append(
                [
                    (day + rng.random(), spec.campaigns[i].weight)
                    for i in np.flatnonzero(np.array(spec.channel_of) == number)
                    for day in range(spec.days)
                    for _ in range(rng.poisson(rate * touches[i, day]))
                ]
            )
        for day in range(spec.days):
            moment = day + rng.random()
            exposures = []
            for channel, events in zip(spec.channels, channels, strict=True):
                level = sum(
                    weight * 2 ** (-(moment - time) / channel.half_life)
                    for time, weight in events
                    if time < moment
                )
                exposures.append(1 - np.exp(-channel.saturation * level))
            social, email = exposures
            lift = (1 + 0.8 * social) * (1 + 1.1 * email) + 0.9 * social * email
            hazard = spec.base * by_day[day] * np.exp(spec.intent_effect * z) * lift
            found[person] += hazard
    scaled: np.ndarray = found / np.exp(spec.intent_effect * normal).mean()
    return scaled


def test_expected_conversions_are_those_of_people_drawn_one_by_one() -> None:
    drawn = naive_conversions(small(), 6000, np.random.default_rng(1))
    standard_error = drawn.std() / np.sqrt(len(drawn))
    assert small().conversions(small().spend) == pytest.approx(
        drawn.mean(), abs=3.5 * standard_error
    )
    assert standard_error < 0.01 * drawn.mean()


def test_one_touching_day_by_hand() -> None:
    """Without decay, intent and frailty: the exposure is that of a Poisson number of touches."""
    spec = BudgetSpec(
        "hand",
        "One channel.",
        (BudgetChannel("x", (BudgetCampaign("x", 1.0, 1.0),), 0.5, 1e9, 2.0, frailty=1e9),),
        base=0.01,
        days=2,
        intent_effect=0.0,
        weekdays=(1.0,) * 7,
    )
    world = Market(spec, 1, np.array([[3.0, 0.0]]))
    # on the first day touches are those up to a uniform moment, on the second all three
    loss = 3 * (1 - np.exp(-2.0))
    expected = 0.01 * (1 + 0.5 * (1 - (1 - np.exp(-loss)) / loss))
    expected += 0.01 * (1 + 0.5 * (1 - np.exp(-loss)))
    assert world.conversions(world.spend) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_finer_quadratures_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = market(name).true_value(market(name).present)
    for nodes, number in (("N_INTENTS", 32), ("N_TIMES", 8), ("N_AGES", 24)):
        monkeypatch.setattr(market_module, nodes, number)
    fine = Market(market(name).spec, 1000, market(name).spend)
    assert fine.true_value(fine.present) == pytest.approx(coarse, rel=1e-6)


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_no_spend_on_a_channel_is_the_channel_switched_off(name: str) -> None:
    world = market(name)
    truth = world.truth()
    for number, channel in enumerate(world.spec.channels):
        others = np.array(world.spec.channel_of) != number
        lost = world.true_value(world.present) - world.true_value(world.present * others)
        assert lost == pytest.approx(world.spec.value * truth.removal[number], rel=1e-9), channel
    assert world.true_value(0 * world.present) == pytest.approx(world.spec.value * truth.baseline)
    assert sum(truth.credit) == pytest.approx(truth.total - truth.baseline, rel=1e-9)


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_curves_rise_and_bend_down(name: str) -> None:
    world = market(name)
    for campaign, spend in zip(world.spec.campaigns, world.present, strict=True):
        curve = np.append(0.0, world.curve(campaign.name, spend * np.linspace(0.25, 3, 12)))
        assert (np.diff(curve) > 0).all()
        assert (np.diff(curve, 2) < 1e-9 * curve[-1]).all()


def test_demand_without_marketing_is_the_base() -> None:
    world = market("budget-season")
    assert world.conversions(0 * world.spend) == pytest.approx(0.0012 * 120 * 1000, rel=1e-9)


def test_synergies_add_only_where_all_members_run() -> None:
    world = market("budget-synergy")
    alone = world.without_synergies
    pair_off = world.present * np.array([0, 1, 0, 1, 1, 1])
    assert world.true_value(pair_off) == pytest.approx(alone.true_value(pair_off), rel=1e-12)
    assert world.true_value(world.present) > 1.02 * alone.true_value(world.present)
    added = [world.synergy_value(number, world.present) for number in range(2)]
    # synergies are added to the lift
    assert alone.true_value(world.present) + sum(added) == pytest.approx(
        world.true_value(world.present)
    )


def test_a_plan_by_name_is_that_in_order() -> None:
    world = small()
    plan = {"c": 0.3, "a": 1.0, "b": 0.0}
    assert world.true_value(plan) == world.true_value(np.array([1.0, 0.0, 0.3]))
    assert world.incremental_value({"a": 0, "b": 0, "c": 0}) == 0


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"a": 1.0, "b": 1.0}, "a spend for each of the campaigns a, b, c, got a, b"),
        ({"a": 1.0, "b": 1.0, "d": 1.0}, "got a, b, d"),
        (np.array([1.0, -1.0, 0.0]), "3 spends of at least 0"),
        (np.array([1.0, np.nan, 0.0]), "3 spends of at least 0"),
        (np.array([1.0]), "3 spends of at least 0"),
    ],
)
def test_wrong_plans_are_named(plan: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        small().true_value(plan)


def test_an_unknown_campaign_is_named() -> None:
    with pytest.raises(InputError, match="unknown campaign 'd'; the campaigns are a, b, c"):
        small().curve("d", np.array([1.0]))


def test_names_must_be_distinct_and_synergies_known() -> None:
    channel = SMALL.channels[1]
    with pytest.raises(InputError, match="distinct names"):
        replace(SMALL, channels=(channel, replace(channel, name="other")), synergies=())
    with pytest.raises(InputError, match="two or more of the channels"):
        replace(SMALL, synergies=(ChannelSynergy(("social", "fax"), 1.0),))
