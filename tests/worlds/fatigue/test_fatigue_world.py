"""Fatigue worlds: exposure, rates and days left against their definitions, and the files."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS, SPILL
from attrigraph.worlds.fatigue.simulation import FatigueWorld, simulate_fatigue
from attrigraph.worlds.fatigue.truth import true_days, true_log_ratio

if TYPE_CHECKING:
    from pathlib import Path

SMALL = replace(SPILL, campaigns=24)


@pytest.fixture(scope="module")
def world() -> FatigueWorld:
    return simulate_fatigue(SMALL, 1)


def test_exposure_is_own_and_that_of_similar_creatives(world: FatigueWorld) -> None:
    hooks = world.genomes.vectors["hook"]

    def own(unit: int, day: int) -> float:
        frequency = world.impressions[unit] / world.reach[world.audience[unit]]
        return float(sum(0.97 ** (day - past) * frequency[past] for past in range(day + 1)))

    rng = np.random.default_rng(0)
    spilled = 0
    for unit in rng.choice(len(world.launch), 12, replace=False).tolist():
        day = int(world.launch[unit]) + 12
        expected = own(unit, day)
        for other in np.flatnonzero(world.audience == world.audience[unit]).tolist():
            cosine = hooks[world.creative[unit]] @ hooks[world.creative[other]]
            similarity = min(max((cosine - 0.5) / 0.5, 0), 1)
            if other != unit and similarity:
                expected += 0.8 * similarity * own(other, day)
                spilled += 1
        assert world.exposure[unit, day] == pytest.approx(expected)
    assert spilled > 12


def test_days_left_are_those_of_the_rates(world: FatigueWorld) -> None:
    units = np.arange(len(world.launch))
    day = world.launch + 9
    days = true_days(world, units, day)
    ratio = np.exp(true_log_ratio(world, units, day))
    for unit in units.tolist():
        peak = max(world.own_rate[unit, world.launch[unit] : day[unit] + 1])
        rates = world.own_rate[unit, day[unit] : day[unit] + 31] / peak
        assert ratio[unit] == pytest.approx(rates)
        tired = np.flatnonzero(rates <= 0.5)
        low, high = (tired[0] - 1, tired[0]) if len(tired) else (30, 30)
        assert max(low, 0) <= days[unit] <= high
    assert 0.1 < (days == 30).mean() < 0.6
    with pytest.raises(InputError, match="from the launch of a unit to day 79"):
        true_days(world, units, day + 60)


def test_clicks_are_poisson(world: FatigueWorld) -> None:
    expected = (world.impressions * world.rate).sum()
    assert world.clicks.sum() == pytest.approx(expected, abs=5 * expected**0.5)
    assert (world.clicks <= world.impressions).all()
    assert (world.reached <= world.impressions).all()


@pytest.mark.parametrize("name", FATIGUE_WORLDS)
def test_each_world_has_tired_and_fresh_creatives(name: str) -> None:
    world = simulate_fatigue(replace(FATIGUE_WORLDS[name], campaigns=16), 2)
    again = simulate_fatigue(replace(FATIGUE_WORLDS[name], campaigns=16), 2)
    assert (world.clicks == again.clicks).all()
    days = true_days(world, np.arange(len(world.launch)), world.launch + 9)
    assert days.min() < 15
    assert days.max() > 15


def test_only_similar_creatives_differ_between_a_world_with_and_without_spill() -> None:
    alone = simulate_fatigue(replace(SMALL, spill=0.0), 1)
    together = simulate_fatigue(SMALL, 1)
    assert (alone.impressions == together.impressions).all()
    assert (alone.own_rate >= together.own_rate).all()
    assert (alone.own_rate > together.own_rate).any()


def test_the_command_writes_files_for_the_loader(tmp_path: Path) -> None:
    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["simulate", *arguments])

    folder = tmp_path / "world"
    given = "--world", "fatigue-spill", "--campaigns", "3", "--seed", "4", "--out", str(folder)
    assert command(*given).exit_code == 0
    world = simulate_fatigue(replace(SPILL, campaigns=3), 4)
    with (folder / "creative-days.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == (world.impressions > 0).sum()
    assert sum(int(row["clicks"]) for row in rows) == world.clicks.sum()
    assert min(row["date"] for row in rows) >= "2024-03-01"
    with (folder / "truth.csv").open() as file:
        rates = [float(row["rate"]) for row in csv.DictReader(file)]
    assert rates == pytest.approx(world.rate[world.rate > 0], rel=1e-8)
    told = command("--world", "fatigue-spill", "--customers", "9", "--out", str(folder))
    assert told.exit_code == 2
    assert "--customers has no effect on fatigue-spill; give --campaigns" in told.stderr
    told = command("--world", "retailer", "--campaigns", "9", "--out", str(folder))
    assert "--campaigns has no effect on retailer; give --customers" in told.stderr
    with pytest.raises(InputError, match="at least one campaign"):
        replace(SPILL, campaigns=0)
