"""Fatigue from files to scores on creatives: training, the job, and one creative at a time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.settings import DATABASE
from attrigraph.worlds.fatigue.catalogue import SPILL
from attrigraph.worlds.fatigue.files import write_fatigue_world
from attrigraph.worlds.fatigue.simulation import simulate_fatigue
from command_shell import shell_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

FEW = replace(SPILL, campaigns=4, creatives=3, days=60, first_days=5)
ENOUGH = replace(SPILL, campaigns=60, creatives=2, campaigns_per_audience=10, days=75, first_days=5)

SCORES = """
MATCH (creative:Creative) WHERE creative.fatigueRun IS NOT NULL
RETURN creative.id AS id, creative.fatigueRun AS run, creative.daysRemaining AS days,
  creative.decayCurve AS curve, creative.lossPerWeek AS loss, creative.fatigueReasons AS reasons
ORDER BY id
"""


@pytest.fixture
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in shell_to(settings).environment.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture(autouse=True)
def no_model(graph: Stores) -> Iterator[None]:
    """Leave no model to tests that come later."""
    yield
    with graph.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM model_artifact WHERE model = 'fatigue'")


def run(*words: str) -> str:
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: str) -> str:
    with pytest.raises(InputError) as caught:
        CliRunner().invoke(cli, words, catch_exceptions=False)
    return str(caught.value)


def load(folder: Path, spec: Any) -> None:
    paths = write_fatigue_world(simulate_fatigue(spec, 3), folder)
    for path in paths:
        if path.stem != "truth":
            run("load", str(path), "--preset", path.stem)
    run("embed", "--kind", "element")
    run("similar", "link")


def stored(stores: Stores) -> list[dict[str, Any]]:
    records, _, _ = stores.driver.execute_query(SCORES, database_=DATABASE)
    return [dict(record) for record in records]


@pytest.mark.usefixtures("shell")
def test_with_few_campaigns_nothing_is_calibrated_and_said_to_be(
    graph: Stores, tmp_path: Path
) -> None:
    load(tmp_path / "world", FEW)
    trained = json.loads(run("fatigue", "train", "--json"))
    assert (trained["method"], trained["campaigns"]) == ("shrunk exponential", 4)
    assert trained["calibration_campaigns"] == 0
    found = json.loads(run("fatigue", "predict", "--json"))
    assert all(one["reasons"][0] == "few-campaigns" for one in found["creatives"])
    assert not any(one["identified"] for one in found["creatives"])
    for one in found["creatives"]:
        assert (one["days_remaining"]["low"], one["days_remaining"]["high"]) == (0, 30)
        assert one["loss_per_week"]["low"] is None
        assert one["p_tired_7d"] is None
    assert {row["run"] for row in stored(graph)} == {found["run"]}


@pytest.mark.usefixtures("shell")
def test_scores_follow_from_one_curve_and_are_written_once(graph: Stores, tmp_path: Path) -> None:
    load(tmp_path / "world", ENOUGH)
    trained = json.loads(run("fatigue", "train", "--json"))
    assert trained["calibration_campaigns"] >= 10
    assert set(trained["errors"]) == {"graph network", "shrunk exponential", "exponential"}

    found = json.loads(run("fatigue", "predict", "--json"))
    losses = [one["loss_per_week"]["value"] for one in found["creatives"]]
    assert losses == sorted(losses, reverse=True)
    assert {one["loss_per_week"]["basis"] for one in found["creatives"]} == {"cost"}
    for one in found["creatives"]:
        curve = [1 - one["fatigue_score"], *one["decay_curve"]]
        assert curve == sorted(curve, reverse=True)
        days = one["days_remaining"]
        assert 0 <= days["low"] <= days["value"] <= days["high"] <= 30
        assert (days["value"] == 0) == (curve[0] <= 0.5)
        assert days["capped"] == (curve[-1] >= 0.5)
        assert one["confidence"] == pytest.approx(1 - (days["high"] - days["low"]) / 30)
    rows = {row["id"]: row for row in stored(graph)}
    assert set(rows) == {one["creative"] for one in found["creatives"]}
    for one in found["creatives"]:
        row = rows[one["creative"]]
        assert row["run"] == found["run"]
        assert row["curve"] == pytest.approx(one["decay_curve"])
        assert row["loss"] == pytest.approx(one["loss_per_week"]["value"])

    again = json.loads(run("fatigue", "predict", "--json"))
    assert again["run"] == found["run"]
    assert stored(graph) == [rows[name] for name in sorted(rows)]

    for one in found["creatives"][:2]:
        alone = json.loads(run("fatigue", "predict", one["creative"], "--json"))
        assert alone == {**one, "run": None}

    plan = tmp_path / "plan.csv"
    first = found["creatives"][0]
    plan.write_text(f"creative_id,impressions\n{first['creative']},0\n")
    words = ("fatigue", "predict", "--no-write", "--impressions", str(plan), "--json")
    planned = {one["creative"]: one for one in json.loads(run(*words))["creatives"]}
    assert planned[first["creative"]]["loss_per_week"]["value"] == 0
    assert sum(one["planned_impressions"] for one in planned[first["creative"]]["audiences"]) == 0
    plan.write_text("creative_id,impressions\nnobody,5\n")
    assert "no daily figures there: nobody" in refused(*words)

    priced = json.loads(run("fatigue", "predict", "--no-write", "--value-per-click", "2", "--json"))
    assert {one["loss_per_week"]["basis"] for one in priced["creatives"]} == {"value per click"}
    assert priced["run"] is None

    day = "2024-03-15"
    earlier = json.loads(run("fatigue", "predict", "--no-write", "--as-of", day, "--json"))
    assert earlier["as_of"] == day
    assert 0 < len(earlier["creatives"]) < len(found["creatives"])


@pytest.mark.usefixtures("shell")
def test_answers_from_memory_are_those_of_the_newest_figures_and_model(tmp_path: Path) -> None:
    paths = {path.stem: path for path in write_fatigue_world(simulate_fatigue(FEW, 3), tmp_path)}
    header, *lines = paths["creative-days"].read_text().splitlines()
    date = header.split(",").index("date")
    until = tmp_path / "until.csv"
    until.write_text("\n".join([header, *(x for x in lines if x.split(",")[date] < "2024-04-10")]))
    for path in (paths["campaigns"], paths["creatives"], paths["audiences"]):
        run("load", str(path), "--preset", path.stem)
    run("load", str(until), "--preset", "creative-days")
    run("fatigue", "train")
    with MarketingIntelligence.connect() as intelligence:
        first = intelligence.predict_creative_fatigue("creative-00001")
        assert first.as_of.isoformat() == "2024-04-09"
        assert intelligence.predict_creative_fatigue("creative-00001") == first
        run("load", str(paths["creative-days"]), "--preset", "creative-days")
        second = intelligence.predict_creative_fatigue("creative-00001")
        assert second.as_of > first.as_of
        run("fatigue", "train", "--method", "exponential")
        third = intelligence.predict_creative_fatigue("creative-00001")
        assert (second.method, third.method) == ("shrunk exponential", "exponential")
        early = intelligence.predict_creative_fatigue("creative-00001", as_of=first.as_of)
        assert early.as_of == first.as_of


@pytest.mark.usefixtures("shell")
def test_wrong_input_gets_one_sentence(graph: Stores, tmp_path: Path) -> None:
    assert "no daily figures" in refused("fatigue", "train")
    load(tmp_path / "world", FEW)
    with graph.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM model_artifact WHERE model = 'fatigue'")
    assert "run `attrigraph fatigue train` first" in refused("fatigue", "predict")
    run("fatigue", "train")
    assert "the graph has no creative 'nobody'" in refused("fatigue", "predict", "nobody")
    assert "needs 30 campaigns, got 4" in refused("fatigue", "train", "--method", "graph-network")
    assert "--as-of must be a day" in refused("fatigue", "predict", "--as-of", "May")
    with MarketingIntelligence.connect() as intelligence:
        answer = intelligence.predict_creative_fatigue("creative-00001")
        assert answer.creative == "creative-00001"
        with pytest.raises(InputError, match="the value of a click must be at least 0"):
            intelligence.predict_creative_fatigue("creative-00001", value_per_click=-1.0)
    pause = """
    MATCH (:Creative {id: 'creative-00001'})-[own:ON_DAY]->(day)
    WHERE day.date > date('2024-04-10') DETACH DELETE day
    """
    graph.driver.execute_query(pause, database_=DATABASE)
    graph.driver.execute_query(
        "MATCH (:Creative {id: 'creative-00001'})-[own:DELIVERED_TO]->() DELETE own",
        database_=DATABASE,
    )
    run("fatigue", "predict", "--no-write")
    assert "it was paused or replaced" in refused("fatigue", "predict", "creative-00001")
