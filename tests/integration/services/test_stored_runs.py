"""Stored runs: what is published, kept, named, pinned and deleted, in the real graph."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.subset import Condition
from attrigraph.cli.main import cli
from attrigraph.domain import Amount, Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.graph.explore import run_query
from attrigraph.graph.ingest import ingest_batch
from attrigraph.graph.runs import current_run
from attrigraph.report.page import render
from attrigraph.runs.parameters import JOB
from attrigraph.services import attribute_graph as service
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.compared_runs import compare_runs
from attrigraph.services.explain import explain_channels, explain_conversion
from attrigraph.services.report import build_report
from attrigraph.services.stored_runs import (
    attribution_runs,
    delete_attribution_run,
    name_attribution_run,
    pin_attribution_run,
    publish_attribution_run,
)
from attrigraph.settings import DATABASE
from command_shell import shell_to

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

JUNE_1 = datetime(2026, 6, 1, 10, tzinfo=UTC)
MAY_1 = JUNE_1 - timedelta(days=31)
DAY = timedelta(days=1)
SEARCH: dict[str, Any] = {"channel": "Search", "campaign": "k1", "creative": "r1"}
SOCIAL: dict[str, Any] = {"channel": "Social", "campaign": "k2", "creative": "r2"}
TOUCHES = (
    Touchpoint("t1", "ada", MAY_1, **SEARCH),
    Touchpoint("t2", "ada", JUNE_1, **SOCIAL),
    Touchpoint("t3", "ada", JUNE_1 + DAY, **SEARCH),
    Touchpoint("t4", "bob", JUNE_1 + 3 * DAY, **SOCIAL),
)
CONVERSIONS = (
    Conversion("v1", "ada", MAY_1 + DAY, 50.0, "purchase"),
    Conversion("v2", "ada", JUNE_1 + 2 * DAY, 100.0, "purchase"),
    Conversion("s1", "bob", JUNE_1 + 4 * DAY, 0.0, "signup"),
)
WHOLE = AttributionOptions(models=("linear", "first"), model_options=ModelOptions(draws=0))
JUNE = replace(WHOLE, journeys=JourneyOptions(window=(1_780_272_000_000, 1_782_864_000_000)))
PERIOD = {"from": "2026-05-01T00:00Z", "to": "2026-07-01T00:00Z"}
SIDE_BY_SIDE = {"level": "channel", "limit": 9}
CALLS: dict[str, dict[str, Any]] = {
    "credit_by_campaign": {"model": "linear"},
    "credit_by_channel": {"model": "linear"},
    "credit_by_creative_in_period": PERIOD | {"limit": 9},
    "credit_by_kind": {"model": "linear"},
    "credit_by_weekday": PERIOD,
    "journey_of_conversion": {"conversion": "v2", "lookbackDays": 30},
    "models_side_by_side": SIDE_BY_SIDE,
    "top_paths_of_run": {"limit": 9},
}
PARTS = {
    "window": JUNE,
    "kinds": replace(WHOLE, journeys=JourneyOptions(conversion_kinds=("signup",))),
    "only": replace(WHOLE, journeys=JourneyOptions(only=(Condition("channel", "Search"),))),
    "exclude": replace(WHOLE, journeys=JourneyOptions(exclude=(Condition("channel", "Search"),))),
}


@pytest.fixture
def events(graph: Stores) -> Stores:
    ingest_batch(graph.driver, events_from_objects(TOUCHES, CONVERSIONS))
    return graph


def attribute(stores: Stores, options: AttributionOptions = WHOLE) -> str:
    run = attribute_graph(stores, options).run
    assert run is not None
    return run


def published(stores: Stores) -> str | None:
    run = current_run(stores.driver, JOB)
    return None if run is None else run.id


@pytest.mark.parametrize("part", PARTS)
def test_a_run_on_a_part_is_kept_until_it_is_published(part: str, events: Stores) -> None:
    whole = attribute(events)
    kept = attribute(events, PARTS[part])
    assert published(events) == whole
    assert {run.id: run.current for run in attribution_runs(events)}[kept] is False
    assert attribute(events, PARTS[part]) == kept  # the stored run is kept, too
    assert published(events) == whole
    assert publish_attribution_run(events, kept).current
    assert published(events) == kept


@pytest.mark.parametrize("part", ["window", "only"])
def test_a_kept_run_is_explained_and_reported_as_if_it_were_published(
    part: str, events: Stores
) -> None:
    attribute(events)
    kept = attribute(events, replace(PARTS[part], name="june"))
    explained = explain_conversion(events, "v2", run_key="june")
    page = replace(build_report(events, run_key=kept), written=JUNE_1)
    assert explained.run == kept
    assert explained.to_json() != explain_conversion(events, "v2").to_json()
    publish_attribution_run(events, kept)
    assert explain_conversion(events, "v2").to_json() == explained.to_json()
    assert render(replace(build_report(events), written=JUNE_1)) == render(page)
    for read in (build_report, explain_channels):
        with pytest.raises(InputError, match="'july'"):
            read(events, run_key="july")


def everything_published(stores: Stores) -> str:
    """What readers see: every query about a run, the report, explanations."""
    rows = {name: run_query(stores.driver, name, given) for name, given in CALLS.items()}
    explained = [explain_conversion(stores, id_).to_json() for id_ in ("v1", "v2", "s1")]
    pictures = stores.driver.execute_query(
        "MATCH (t)-[c:CREDITED]->(v) RETURN t.id AS t, v.id AS v, properties(c) AS c ORDER BY t, v",
        database_=DATABASE,
    ).records
    page = replace(build_report(stores), written=JUNE_1)
    return repr((rows, explained, [dict(record) for record in pictures])) + render(page)


@pytest.mark.parametrize("part", [*PARTS, "another model"])
def test_an_exploration_changes_nothing_that_readers_see(part: str, events: Stores) -> None:
    whole = attribute(events)
    before = everything_published(events)
    options = {**PARTS, "another model": replace(WHOLE, models=("last",), publish=False)}[part]
    kept = attribute(events, options)
    assert kept != whole
    assert everything_published(events) == before
    rows = run_query(events.driver, "models_side_by_side", SIDE_BY_SIDE | {"run": kept})
    assert {row["run"] for row in rows} == {kept}
    assert everything_published(events) == before
    publish_attribution_run(events, kept)
    assert published(events) == kept
    publish_attribution_run(events, whole)
    assert everything_published(events) == before


def test_the_first_run_is_published_whatever_it_is_about(events: Stores) -> None:
    june = attribute(events, JUNE)
    assert published(events) == june


def test_options_decide_what_is_published(events: Stores) -> None:
    attribute(events)
    june = attribute(events, replace(JUNE, publish=True))
    assert published(events) == june
    kept = attribute(events, replace(WHOLE, models=("last",), publish=False))
    assert kept != june == published(events)


def test_publishing_a_kept_run_computes_nothing(
    events: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, june = attribute(events), attribute(events, JUNE)

    def compute(*arguments: Any) -> None:
        raise AssertionError("nothing must be computed")

    monkeypatch.setattr(service, "_compute", compute)
    publish_attribution_run(events, june)
    assert published(events) == june
    publish_attribution_run(events, whole)
    assert attribute(events) == whole == published(events)


def test_a_run_is_found_by_its_name(events: Stores) -> None:
    whole = attribute(events)
    june = attribute(events, replace(JUNE, name="june"))
    assert {run.id: run.name for run in attribution_runs(events) if run.name} == {june: "june"}
    assert publish_attribution_run(events, "june").id == june
    assert name_attribution_run(events, whole, "all of it").name == "all of it"
    assert name_attribution_run(events, "all of it", None).name is None
    with pytest.raises(InputError, match="no finished run with the id or name 'all of it'"):
        publish_attribution_run(events, "all of it")


def test_a_name_is_that_of_one_run(events: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = attribute(events, replace(WHOLE, name="weekly"))
    other = attribute(events, JUNE)
    with pytest.raises(InputError, match=f"the name 'weekly' is that of run {whole}; choose"):
        name_attribution_run(events, other, "weekly")

    def compute(*arguments: Any) -> None:
        raise AssertionError("a name is checked before anything is computed")

    monkeypatch.setattr(service, "_compute", compute)
    with pytest.raises(InputError, match=f"the name 'weekly' is that of run {whole}"):
        attribute(events, replace(WHOLE, models=("last",), name="weekly"))
    assert attribute(events, replace(WHOLE, name="weekly")) == whole


@pytest.mark.parametrize("name", ["", " june", "a\nb", "0" * 32, "x" * 101])
def test_texts_that_are_no_names_are_rejected(name: str, events: Stores) -> None:
    with pytest.raises(InputError, match="the name of a run must have 1 to 100"):
        AttributionOptions(name=name)
    with pytest.raises(InputError, match="the name of a run must have 1 to 100"):
        name_attribution_run(events, "any", name)


def test_pinned_runs_are_never_deleted_by_later_runs(events: Stores) -> None:
    one = replace(WHOLE, models=("linear",), keep=1)
    seeds = [replace(one, model_options=ModelOptions(draws=0, seed=seed)) for seed in range(4)]
    pinned = attribute(events, seeds[0])
    assert pin_attribution_run(events, pinned, pinned=True).pinned
    runs = [attribute(events, options) for options in seeds[1:]]
    of_purchases = [run.id for run in attribution_runs(events) if run.kind == "purchase"]
    assert of_purchases == [runs[2], runs[1], pinned]
    pin_attribution_run(events, pinned, pinned=False)
    attribute(events, replace(WHOLE, keep=1))
    assert pinned not in {run.id for run in attribution_runs(events)}


def test_explorations_delete_neither_the_published_run_nor_its_other_kinds(events: Stores) -> None:
    attribute(events)
    before = {(run.id, run.kind, run.current) for run in attribution_runs(events)}
    assert {kind for _, kind, _ in before} == {"purchase", "signup"}
    for seed in range(3):
        options = ModelOptions(draws=0, seed=seed)
        attribute(events, replace(WHOLE, model_options=options, keep=1, publish=False))
    after = {(run.id, run.kind, run.current) for run in attribution_runs(events)}
    assert before < after


def test_published_and_pinned_runs_are_not_deleted(events: Stores) -> None:
    whole, june = attribute(events), attribute(events, JUNE)
    with pytest.raises(InputError, match=f"run {whole} is published"):
        delete_attribution_run(events, whole)
    pin_attribution_run(events, june, pinned=True)
    with pytest.raises(InputError, match=f"run {june} is pinned"):
        delete_attribution_run(events, june)
    pin_attribution_run(events, june, pinned=False)
    assert delete_attribution_run(events, june).id == june
    assert june not in {run.id for run in attribution_runs(events)}


# June alone has v2 (100): linear halves it, and first gives it to Social; May has v1 (50, Search)
def test_runs_are_compared_by_the_models_that_both_have(events: Stores) -> None:
    whole = attribute(events)
    attribute(events, replace(JUNE, models=("first", "last"), name="june"))
    found = compare_runs(events, whole, "june")
    assert found.differences == ("models", "window")
    assert list(found.changes) == ["first"]
    assert [(one.key, one.before, one.after) for one in found.changes["first"]] == [
        ("Search", Amount(1.0, 50.0), Amount(0.0, 0.0)),
        ("Social", Amount(1.0, 100.0), Amount(1.0, 100.0)),
    ]
    assert found.baselines["first"].conversions == 0.0
    [back, _] = compare_runs(events, "june", whole).changes["first"]
    assert (back.conversions, back.value) == (1.0, 50.0)
    attribute(events, replace(WHOLE, models=("last",), publish=False, name="other"))
    with pytest.raises(InputError, match="have no model in common: last and linear, first"):
        compare_runs(events, "other", whole)


def test_the_command_compares_runs(events: Stores, settings: Settings) -> None:
    whole, june = attribute(events), attribute(events, JUNE)
    printed = json.loads(runs_command(settings, "compare", whole, june, "--json").stdout)
    assert (printed["before"]["id"], printed["after"]["id"]) == (whole, june)
    assert printed == {
        "before": printed["before"],
        "after": printed["after"],
        **compare_runs(events, whole, june).to_json(),
    }
    shown = runs_command(settings, "compare", whole, june, "--model", "first", "--by", "channel")
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["Search", "1.00", "0.00", "-1.00", "-50.00"] in lines
    assert "different in the two runs: window" in shown.stdout
    short = runs_command(settings, "compare", whole, june, "--top", "1")
    assert "1 smaller change not shown (--all)" in short.stdout
    with pytest.raises(InputError, match="model 'last' is not in both runs"):
        runs_command(settings, "compare", whole, june, "--model", "last")


def runs_command(settings: Settings, *words: str) -> Any:
    result = CliRunner(env=shell_to(settings).environment).invoke(
        cli, ["runs", *words], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result


def test_the_command_names_pins_publishes_and_deletes(events: Stores, settings: Settings) -> None:
    whole, june = attribute(events), attribute(events, JUNE)
    assert (
        runs_command(settings, "name", june, "june").stderr == f"run {june} has the name 'june'\n"
    )
    listed = json.loads(runs_command(settings, "list", "--json").stdout)["runs"]
    assert {(run["id"], run["name"], run["published"]) for run in listed} >= {
        (whole, None, True),
        (june, "june", False),
    }
    assert "june" in runs_command(settings, "list").stdout
    assert json.loads(runs_command(settings, "pin", "june", "--json").stdout)["pinned"]
    shown = json.loads(runs_command(settings, "show", "june", "--json").stdout)
    assert shown["observed"] == {"journeys": 2, "conversions": 1, "value": 100.0}
    assert shown["window"] == ["2026-06-01T00:00:00+00:00", "2026-07-01T00:00:00+00:00"]
    assert (
        "window: 2026-06-01T00:00Z..2026-07-01T00:00Z"
        in runs_command(settings, "show", "june").stdout
    )
    runs_command(settings, "publish", "june")
    assert published(events) == june
    runs_command(settings, "publish", whole)
    runs_command(settings, "pin", "june", "--off")
    assert (
        json.loads(runs_command(settings, "delete", "june", "--json").stdout)["deleted"]["id"]
        == june
    )
    assert june not in runs_command(settings, "list").stdout


def test_the_attribute_command_names_and_keeps(events: Stores, settings: Settings) -> None:
    whole = attribute(events)
    words = ["attribute", "--models=last", "--draws=0", "--no-publish", "--name", "trial", "--json"]
    result = CliRunner(env=shell_to(settings).environment).invoke(
        cli, words, catch_exceptions=False
    )
    run = json.loads(result.stdout)["run"]
    assert f"run {run} is kept and not published" in result.stderr
    assert published(events) == whole
    assert {one.name for one in attribution_runs(events) if one.id == run} == {"trial"}


def test_without_name_or_removal_the_command_is_an_error(
    events: Stores, settings: Settings
) -> None:
    for words in (["name", "x"], ["name", "x", "y", "--remove"]):
        with pytest.raises(InputError, match="give NAME, or --remove"):
            runs_command(settings, *words)
