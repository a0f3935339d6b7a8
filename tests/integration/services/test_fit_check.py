"""Fits against the weeks since: what holds, what has drifted, and what the job makes of it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from attrigraph.cli.main import cli
from attrigraph.domain import epoch_ms
from attrigraph.errors import InputError
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.windows import Window
from attrigraph.services.artefacts import list_artefacts
from attrigraph.services.fit import FitOptions, fit_models
from attrigraph.services.fit_check import check_fits
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset
from attrigraph.store.models import ModelArtifact
from emptied_graph import empty_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HEAD = "event_id,customer_id,timestamp,kind,channel,value\n"


def week(number: int, rate: float, channels: tuple[str, ...] = ("search", "mail")) -> list[str]:
    """200 customers with a touch each, some of whom order on the next day."""
    draw, rows = random.Random(number), []
    for person in range(200):
        name = f"w{number}p{person}"
        at = MONDAY + timedelta(weeks=number, hours=draw.randrange(100))
        rows.append(f"t{name},{name},{at:%Y-%m-%dT%H:00Z},click,{draw.choice(channels)},")
        if draw.random() < rate:
            at += timedelta(days=1)
            rows.append(f"o{name},{name},{at:%Y-%m-%dT%H:00Z},conversion:order,,10")
    return rows


@pytest.fixture(scope="module")
def shop(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Twelve weeks in which a quarter orders, and eight in which a tenth does."""
    empty_graph(stores)
    rows = [row for number in range(12) for row in week(number, 0.25)]
    rows += [row for number in range(12, 20) for row in week(number, 0.1, ("mail", "radio"))]
    rows.append(f"last,last,{MONDAY + timedelta(weeks=20, hours=-1):%Y-%m-%dT%H:00Z},click,mail,")
    file = tmp_path_factory.mktemp("shop") / "events.csv"
    file.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    options = LoadOptions(staging=StagingOptions(keep_ids=True))
    load([file], preset("events"), options, replace(stores, local=None))
    return stores


@pytest.fixture(autouse=True)
def no_fits(stores: Stores) -> Iterator[None]:
    yield
    with stores.engine.begin() as connection:
        connection.execute(delete(ModelArtifact))


def fitted(stores: Stores, weeks: tuple[int, int]) -> str:
    """Id of a fit to some weeks."""
    start, end = (epoch_ms(MONDAY + timedelta(weeks=number)) for number in weeks)
    (one,) = fit_models(stores, FitOptions(models=("markov-1",), start=start, end=end))
    return str(one.id)


def test_weeks_like_the_fitted_ones_and_others(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted(shop, (0, 12))
    (check,) = check_fits(shop)
    (drift,) = check.kinds.values()
    assert drift.weeks == 8
    assert drift.drifted == ("calibration", "coverage", "mix")
    assert drift.unknown_share == pytest.approx(0.5, abs=0.05)
    assert check.sentence().startswith("fit markov-1 version 1 again: ")
    (metrics,) = check.artefact.metrics["kinds"]
    assert metrics["weeks"] == 12
    assert metrics["deviation_among_weeks"] < 0.2

    monkeypatch.setenv("ATTRIGRAPH_HOME", str(shop.home))
    done = CliRunner().invoke(cli, ["fit", "check", "--strict", "--json"])
    assert done.exit_code == 7
    (shown,) = json.loads(done.stdout)["fits"]
    assert shown["drifted"]
    assert shown["kinds"][0]["ratio"] == pytest.approx(drift.ratio)
    table = CliRunner().invoke(cli, ["fit", "check"]).stdout
    assert check.sentence().split(":")[0] in table

    whole = fitted(shop, (0, 20))
    (new,) = check_fits(shop, [whole])
    assert not new.drifted
    assert "no whole week has passed" in new.sentence()
    with pytest.raises(InputError, match="no artefact 'x'"):
        check_fits(shop, ["x"])


def test_without_a_champion_there_is_nothing_to_check(shop: Stores) -> None:
    with pytest.raises(InputError, match="no model has a champion; `attrigraph fit train`"):
        check_fits(shop)


def run(stores: Stores, week_number: int, **options: Any) -> dict[str, Any]:
    """What the job gives for a week, which is the same the second time."""
    job = JOBS["fit"]
    start = MONDAY + timedelta(weeks=week_number)
    window = Window(start, start + timedelta(weeks=1))
    chosen = job.options.model_validate({"models": ["markov-1"], "days": 84, **options})
    first, second = (job.run(stores, window, chosen) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    return dict(first.summary)


def test_the_job_replaces_a_champion_that_has_drifted(shop: Stores) -> None:
    fitted(shop, (0, 8))
    kept = run(shop, 11)
    assert kept["checks"][0]["verdict"] == "markov-1 version 1 holds"
    assert kept["fits"][0]["champion"] is False
    assert run(shop, 19, promote="none")["fits"][0]["champion"] is False
    summary = run(shop, 19)
    assert summary["fits"][0]["champion"]
    assert len(summary["alerts"]) == 1
    versions = [(one.version, one.champion) for one in list_artefacts(shop.engine)]
    assert versions == [(1, False), (2, False), (3, True)]
    assert run(shop, 19)["alerts"] == []
