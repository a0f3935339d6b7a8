"""``attrigraph budget curves``: from files to curves, to the file of a plan, and to the plan."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.planning.measured_curves import MeasuredCurve
from attrigraph.planning.spend_curves import BudgetCurves, SpendCurve
from attrigraph.staging.budget_file import read_budget_file
from world_with_spend import DAYS, SPEND, write_world_with_spend

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.services.attribution_options import AttributionOptions

SPENT = {channel: DAYS * cost for channel, cost in SPEND.items()}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files as options name them."""
    events, customers, spend = write_world_with_spend(tmp_path_factory.mktemp("world"))
    files = ["--input", str(events), "--customers", str(customers), "--spend", str(spend)]
    return [*files, "--preset", "events", "--draws", "40"]


def run(*words: str) -> str:
    result = CliRunner().invoke(cli, ["budget", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def made(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """The curves as JSON, and the file of a plan."""
    out = tmp_path_factory.mktemp("plan") / "plan.toml"
    return json.loads(run("curves", *sources, "--out", str(out), "--json")), out


def test_curves_are_worth_what_attribution_credits(made: tuple[Any, Path], sources: Any) -> None:
    curves, _ = made
    words = ["attribute", *sources, "--models", "incremental", "--json"]
    answer = json.loads(CliRunner().invoke(cli, words, catch_exceptions=False).stdout)
    credits = {line["key"]: line for line in answer["models"]["incremental"]["credits"]}
    assert [curve["key"] for curve in curves["curves"]] == ["radio", "tv"]
    for curve in curves["curves"]:
        assert curve["spend"] == pytest.approx(SPENT[curve["key"]])
        assert curve["value"] == pytest.approx(credits[curve["key"]]["value"], rel=1e-9)
        assert curve["values"][curve["spends"].index(curve["spend"])] == curve["value"]
        assert curve["value_low"] < curve["value"] < curve["value_high"]
        assert 0 <= curve["saturation"] < 0.5
        assert curve["observed_spend"] >= curve["spend"]


def test_what_cannot_be_planned_is_listed_with_its_reason(made: tuple[Any, Path]) -> None:
    unplanned = {one["name"]: one["reason"] for one in made[0]["unplanned"]}
    assert unplanned == {
        "email": "costs nothing",
        "ooh": "has a spend of 50 and no touches in the period",
    }


def test_the_file_of_a_plan_is_for_as_many_days_with_the_spend_of_today(
    made: tuple[Any, Path],
) -> None:
    curves, out = made
    request = read_budget_file(out)
    assert request.budget == pytest.approx(sum(SPENT.values()))
    assert request.currency == "EUR"
    assert request.start is not None
    assert request.end is not None
    assert (request.end - request.start).days + 1 == DAYS
    assert str(request.start) > curves["end"]
    for campaign in request.campaigns:
        assert campaign.old == pytest.approx(SPENT[campaign.id])
        assert campaign.minimum == 0.0
        assert campaign.maximum == pytest.approx(3 * SPENT[campaign.id])
    assert "# not planned: email costs nothing" in out.read_text(encoding="utf-8")


def test_the_old_plan_of_the_file_brings_what_was_credited(made: tuple[Any, Path]) -> None:
    curves, out = made
    credited = sum(curve["value"] for curve in curves["curves"])
    plan = json.loads(run("plan", str(out), "--json"))
    # between the ends of 20 pieces curves are lines, which lie a little below them
    assert plan["old_value"]["value"] == pytest.approx(credited, rel=0.01)
    assert plan["value"]["value"] >= plan["old_value"]["value"] - 1e-9
    assert plan["value"]["low"] < plan["value"]["value"]


def test_channels_of_which_no_campaign_has_spend_are_no_plan(
    sources: list[str], tmp_path: Path
) -> None:
    period = ["--from", "2030-01-01", "--to", "2030-01-15", "--budget", "123"]
    with pytest.raises(InputError, match=r"no campaign can be planned: .*tv has a spend of 300"):
        run("curves", *sources, "--by", "campaign", "--out", str(tmp_path / "p.toml"), *period)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--models", "linear"], "--models has no effect on curves"),
        (["--robustness"], "--robustness has no effect on curves"),
        (["--steps", "3"], "--steps has no effect on curves"),
        (["--from", "2026-01-01"], "--from is for the file of --out; give --out with it"),
        (["--budget", "3"], "--budget is for the file of --out"),
    ],
)
def test_options_without_effect_are_refused(
    sources: list[str], more: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run("curves", *sources, *more)


@pytest.mark.parametrize("command", ["curves", "history"])
@pytest.mark.parametrize("budget", ["nan", "-5", "inf"])
def test_the_budget_of_a_file_is_an_amount(tmp_path: Path, command: str, budget: str) -> None:
    out = tmp_path / "plan.toml"
    words = ["budget", command, "--out", str(out), "--budget", budget]
    failed = CliRunner().invoke(cli, words)
    assert failed.exit_code == 2
    assert f"it must be a number of at least 0, got {budget}" in failed.stderr
    assert not out.exists()


def test_curves_need_draws(sources: list[str]) -> None:
    with pytest.raises(InputError, match="curves need draws of the credits; give --draws a number"):
        run("curves", *sources[:-1], "0")


def test_options_of_files_need_files() -> None:
    with pytest.raises(InputError, match="--preset is for files; name them with --input"):
        run("curves", "--preset", "events")


def test_a_plan_of_the_graph_is_for_its_period_and_season(monkeypatch: pytest.MonkeyPatch) -> None:
    multiples = np.array([0.0, 0.5, 1.0, 2.0])
    shape = np.array([0.0, 0.6, 1.0, 1.5])

    def curve(name: str, spend: float, value: float) -> SpendCurve:
        draws = value * np.linspace(0.5, 1.5, 21)[:, None] * shape
        measured = MeasuredCurve(name, spend, multiples, value * shape, draws, 1.5, identified=True)
        return SpendCurve(measured, name, 1.0, ())

    found = BudgetCurves(
        by="campaign",
        curves=(curve("a", 310.0, 900.0), curve("b", 310.0, 300.0)),
        synergies=(),
        unplanned=(),
        currency="EUR",
        start=date(2026, 1, 1),
        end=date(2026, 1, 31),
        kind=None,
        notes=(),
    )
    asked: list[Any] = []

    def planned_curves(
        home: Path | None, options: AttributionOptions, by: str, *, borrow: bool
    ) -> BudgetCurves:
        assert not borrow
        asked.append((options.journeys.conversion_kinds, options.experiments, by))
        return found

    monkeypatch.setattr("attrigraph.cli.budget._planned_curves", planned_curves)
    period = ["--from", "2026-03-01", "--to", "2026-03-10"]
    source = ["--from-graph", "--by", "campaign", "--conversion-kinds", "order", "--no-experiments"]
    plan = json.loads(run("plan", *source, *period, "--json"))
    assert asked == [(("order",), (), "campaign")]
    assert (plan["start"], plan["end"]) == ("2026-03-01", "2026-03-10")
    assert plan["budget"] == pytest.approx(200.0)  # 620 in 31 days
    assert [row["old"] for row in plan["allocations"]] == pytest.approx([100.0, 100.0])
    assert plan["old_value"]["value"] == pytest.approx(1_200 * 10 / 31)
    assert plan["allocations"][0]["spend"] > 150.0
    assert plan["extrapolated"] == {"a": pytest.approx(150.0)}

    more = ["--season", "2", "--budget", "200"]
    doubled = json.loads(run("plan", *source, *period, *more, "--json"))
    assert doubled["value"]["value"] == pytest.approx(2 * plan["value"]["value"])


def test_a_plan_has_one_source(made: tuple[Any, Path]) -> None:
    _, out = made
    for words in ([], [str(out), "--from-graph"]):
        with pytest.raises(InputError, match="a plan needs a FILE or --from-graph, and not both"):
            run("plan", *words)
    with pytest.raises(InputError, match="--by is for --from-graph; a FILE has its own"):
        run("plan", str(out), "--by", "campaign")
    with pytest.raises(InputError, match="name it with --from and --to"):
        run("plan", "--from-graph", "--from", "2026-01-01")
