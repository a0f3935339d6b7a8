"""``attrigraph attribute --mmm-out``: lift rows of files, in the form of either mix model."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.domain.lift_rows import Z_90
from attrigraph.errors import InputError
from attrigraph.worlds.files import write_world
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 30


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    channels = tuple(
        ChannelSpec(name, 0.8, effect=0.6, cost=0.5) for name in ("tv", "radio", "email")
    )
    folder = tmp_path_factory.mktemp("world")
    write_world(simulate(WorldSpec("small", channels, base=-2.5), 41, 2000, measured_on=10), folder)
    return folder


@pytest.fixture(scope="module")
def free(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same events without any cost."""
    path = tmp_path_factory.mktemp("free") / "events.csv"
    with (world / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = [{**row, "cost": ""} for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(events: Path, world: Path, *more: object) -> Any:
    files = ("--input", events, "--customers", world / "customers.csv", "--preset", "events")
    models = () if "--models" in more else ("--models", "incremental")
    arguments = ["attribute", *files, *models, "--draws", 50, *more]
    return CliRunner().invoke(cli, [str(word) for word in arguments], catch_exceptions=False)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def costs_of(world: Path) -> dict[str, float]:
    costs: dict[str, float] = {}
    for row in read(world / "events.csv"):
        if row["channel"]:
            costs[row["channel"]] = costs.get(row["channel"], 0.0) + float(row["cost"])
    return costs


@pytest.mark.parametrize(("to", "name"), [("pymc", "channel"), ("meridian", "channel_name")])
def test_the_file_holds_the_credit_that_is_printed(
    to: str, name: str, world: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lift.csv"
    result = run(world / "events.csv", world, "--mmm-out", out, "--mmm-format", to, "--json")
    assert str(out) in result.stderr
    credits = json.loads(result.stdout)["models"]["incremental"]["credits"]
    exported = [credit for credit in credits if credit["identified"]]
    assert exported
    costs = costs_of(world)
    rows = read(out)
    assert [row[name] for row in rows] == [credit["key"] for credit in exported]
    for row, credit in zip(rows, exported, strict=True):
        spend = costs[credit["key"]]
        if to == "pymc":
            assert float(row["delta_x"]) == pytest.approx(spend * 7 / DAYS)
            assert float(row["delta_y"]) == pytest.approx(credit["conversions"] * 7 / DAYS)
            width = (credit["high"] - credit["low"]) * 7 / DAYS
            assert float(row["sigma"]) == pytest.approx(width / 2 / Z_90)
        else:
            assert float(row["total_spend"]) == pytest.approx(spend)
            assert float(row["point_estimate"]) == pytest.approx(credit["value"] / spend)
            width = (credit["value_high"] - credit["value_low"]) / spend
            assert float(row["standard_error"]) == pytest.approx(width / 2 / Z_90)
            assert row["experiment_start_date"] == "2024-03-01"
            assert row["experiment_end_date"] == "2024-03-30"


def test_without_any_spend_the_credit_is_printed_and_no_file_written(
    world: Path, free: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lift.csv"
    with pytest.raises(InputError, match="give touches a cost, or experiments a spend"):
        run(free, world, "--mmm-out", out, "--mmm-format", "pymc")
    assert not out.exists()


def test_spend_of_an_experiment_stands_in_for_costs(
    world: Path, free: Path, tmp_path: Path
) -> None:
    experiments, out = tmp_path / "experiments.csv", tmp_path / "lift.csv"
    experiments.write_text(
        "channel,lift,standard_error,start,end,spend\nradio,9,500,2024-03-11,2024-03-20,120\n",
        encoding="utf-8",
    )
    options = ("--experiments", experiments, "--mmm-out", out, "--mmm-format", "pymc")
    result = run(free, world, *options, "--mmm-period", 1)
    (row,) = read(out)
    assert row["channel"] == "radio"
    assert float(row["delta_x"]) == pytest.approx(12.0)
    assert "the spend on radio is that of its experiments, per day" in result.stderr
    assert "because the spend on them is unknown: " in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mmm-out", "x.csv"], "need each other"),
        (["--mmm-format", "pymc"], "need each other"),
        (["--mmm-period", "1"], "--mmm-period is for --mmm-format pymc"),
        (
            ["--mmm-out", "x", "--mmm-format", "meridian", "--mmm-period", "7"],
            "--mmm-period is for --mmm-format pymc",
        ),
        (["--mmm-out", "x", "--mmm-format", "pymc", "--by", "campaign"], "excludes --by campaign"),
        (["--mmm-out", "x", "--mmm-format", "pymc", "--models", "linear"], "--models has linear"),
        (
            ["--mmm-out", "x", "--mmm-format", "meridian", "--values", "--json"],
            "--values is for the table",
        ),
    ],
)
def test_options_without_effect_are_rejected_before_anything_runs(
    options: list[str], words: str, world: Path
) -> None:
    with pytest.raises(InputError, match=words):
        run(world / "events.csv", world, *options)
