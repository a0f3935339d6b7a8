"""``attrigraph budget history``: from days of conversions and spend to the file of a plan."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.staging.budget_file import read_budget_file
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Conversions alone, without touches, and spend; a campaign that has stopped."""
    folder = tmp_path_factory.mktemp("world")
    written = write_world(simulate("budget-season", 4, 800), folder)
    events = written["events"].read_text(encoding="utf-8").splitlines()
    bought = [line for line in events[1:] if ",conversion," in line]
    conversions, spend = folder / "conversions.csv", folder / "days.csv"
    conversions.write_text("\n".join([events[0], *bought, ""]), encoding="utf-8")
    days = written["spend"].read_text(encoding="utf-8")
    spend.write_text(f"{days}2024-03-02,social,social-test,9.5,EUR\n", encoding="utf-8")
    return [str(conversions), "--spend", str(spend), "--preset", "events"]


def run(*words: str) -> str:
    result = CliRunner().invoke(cli, ["budget", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def made(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """The curves as JSON, and the file of a plan."""
    out = tmp_path_factory.mktemp("plan") / "plan.toml"
    period = ["--from", "2024-07-01", "--to", "2024-07-31", "--budget", "300"]
    return json.loads(run("history", *sources, "--out", str(out), *period, "--json")), out


def test_every_campaign_with_spend_has_a_curve(made: tuple[Any, Path]) -> None:
    curves, _ = made
    assert (curves["by"], curves["currency"], curves["kind"]) == ("campaign", "EUR", "conversion")
    found = {curve["key"]: curve for curve in curves["curves"]}
    assert {*found} == {"social-sale", "social-always-on", "video", "search", "display"}
    for curve in found.values():
        assert curve["value_low"] < curve["value"] < curve["value_high"]
        assert curve["values"][curve["spends"].index(curve["spend"])] == curve["value"]
        assert curve["observed_spend"] >= curve["spend"]
    # 800 customers and 120 days at the rates and costs of the world
    assert found["video"]["spend"] == pytest.approx(0.02 * 0.07 * 800 * 120, rel=1e-3)


def test_steady_and_stopped_campaigns_are_named(made: tuple[Any, Path]) -> None:
    curves, _ = made
    reasons = {curve["key"]: curve["reasons"] for curve in curves["curves"]}
    assert reasons["social-always-on"] == ["steady-spend"]
    assert reasons["video"] == []
    assert curves["unplanned"] == [
        {"name": "social-test", "reason": "has no spend after the first 17 days"}
    ]


def test_the_file_is_read_as_a_request_of_the_period(made: tuple[Any, Path]) -> None:
    curves, out = made
    request = read_budget_file(out)
    assert request.budget == 300
    assert request.period == (date(2024, 7, 1), date(2024, 7, 31))
    days = (date.fromisoformat(curves["end"]) - date.fromisoformat(curves["start"])).days + 1
    spent = {curve["key"]: curve["spend"] for curve in curves["curves"]}
    for campaign in request.campaigns:
        assert campaign.old == pytest.approx(spent[campaign.id] * 31 / days)
    plan = json.loads(run("plan", str(out), "--json"))
    assert plan["spent"] == pytest.approx(300)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--budget", "5"], "--budget is for the file of --out; give --out with it"),
        (["--rates", "rates.csv"], "--rates needs --currency CODE"),
    ],
)
def test_options_without_effect_are_errors(
    sources: list[str], change: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run("history", *sources, *change)


def test_spend_is_needed(sources: list[str]) -> None:
    with pytest.raises(InputError, match="a history needs spend by day; add a table of spend"):
        run("history", sources[0], "--preset", "events")
