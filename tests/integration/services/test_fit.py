"""Fits of attribution models: stored once, promoted and rolled back, applied by their id."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.graph.runs import list_runs
from attrigraph.runs.parameters import JOB, RunParameters
from attrigraph.services.artefacts import (
    list_artefacts,
    promote_artefact,
    roll_back_artefact,
)
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.fit import FitOptions, fit_models
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset
from attrigraph.store.model_promotions import champion_of
from attrigraph.store.models import ModelArtifact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.stores import Stores

HEAD = "event_id,customer_id,timestamp,kind,channel,value\n"
DAY = 86_400_000
MARCH = 1_772_323_200_000
"""2026-03-01, epoch milliseconds."""
APPLIED = AttributionOptions(model_options=ModelOptions(draws=0), artefacts=("champion",))


def given(stores: Stores, folder: Path, rows: list[str]) -> None:
    file = folder / f"{uuid4().hex}.csv"
    file.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    options = LoadOptions(staging=StagingOptions(keep_ids=True))
    load([file], preset("events"), options, replace(stores, local=None))


def journey(name: str, day: int, channels: str, *, converts: bool) -> list[str]:
    """A customer with a touch of each channel, and perhaps an order the day after."""
    rows = [
        f"{name}-{hour},{name},2026-03-{day:02}T{hour:02}:00:00Z,click,{channel},"
        for hour, channel in enumerate(channels.split())
    ]
    end = f"{name}-c,{name},2026-03-{day:02}T23:00:00Z,conversion:order,,10"
    return [*rows, *([end] if converts else [])]


@pytest.fixture
def stores(graph: Stores, tmp_path: Path) -> Iterator[Stores]:
    """The journeys of `test_frozen`: a 2 of 4, b 1 of 4, a b 3 of 4, c 0 of 4."""
    with graph.engine.begin() as connection:
        connection.execute(delete(ModelArtifact))
    rows = []
    for channels, orders in (("a", 2), ("b", 1), ("a b", 3), ("c", 0)):
        for number in range(4):
            name = f"{channels.replace(' ', '')}{number}"
            rows += journey(name, 1 + number, channels, converts=number < orders)
    home = replace(graph, home=tmp_path / "home")
    given(home, tmp_path, rows)
    yield home
    with graph.engine.begin() as connection:
        connection.execute(delete(ModelArtifact))


def test_a_fit_is_stored_once_and_the_first_is_the_champion(stores: Stores) -> None:
    first = fit_models(stores)
    assert [(one.model, one.version, one.champion) for one in first] == [
        ("markov-1", 1, True),
        ("shapley-rate", 1, True),
    ]
    assert first[0].metrics["kinds"][0]["conversions"] == 6
    assert first[0].metrics["kinds"][0]["channels"] == ["a", "b", "c"]
    assert fit_models(stores) == first
    options = FitOptions(models=("markov-1",), start=MARCH, end=MARCH + 3 * DAY)
    (challenger,) = fit_models(stores, options)
    assert (challenger.version, challenger.champion) == (2, False)
    assert challenger.settings["period"] == [MARCH, MARCH + 3 * DAY]
    assert challenger.fingerprint != first[0].fingerprint
    (promoted,) = fit_models(stores, replace(options, promote=True))
    assert (promoted.id, promoted.champion) == (challenger.id, True)


def test_promotion_and_rollback_are_idempotent(stores: Stores) -> None:
    (first,) = fit_models(stores, FitOptions(models=("markov-1",)))
    (second,) = fit_models(stores, FitOptions(models=("markov-1",), end=MARCH + 3 * DAY))
    (third,) = fit_models(stores, FitOptions(models=("markov-1",), end=MARCH + 2 * DAY))
    for one in (second, second):
        assert promote_artefact(stores.engine, str(one.id)).champion
    for _ in range(2):
        assert roll_back_artefact(stores.engine, str(second.id)).id == first.id
    assert champion_of(stores.engine, "attribution/markov-1") == first.id
    for key, why in (
        (str(first.id), "is the first champion of markov-1, so there is none before it"),
        (str(third.id), "never was the champion"),
        ("x", "there is no artefact 'x'; `attrigraph fit list` lists them"),
    ):
        with pytest.raises(InputError, match=why):
            roll_back_artefact(stores.engine, key)
    with pytest.raises(InputError, match="there is no artefact 'x'"):
        promote_artefact(stores.engine, "x")


def test_conversions_are_credited_by_the_frozen_parameters(stores: Stores, tmp_path: Path) -> None:
    fits = {one.model: one for one in fit_models(stores)}
    before = attribute_graph(stores, APPLIED)
    for number in range(3):
        rows = journey(f"late{number}", 9, "new a b", converts=True)
        given(stores, tmp_path, [*rows, *journey(f"only{number}", 9, "new", converts=True)])
    after = attribute_graph(stores, APPLIED)
    assert not {"markov-2", "incremental"} & set(after.models)
    # by hand, in test_frozen: removal effects of a and b are equal; a has 3/4 in the rate game
    expected = {"markov-1": 3 * 1 / 2, "shapley-rate": 3 * 3 / 4}
    for name, more in expected.items():
        credit = {line.key: line.conversions for line in after.models[name].credits}
        earlier = {line.key: line.conversions for line in before.models[name].credits}
        assert credit["a"] - earlier["a"] == pytest.approx(more)
        assert credit["new"] == 0
        assert after.models[name].baseline.conversions == 3
        notes = " ".join(after.models[name].notes)
        assert str(fits[name].id) in notes
        assert "their touches have no credit: 'new'" in notes
    runs = {run.id: run for run in list_runs(stores.driver, JOB)}
    stored = RunParameters.from_json(runs[after.run or ""].parameters)
    assert stored.artefacts == {name: str(one.id) for name, one in fits.items()}
    assert runs[after.run or ""].touch_model == "markov-1"


def test_another_fit_is_another_run(stores: Stores) -> None:
    (first,) = fit_models(stores, FitOptions(models=("markov-1",)))
    (second,) = fit_models(stores, FitOptions(models=("markov-1",), end=MARCH + 3 * DAY))
    runs = [
        attribute_graph(stores, replace(APPLIED, artefacts=(key,))).run
        for key in ("champion", str(first.id), str(second.id))
    ]
    assert runs[0] == runs[1] != runs[2]


def test_what_cannot_be_fitted_or_applied_is_refused_in_a_sentence(stores: Stores) -> None:
    def refused(options: Any, why: str) -> None:
        call: Any = fit_models if isinstance(options, FitOptions) else attribute_graph
        with pytest.raises(InputError, match=why):
            call(stores, options)

    refused(APPLIED, "there is no champion yet; `attrigraph fit train` makes one")
    refused(FitOptions(models=("linear",)), "linear has no parameters")
    refused(FitOptions(start=MARCH + 90 * DAY), "2026-05-30T00:00:00Z to .* is no period")
    far = FitOptions(start=MARCH + 90 * DAY, end=MARCH + 91 * DAY)
    refused(far, "there is no conversion from 2026-05-30T00:00:00Z to 2026-05-31T00:00:00Z")
    (one,) = fit_models(stores, FitOptions(models=("markov-1",)))
    refused(replace(APPLIED, artefacts=("7",)), "there is no artefact '7'")
    refused(replace(APPLIED, models=("linear",), artefacts=(str(one.id),)), "is not among --models")
    refused(replace(APPLIED, models=("linear",)), "there is no champion of linear yet")
    refused(replace(APPLIED, touch_model="markov-2"), "markov-2 gives no credit to single touches")
    week = replace(APPLIED, journeys=JourneyOptions(lookback_days=7))
    refused(week, "was fitted with lookback_days 30.0, and this run has 7; give the same")
    refused(
        replace(APPLIED, sum_kinds=True, journeys=JourneyOptions(conversion_kinds=("order", "x"))),
        "has no parameters for conversions of all kinds together, but of 'order'",
    )


def test_the_commands_print_fits_and_the_champion(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    from attrigraph import bootstrap

    monkeypatch.setattr(bootstrap, "open_stores", lambda settings: nullcontext(stores))
    monkeypatch.setattr(bootstrap, "open_postgres", lambda settings: nullcontext(stores.engine))

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(cli, ["fit", *arguments], catch_exceptions=False)
        assert done.exit_code == 0
        return json.loads(done.stdout) if "--json" in arguments else done.output

    assert "no fits; `attrigraph fit train` makes one" in run("list")
    (first,) = run("train", "--models", "markov-1", "--json")["artefacts"]
    later = ("train", "--models", "markov-1", "--from", "2026-03-01", "--to", "2026-03-04")
    (second,) = run(*later, "--promote", "--json")["artefacts"]
    assert run("list", "--json")["artefacts"] == [{**first, "champion": False}, second]
    assert run("rollback", second["id"], "--json") == first
    assert f"artefact {second['id']} is the champion of markov-1" in run("promote", second["id"])
    table = run("list")
    assert "challenger" in table
    assert "2026-03-04 00:00" in table
    assert len(list_artefacts(stores.engine)) == 2
