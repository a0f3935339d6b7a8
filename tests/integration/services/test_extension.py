"""A run that is extended day by day ends as a run of all facts, to the last bit."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.graph.run_summary import read_attribution
from attrigraph.graph.runs import current_run, list_runs
from attrigraph.runs import extension
from attrigraph.runs.parameters import JOB
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.erasure import forget_customer
from attrigraph.services.fit import FitOptions, fit_models
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.stored_runs import pin_attribution_run
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.store.model_artifacts import FittedModel, save_model
from attrigraph.store.model_promotions import promote
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores

    Row = dict[str, Any]

FIELDS = (
    *("event_id", "customer_id", "user_id", "timestamp", "kind", "channel", "value", "order_id"),
    *("cost", "creative", "campaign"),
)
MODELS = ("linear", "time-decay", "last-non-direct", "position-u", "markov-1", "shapley-ordered")
OPTIONS = AttributionOptions(
    models=MODELS, model_options=ModelOptions(draws=20), segments="age", extend=True
)
FROZEN = replace(OPTIONS, models=("markov-1", "markov-2", "shapley-rate"), artefacts=("champion",))
CAUSAL = replace(FROZEN, models=("incremental", "markov-1"))
RESPONSE = {
    "keys": ["direct", "mail", "tv"],
    "rest": -4.0,
    "main": [0.3, 1.0, -0.2],
    "joint": [[0, 0.2, 0], [0, 0, 0.1], [0, 0, 0]],
    "half_life": [2.0, 3.0, 9.0],
    "saturation": [1.5, 1.0, 2.0],
    "remainder": [0, 0.1, -0.3],
    "marketing": [False, True, True],
    "at_purchase": [False] * 3,
    "part_captured": 0.7,
    "delayed": False,
    "reasons": [["tv", ["few"]]],
    "notes": [],
    "assumptions": [],
}
SCORES = """
MATCH (run:Run {id: $run})-[one:ASSIGNED|ASSIGNED_ON|ASSIGNED_IN]->(key)
RETURN type(one) AS type, coalesce(key.name, key.id) AS key, properties(one) AS properties
UNION ALL
MATCH (touch)-[one:CREDITED|KEPT_CREDIT]->(conversion) WHERE one.run = $run
RETURN 'credit' AS type, touch.id + ' ' + conversion.id AS key, properties(one) AS properties
"""


def given(stores: Stores, folder: Path, form: str, rows: Sequence[Row]) -> None:
    path = folder / f"{form}.csv"
    names = FIELDS if form == "events" else tuple(rows[0])
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)
    options = LoadOptions(staging=StagingOptions(keep_ids=True))
    load([path], preset(form), options, replace(stores, local=None))


def world(draw: random.Random, customers: int, days: int, late: int) -> list[tuple[int, Row]]:
    """Events, each with the day on which it is delivered, up to ``late`` days after its own."""
    rows = []
    for number in range(customers * 5):
        day, hour, minute = draw.randrange(days), draw.randrange(24), draw.randrange(60)
        converts = draw.random() < 0.25
        row: Row = {
            "event_id": f"e{number}",
            "customer_id": f"c{draw.randrange(customers)}",
            "timestamp": f"2026-03-{day + 1:02}T{hour:02}:{minute:02}:00Z",
            "kind": draw.choice(["conversion:order", "conversion:lead"]) if converts else "click",
        }
        touch = {"channel": draw.choice(["tv", "mail", "direct"]), "cost": draw.random()}
        served = [{}, {"creative": f"r{draw.randrange(4)}"}, {"campaign": "k1"}]
        row |= {"value": draw.random() * 90} if converts else touch | draw.choice(served)
        rows.append((day + draw.randrange(late + 1) * (draw.random() < 0.3), row))
    return rows


def corrections(draw: random.Random, rows: Sequence[Row]) -> list[Row]:
    """Refunds and cancellations of some conversions."""
    orders = [row["event_id"] for row in rows if row["kind"] == "conversion:order"]
    return [
        {
            "event_id": f"x{order}",
            "timestamp": "2026-04-01T10:00:00Z",
            "kind": draw.choice(["refund", "cancellation"]),
            "value": 3.3,
            "order_id": order,
        }
        for order in draw.sample(orders, min(2, len(orders)))
    ]


def fit_before(stores: Stores, models: Sequence[str]) -> None:
    """Fit models; of the incremental one, for which there are too few facts, store a fit."""
    fits = fit_models(stores, FitOptions(models=("markov-1", *models[1:]), promote=True))
    if "incremental" in models:
        kinds = [{"kind": kind, "response": RESPONSE} for kind in ("order", "lead")]
        content = json.dumps({"kinds": kinds}).encode()
        fitted = FittedModel("attribution/incremental", "", fits[0].settings, {}, content, "1")
        promote(stores.engine, fitted.model, save_model(stores.engine, fitted))


def scores(stores: Stores, run: Run) -> dict[str, Any]:
    """All that the graph has of a run, and its answers."""
    records, _, _ = stores.driver.execute_query(SCORES, {"run": run.id}, database_=DATABASE)
    found = {
        (one["type"], one["key"], repr(sorted((one["properties"] | {"run": ""}).items(), key=str)))
        for one in records
    }
    assert len(found) == len(records)
    answers = {
        level: replace(read_attribution(stores.driver, run, level), run="")
        for level in ("channel", "campaign", "creative")
    }
    return {"scores": found, "answers": answers, "summary": dict(run.summary)}


def all_runs(stores: Stores) -> dict[str | None, Run]:
    current = current_run(stores.driver, JOB)
    assert current is not None
    ids = {current.id, *(current.others or ())}
    return {run.kind: run for run in list_runs(stores.driver, JOB) if run.id in ids}


@cases(("days", "options"), [(6, OPTIONS), (6, FROZEN), (6, CAUSAL), (30, OPTIONS)], short=3)
def test_increments_end_as_a_run_of_everything(
    graph: Stores,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    options: AttributionOptions,
) -> None:
    monkeypatch.setattr(extension, "MAX_SHARE", 1)
    draw = random.Random(1)
    stores = replace(graph, home=tmp_path / "home")
    late = days * 2 // 3
    customers = 14 * days
    delivered = world(draw, customers, days, late)
    for day, row in delivered:
        if day > days and row.get("channel") == "mail":
            row["channel"] = "new"  # no fit knows it
    facts = [{"customer_id": f"c{i}", "age": i % 3} for i in range(customers)]
    links = [{"anonymous_id": "c3", "user_id": "c4"}, {"anonymous_id": "c5", "user_id": "u"}]
    tree = [{"creative_id": "r1", "campaign_id": "k7"}]
    given(stores, tmp_path, "customers", facts)
    versions: list[dict[str | None, int]] = []
    corrected: list[Row] = []
    for day in range(days + late + 1):
        today = [row for at, row in delivered if at == day]
        if not today:
            continue
        given(stores, tmp_path, "events", today)
        if day % 4 == 2:
            corrected += corrections(draw, today)
            given(stores, tmp_path, "events", corrected[-2:])
        if day == days - 1:
            given(stores, tmp_path, "identities", links)
        if day == days:
            given(stores, tmp_path, "creatives", tree)
            forget_customer(stores, "c17")
        if not versions and options.artefacts:
            fit_before(stores, options.models or ())
        attribute_graph(stores, options)
        versions.append({kind: run.version for kind, run in all_runs(stores).items()})
    extended = all_runs(stores)
    assert set(extended) == {"order", "lead"}
    assert max(one["order"] for one in versions) > days / 2, versions
    assert all(one["order"] == one["lead"] for one in versions)
    before = {kind: scores(stores, run) for kind, run in extended.items()}
    again = attribute_graph(stores, replace(options, extend=False))
    current = current_run(graph.driver, JOB)
    assert current is not None
    assert again.run == current.id, "a run of the same content is known"
    with graph.driver.session(database=DATABASE) as session:
        session.run("MATCH (n) WHERE n:Run OR n:Active DETACH DELETE n").consume()
        session.run("MATCH ()-[x:CREDITED|KEPT_CREDIT]->() DELETE x").consume()
    check_same(stores, options, before)

    with graph.driver.session(database=DATABASE) as session:
        session.run("MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n").consume()
    given(stores, tmp_path, "customers", facts)
    given(stores, tmp_path, "identities", links)
    given(stores, tmp_path, "creatives", tree)
    given(stores, tmp_path, "events", [*(row for _, row in delivered), *corrected])
    forget_customer(stores, "c17")
    check_same(stores, options, before)


def check_same(
    stores: Stores, options: AttributionOptions, before: dict[str | None, dict[str, Any]]
) -> None:
    """Check that a run of everything, without the cache, gives what there was before."""
    attribute_graph(stores, replace(options, extend=False, cache=False))
    for kind, run in all_runs(stores).items():
        now = scores(stores, run)
        assert now["scores"] == before[kind]["scores"], kind
        assert now["answers"] == before[kind]["answers"], kind
        assert now["summary"] == before[kind]["summary"], kind
        assert run.touch_model == ((options.models or ())[0] if options.artefacts else "linear")


@pytest.fixture
def loaded(graph: Stores, tmp_path: Path) -> tuple[Stores, list[Row]]:
    """A home with a run of half of the events, and the events of one more customer."""
    rows = [row for _, row in world(random.Random(2), customers=60, days=8, late=0)]
    later = [{**row, "customer_id": "c0", "event_id": f"l{n}"} for n, row in enumerate(rows[:9])]
    stores = replace(graph, home=tmp_path / "home")
    given(stores, tmp_path, "events", rows)
    attribute_graph(stores, replace(OPTIONS, segments=None))
    return stores, later


def test_unaffected_credit_is_not_written_again(
    loaded: tuple[Stores, list[Row]], tmp_path: Path
) -> None:
    stores, later = loaded
    statement = """
    MATCH (t)-[x:CREDITED|KEPT_CREDIT]->(v) RETURN elementId(x) AS id, v.customerId AS customer
    UNION ALL MATCH ()-[x:ASSIGNED_ON]->() RETURN elementId(x) AS id, 'a day' AS customer
    """

    def credit() -> dict[str, str]:
        records, _, _ = stores.driver.execute_query(statement, database_=DATABASE)
        return {record["id"]: record["customer"] for record in records}

    before = credit()
    given(stores, tmp_path, "events", later)
    attribute_graph(stores, replace(OPTIONS, segments=None))
    run = current_run(stores.driver, JOB)
    assert run is not None
    assert run.version == 2
    after = credit()
    gone = {customer for id_, customer in before.items() if id_ not in after}
    new = {customer for id_, customer in after.items() if id_ not in before}
    assert gone <= {"c0", "a day"}
    assert new == {"c0", "a day"}
    days = [id_ for id_, what in before.items() if what == "a day"]
    assert 0 < sum(id_ not in after for id_ in days) < len(days) / 2
    records, _, _ = stores.driver.execute_query(
        "MATCH (:Run {id: $run})-[x:EXTENDED_BY]->(l:Load) RETURN x.version AS v, l.number AS n",
        {"run": run.id},
        database_=DATABASE,
    )
    assert [(one["v"], one["n"]) for one in records] == [(2, 2)]


def rows_of_many() -> list[Row]:
    """Events of most customers."""
    return [row for _, row in world(random.Random(3), customers=60, days=8, late=0)]


def test_pinned_runs_and_other_questions_are_never_extended(
    loaded: tuple[Stores, list[Row]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stores, later = loaded
    caplog.set_level("INFO")
    options = replace(OPTIONS, segments=None)
    first = current_run(stores.driver, JOB)
    assert first is not None
    pin_attribution_run(stores, first.id, pinned=True)
    kept = scores(stores, first)["scores"]
    given(stores, tmp_path, "events", later[:5])
    attribute_graph(stores, options)
    assert "it is pinned" in caplog.text
    second = current_run(stores.driver, JOB)
    assert second is not None
    assert (second.id != first.id, second.version) == (True, 1)
    stored = {run.id: run for run in list_runs(stores.driver, JOB)}
    assert scores(stores, stored[first.id])["scores"] == kept
    given(stores, tmp_path, "events", later[5:])
    attribute_graph(stores, replace(options, models=("linear",)))
    assert "it has other options" in caplog.text
    many = [{**row, "event_id": f"m{n}"} for n, row in enumerate(rows_of_many())]
    given(stores, tmp_path, "events", many)
    attribute_graph(stores, replace(options, models=("linear",)))
    assert "more than 20% of the customers changed" in caplog.text


def test_a_run_of_the_old_facts_again_has_an_id_of_its_own(
    loaded: tuple[Stores, list[Row]], tmp_path: Path
) -> None:
    stores, later = loaded
    options = replace(OPTIONS, segments=None)
    first = current_run(stores.driver, JOB)
    new = [{**row, "customer_id": "new"} for row in later]
    given(stores, tmp_path, "events", new)
    attribute_graph(stores, options)
    forget_customer(stores, "new")
    attribute_graph(stores, replace(options, extend=False))
    second = current_run(stores.driver, JOB)
    assert first is not None
    assert second is not None
    assert second.fingerprint == first.fingerprint
    assert second.id != first.id
