"""A randomised holdout in simulated data: its lift is true, and it corrects a wrong credit.

In this world retargeting follows people who are in the market and causes nothing, so its credit is
too high. Half of the people are held out from one channel by lot.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph.attribution.incremental.experiments.plan import Design
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.services.experiment import Holdout, plan_from_files, read_holdout
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.agents.moods import InMarket
from attrigraph.worlds.agents.spec import AgentChannel, AgentSpec
from attrigraph.worlds.agents.spec import Holdout as HeldOut
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.attribution.incremental.experiments.holdout import HoldoutLift
    from attrigraph.domain import Experiment

SPEC = AgentSpec(
    "chasing",
    "Retargeting follows people in the market and has no effect.",
    (
        AgentChannel("video", 0.05, 1.5, half_life=6, intent=0.1),
        AgentChannel("retargeting", 0.05, mood=2.5, memory=1.0, identifiable=False),
    ),
    base=0.0015,
    days=40,
    intent_effect=0.3,
    mood=InMarket(chance=0.008, days=7, effect=3.0),
)
CUSTOMERS = 4_000
SEEDS = range(20, 28)


def spec_with(channel: str) -> AgentSpec:
    return replace(SPEC, holdout=HeldOut(channel, 0.5))


@cache
def removal(channel: str) -> float:
    """Conversions that the channel causes in a world where half are held out from it."""
    truth = simulate(spec_with(channel), 0, CUSTOMERS, measured_on=20_000).truth
    return truth.removal[truth.channels.index(channel)]


def written(folder: Path, channel: str, seed: int, customers: int = CUSTOMERS) -> Path:
    world = simulate(spec_with(channel), seed, customers, measured_on=10)
    write_world(world, folder / "world")
    return folder / "world"


def read(world: Path, channel: str, **options: Any) -> tuple[Experiment, HoldoutLift]:
    return read_holdout(
        [world / "events.csv", world / "customers.csv"],
        preset("events", "customers"),
        Holdout("holdout", channel, **options),
        staging=StagingOptions(keep_ids=True),
        folder=world.parent,
    )


@pytest.mark.parametrize("channel", ["video", "retargeting"])
def test_intervals_of_lifts_hold_what_the_channel_causes(
    channel: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    errors = []
    for seed in SEEDS:
        experiment, lift = read(written(tmp_path_factory.mktemp("holdout"), channel, seed), channel)
        assert lift.ratio_p > 0.001
        errors.append((experiment.lift - removal(channel)) / experiment.standard_error)
    # of 8 intervals of 90 %, 5 or fewer hold the truth with a chance of 4 %; a lift scaled to
    # those held out as well would be 2 standard errors too high for video
    assert np.sum(np.abs(errors) < 1.645) >= 6
    assert abs(np.mean(errors)) < 3 / np.sqrt(len(errors))


def test_the_effect_is_found_where_there_is_one(tmp_path: Path) -> None:
    experiment, _ = read(written(tmp_path, "video", SEEDS[0]), "video")
    assert experiment.lift > 2 * experiment.standard_error
    assert removal("retargeting") == 0


def test_a_plan_states_the_error_of_the_experiment(tmp_path: Path) -> None:
    world = written(tmp_path, "video", SEEDS[0])
    _, lift = read(world, "video")
    planned = plan_from_files(
        [world / "events.csv", world / "customers.csv"],
        preset("events", "customers"),
        Design(days=SPEC.days, share=0.5),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path,
    )
    (video,) = [test for test in planned if test.channel == "video"]
    # the plan is for all customers, of whom half were held out; what comes after the dates of an
    # experiment is missing in it, so its error over the window is larger
    assert 1 < video.standard_error / (2 * lift.unadjusted_error) < 1.6


def test_people_who_are_missing_from_one_group_are_found(tmp_path: Path) -> None:
    world = written(tmp_path, "video", SEEDS[0])
    with (world / "customers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    held_out = [row for row in rows if row["holdout"] == "yes"]
    lost = {row["customer_id"] for row in held_out[:: len(held_out) // 250]}
    with (world / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row for row in rows if row["customer_id"] not in lost)
    with pytest.raises(InputError, match="customers are missing from one group"):
        read(world, "video")


def credit_of(world: Path, channel: str, *more: object) -> float:
    files = ("--input", world / "events.csv", "--customers", world / "customers.csv")
    options = ("--preset", "events", "--models", "incremental", "--draws", 100, "--json")
    arguments = ["attribute", *files, *options, *more]
    result = CliRunner().invoke(cli, [str(word) for word in arguments], catch_exceptions=False)
    lines = json.loads(result.stdout)["models"]["incremental"]["credits"]
    (line,) = [line for line in lines if line["key"] == channel]
    return float(line["conversions"])


def test_the_file_that_is_written_moves_a_wrong_credit_to_the_truth(tmp_path: Path) -> None:
    world, out = written(tmp_path, "retargeting", 3, 5_000), tmp_path / "experiments.csv"
    files = (world / "events.csv", "--customers", world / "customers.csv", "--preset", "events")
    options = ("--holdout", "holdout", "--channel", "retargeting", "--out", out)
    arguments = ["experiment", "read", *files, *options]
    result = CliRunner().invoke(cli, [str(word) for word in arguments], catch_exceptions=False)
    assert "were not held out" in " ".join(result.stdout.split())
    without = credit_of(world, "retargeting", "--no-experiments")
    # nothing is caused, so credit is error
    assert without > 20
    assert abs(credit_of(world, "retargeting", "--experiments", out)) < 0.75 * without
