"""Worlds through their files: simulated, read as any user's, and compared with their truth."""

import json

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.services.evaluate import evaluate_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    given = ["simulate", "--world", "confounded", "--seed", "3", "--customers", "6000"]
    result = CliRunner().invoke(cli, [*given, "--out", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


def test_the_incremental_model_is_nearer_to_the_truth_than_every_rule(world) -> None:
    found = evaluate_world(world)
    error = {score.model: score.error for score in found.scores}
    mine = error.pop("incremental")
    assert mine < 0.5 * min(error.values())


def test_what_is_observed_is_what_the_files_hold(world) -> None:
    told = json.loads((world / "truth.json").read_text())
    for answer in evaluate_world(world).answers:
        total = answer.organic.conversions + sum(c.conversions for c in answer.credits)
        assert total == pytest.approx(told["observed"]["conversions"], rel=1e-9)


def test_the_command_prints_json_and_draws_the_picture(world, tmp_path) -> None:
    picture = tmp_path / "page.html"
    result = CliRunner().invoke(
        cli, ["evaluate", str(world), "--json", "--picture", str(picture)], catch_exceptions=False
    )
    answer = json.loads(result.stdout)
    assert answer["models"]["incremental"]["incremental"] is True
    assert answer["models"]["linear"]["incremental"] is False
    assert "Credit beside truth" in picture.read_text(encoding="utf-8")


def test_a_folder_that_holds_no_world_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match="truth"):
        evaluate_world(tmp_path)


def test_worlds_are_listed() -> None:
    result = CliRunner().invoke(cli, ["simulate", "--list"])
    assert result.exit_code == 0
    assert "retailer" in result.output
