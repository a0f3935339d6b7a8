"""A randomised holdout in simulated data: its lift is true, and it corrects a wrong credit.

In this world retargeting follows people who are in the market and causes nothing, so its credit is
too high. Half of the people are held out from one channel by lot.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph.attribution.incremental.experiments.plan import Design
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.cli.main import cli
from attrigraph.domain import Experiment
from attrigraph.errors import InputError
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
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
    # the plan is for all customers, of whom half were held out, and for all days of the data
    assert video.standard_error == pytest.approx(2 * lift.unadjusted_error, rel=0.1)


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


def agreement_with_spend(
    folder: Path, experiment: str, spend: str, *more: object
) -> tuple[dict[str, Any], list[str]]:
    """An experiment of the whole window beside the model, and the notes on its spend.

    Args:
        folder: of the files.
        experiment: spend and its currency.
        spend: rows of the table of spend after the day, each day the same.
        more: further options.
    """
    world = written(folder, "video", 5, 1_500)
    tests, table = folder / "experiments.csv", folder / "spend.csv"
    head = "channel,lift,standard_error,start,end,spend,currency"
    with (world / "events.csv").open(encoding="utf-8", newline="") as file:
        days = sorted({row["timestamp"][:10] for row in csv.DictReader(file)})
    tests.write_text(f"{head}\nvideo,50,10,{days[0]},{days[-1]},{experiment}\n", encoding="utf-8")
    rows = "".join(f"{day},{spend}\n" for day in days)
    table.write_text(f"date,platform,channel,cost,currency\n{rows}", encoding="utf-8")
    files = ("--input", world / "events.csv", "--customers", world / "customers.csv")
    options = ("--preset", "events", "--models", "incremental", "--draws", 20, "--json")
    arguments = ["attribute", *files, *options, "--experiments", tests, "--spend", table, *more]
    result = CliRunner().invoke(cli, [str(word) for word in arguments], catch_exceptions=False)
    answer = json.loads(result.stdout)["models"]["incremental"]
    (agreement,) = answer["agreement"]
    return agreement, [note for note in answer["notes"] if "by its spend" in note]


def test_an_experiment_is_widened_by_the_table_of_spend(tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,rate\nUSD,0.5\n", encoding="utf-8")
    days = SPEC.days
    # touches have costs of their own, of which the spend takes the place
    same, notes = agreement_with_spend(tmp_path, f"{30 * days},EUR", "x,video,30,EUR")
    assert (same["lift"], same["standard_error"]) == pytest.approx((50.0, 10.0))
    assert notes == []
    money = ("--currency", "EUR", "--rates", rates)
    # 60 USD are 30 EUR a day, a third of 90
    third, notes = agreement_with_spend(tmp_path, f"{60 * days},USD", "x,video,90,EUR", *money)
    assert third["standard_error"] == pytest.approx(10.0 * np.sqrt(3))
    assert notes == []


def test_spend_of_experiments_in_another_currency_needs_rates(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="costs of experiments are in EUR and USD"):
        agreement_with_spend(tmp_path, "900,USD", "x,video,90,EUR")


def test_costs_of_a_part_of_the_touches_widen_with_a_note(tmp_path: Path) -> None:
    world = written(tmp_path, "video", 5, 1_500)
    with (world / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    touches = [row for row in rows if row["channel"] == "video"]
    for number, row in enumerate(touches):
        row["cost"] = "" if number % 2 else "1"
    with (world / "events.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    priced, n_touches = (len(touches) + 1) // 2, len(touches)
    files = [world / "events.csv", world / "customers.csv"]
    days = sorted({row["timestamp"][:10] for row in rows})
    start, end = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    tested = Experiment(
        id="x",
        channel="video",
        lift=50.0,
        standard_error=10.0,
        start=start,
        end=end,
        spend=2.0 * n_touches,
    )
    answer = attribute_files(
        files,
        preset("events", "customers"),
        AttributionOptions(
            models=("incremental",), model_options=ModelOptions(draws=20), experiments=(tested,)
        ),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path,
    )
    incremental = answer.models["incremental"]
    (agreement,) = incremental.agreement
    # twice the usual spend, if the other half of the touches cost 1 as well
    assert agreement.standard_error == pytest.approx(10.0 * np.sqrt(2))
    (note,) = [note for note in incremental.notes if "by its spend" in note]
    assert f"all {n_touches:,} touches of video cost as much as the {priced:,} of" in note
