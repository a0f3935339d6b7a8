"""Worlds through their files: simulated, read as any user's, and compared with their truth."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from attrigraph.attribution.models import MODELS
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.services.evaluate import Evaluation, evaluate_world
from attrigraph.worlds.agents.catalogue import AGENT_WORLDS
from attrigraph.worlds.budget.catalogue import BUDGET_WORLDS
from attrigraph.worlds.catalogue import WORLDS, confounded
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("world")
    given = ["simulate", "--world", "confounded", "--seed", "3", "--customers", "6000"]
    result = CliRunner().invoke(cli, [*given, "--out", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def found(world: Path) -> Evaluation:
    return evaluate_world(world, model_options=ModelOptions(position_weights=(1.0, 2.0, 1.0)))


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)], catch_exceptions=False)


def test_the_incremental_model_is_nearer_to_the_truth_than_every_rule(found: Evaluation) -> None:
    error = {score.model: score.error for score in found.scores}
    own = error.pop("incremental")
    assert own < 0.5 * min(error.values())


def test_what_is_observed_is_what_the_files_hold(world: Path, found: Evaluation) -> None:
    truth = json.loads((world / "truth.json").read_text())
    for answer in found.answers:
        total = answer.baseline.conversions + sum(c.conversions for c in answer.credits)
        assert total == pytest.approx(truth["observed"]["conversions"], rel=1e-9)


def test_the_command_prints_json_and_draws_the_picture(world: Path, tmp_path: Path) -> None:
    picture = tmp_path / "page.html"
    result = CliRunner().invoke(
        cli, ["evaluate", str(world), "--json", "--picture", str(picture)], catch_exceptions=False
    )
    answer = json.loads(result.stdout)
    assert answer["models"]["incremental"]["incremental"] is True
    assert answer["models"]["linear"]["incremental"] is False
    assert "Credit compared with the truth" in picture.read_text(encoding="utf-8")


def test_every_default_model_runs_and_has_intervals(found: Evaluation) -> None:
    assert {score.model for score in found.scores} == {
        name for name, model in MODELS.items() if model.by_default
    }
    assert all(0 <= score.covered <= 1 for score in found.scores)


def test_models_asked_by_name_are_those_shown_in_tables_json_and_picture(
    world: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "page.html"
    asked = ("--models", "markov-auto, position-custom", "--position-weights", "1,0,0")
    shown = evaluate(world, *asked, "--picture", picture)
    beside, scored = shown.stdout.split("claims to be")
    for name in ("markov-auto", "position-custom"):
        assert name in beside
        assert name in scored
        assert name in picture.read_text(encoding="utf-8")
    assert "incremental " not in beside.replace("not incremental", "")
    models = json.loads(evaluate(world, *asked, "--json").stdout)["models"]
    assert list(models) == ["markov-auto", "position-custom"]
    first = json.loads(evaluate(world, "--models", "first", "--json").stdout)["models"]["first"]
    assert models["position-custom"]["credits"] == pytest.approx(first["credits"])
    assert models["position-custom"]["covered"] is not None


def test_without_draws_nothing_has_an_interval(world: Path) -> None:
    told = evaluate(world, "--models", "incremental,linear", "--draws", 0, "--json")
    for model in json.loads(told.stdout)["models"].values():
        assert model["intervals"] == {}
        assert model["covered"] is None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--models", "moon"], "no model is called 'moon'; known models are incremental, "),
        (["--models", ""], "no model; known models are incremental, attention, first"),
        (["--models", "position-custom"], "position-custom needs position_weights"),
        (
            ["--models", "linear", "--position-weights", "1,2,3"],
            "--position-weights is for position-custom, which is not among --models",
        ),
        (["--draws", "3"], "draws must be 0 for no intervals, or at least 20"),
    ],
)
def test_what_cannot_be_asked_is_said_as_attribute_says_it(
    world: Path, given: list[str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        evaluate(world, *given)
    with pytest.raises(InputError, match=sentence):
        CliRunner().invoke(
            cli,
            ["attribute", "--input", str(world / "events.csv"), "--preset", "events", *given],
            catch_exceptions=False,
        )


def test_events_outside_the_window_of_the_truth_are_refused_not_left_out(
    world: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(world, tmp_path / "world")
    events = folder / "events.csv"
    head, first, *others = events.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[head.split(",").index("timestamp")] = "1999-01-01T00:00:00Z"
    events.write_text("\n".join([head, ",".join(cells), *others]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"1 event of .*events\.csv outside the window"):
        evaluate_world(folder, ["linear"])


def test_a_folder_that_holds_no_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="truth"):
        evaluate_world(tmp_path)


def test_worlds_are_listed_with_a_line_each() -> None:
    result = CliRunner().invoke(cli, ["simulate", "--list"])
    assert result.exit_code == 0
    names = [line.split()[0] for line in result.output.splitlines()]
    assert names == [*WORLDS, *AGENT_WORLDS, *BUDGET_WORLDS, *FATIGUE_WORLDS]
    assert all(len(line.split(maxsplit=1)) == 2 for line in result.output.splitlines())


@pytest.mark.parametrize("name", ["touched-only", "dates-only"])
def test_worlds_without_customers_or_times_are_evaluated(name: str, tmp_path: Path) -> None:
    write_world(simulate(name, 3, 1500, measured_on=100), tmp_path)
    found = evaluate_world(tmp_path, ["linear"])
    stored = json.loads((tmp_path / "truth.json").read_text())
    [answer] = found.answers
    total = answer.baseline.conversions + sum(c.conversions for c in answer.credits)
    assert total == pytest.approx(stored["observed"]["conversions"], rel=1e-9)


def test_causal_models_are_judged_by_what_they_claim_to_identify(world: Path) -> None:
    given = (world, "--models", "incremental,linear")
    models = json.loads(evaluate(*given, "--json").stdout)["models"]
    channels = models["incremental"]["channels"]
    assert {channel["channel"] for channel in channels} == set(confounded().names)
    assert all(channel["identifiable"] for channel in channels)
    assert 0 <= models["incremental"]["false_reassurance"] <= 1
    assert "channels" not in models["linear"]
    shown = evaluate(*given).stdout
    assert "What incremental claims to identify" in shown
    assert "What linear claims" not in shown


def test_a_world_too_small_for_the_incremental_model_is_evaluated_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "attrigraph")
    write_world(simulate("confounded", 3, 100, measured_on=100), tmp_path)
    found = evaluate_world(tmp_path, model_options=ModelOptions(draws=0))
    assert "incremental" not in {answer.model for answer in found.answers}
    assert {answer.model for answer in found.answers} > {"linear", "markov-1"}
    [message] = caplog.messages
    assert message.startswith("skipping incremental: the incremental model needs at least")
