"""Simulated budget worlds: determinism, files, and conversions as many as expected."""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.worlds.budget.catalogue import BUDGET_WORLDS
from attrigraph.worlds.data import DAY_MS, START_MS
from attrigraph.worlds.files import holds_world, read_truth, write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.worlds.budget.market import Market
    from attrigraph.worlds.data import World


@cache
def small(name: str) -> World:
    return simulate(name, 5, 1500)


def market_of(world: World) -> Market:
    assert world.market is not None
    return world.market


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_the_same_seed_gives_the_same_world(name: str) -> None:
    first, again = small(name), simulate(name, 5, 1500)
    for field in ("touch_customer", "touch_time", "channel", "cost", "conversion_time", "value"):
        assert (getattr(first, field) == getattr(again, field)).all()
    assert first.truth == again.truth
    assert simulate(name, 6, 300).value.sum() != pytest.approx(first.value.sum())


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_events_are_sorted_and_inside_the_window(name: str) -> None:
    world = small(name)
    for who, time in (
        (world.touch_customer, world.touch_time),
        (world.converter, world.conversion_time),
    ):
        assert (np.diff(who * 10**14 + time) >= 0).all()
        assert time.min() >= START_MS
        assert time.max() < world.end_ms


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_touches_and_conversions_are_as_many_as_expected(name: str) -> None:
    world = small(name)
    assert len(world.converter) == pytest.approx(
        world.truth.total, abs=4 * np.sqrt(world.truth.total)
    )
    rate = sum(
        campaign.rate for campaign in market_of(world).spec.campaigns if campaign.inventory is None
    )
    limited = np.array([c.inventory is not None for c in market_of(world).spec.campaigns])
    # frailty makes the number of touches vary more than a Poisson variable
    assert (~limited[world.campaign]).sum() == pytest.approx(1500 * 120 * rate, rel=0.08)


@pytest.mark.parametrize("name", BUDGET_WORLDS)
def test_touches_of_a_day_cost_what_was_spent_on_it(name: str) -> None:
    world = small(name)
    day = (world.touch_time - START_MS) // DAY_MS
    paid = np.zeros(market_of(world).spend.shape)
    np.add.at(paid, (world.campaign, day), world.cost)
    touched = paid > 0
    assert paid[touched] == pytest.approx(market_of(world).spend[touched])
    assert touched.mean() > 0.7


def test_present_spend_is_what_the_rates_cost() -> None:
    world = small("budget-season")
    expected = [c.rate * c.cost * 1500 * 120 for c in market_of(world).spec.campaigns]
    assert market_of(world).present == pytest.approx(expected)
    always_on = market_of(world).spend[1]
    assert np.ptp(always_on) == pytest.approx(0)


def test_files_are_read_by_the_loader_with_their_spend(tmp_path: Path) -> None:
    world = small("budget-saturating")
    written = write_world(world, tmp_path / "world")
    tables = [path for name, path in written.items() if name != "truth"]
    source = preset("events", "customers", "campaigns", "creatives", "audiences", "spend")
    with stage(tables, source, StagingOptions(keep_ids=True), folder=tmp_path / "st") as staged:
        assert staged.counts.rejected == 0
        spend = staged.references().spend
    assert spend.cost.sum() == pytest.approx(market_of(world).spend.sum(), rel=1e-3)
    assert {*spend.campaign.values()} == {c.name for c in market_of(world).spec.campaigns}
    assert read_truth(written["truth"]) == world.truth
    assert holds_world(tmp_path / "world", world.spec, 5, 1500)
    assert not holds_world(tmp_path / "world", world.spec, 6, 1500)


def test_another_world_takes_the_place_of_one_with_spend(tmp_path: Path) -> None:
    write_world(small("budget-reach"), tmp_path)
    write_world(simulate("retailer", 1, 50, measured_on=20), tmp_path)
    assert not (tmp_path / "spend.csv").exists()


def test_the_truth_has_the_response_of_each_campaign(tmp_path: Path) -> None:
    world = small("budget-synergy")
    stored = json.loads(write_world(world, tmp_path)["truth"].read_text())["budget"]
    assert stored["value"] == pytest.approx(market_of(world).spec.value * world.truth.total)
    assert stored["value_without_spend"] == pytest.approx(
        market_of(world).spec.value * world.truth.baseline
    )
    display = stored["campaigns"]["display"]
    assert display["values"][0] == 0
    assert display["values"][4] == pytest.approx(
        market_of(world).spec.value * world.truth.removal[0]
    )
    with (tmp_path / "spend.csv").open() as file:
        spent = [float(row["cost"]) for row in csv.DictReader(file) if row["channel"] == "display"]
    assert sum(spent) == pytest.approx(display["spend"], abs=0.01 * len(spent))
