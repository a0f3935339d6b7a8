"""Attribution through the real graph: the same credits as from files, written once, in whole."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph import samples
from attrigraph.attribution.credit import conservation
from attrigraph.attribution.models import Incremental
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import MODELS
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.cli.main import cli
from attrigraph.domain import FailedModel
from attrigraph.domain.credit import INTERVALS
from attrigraph.domain.returns import RETURN_FIELDS
from attrigraph.errors import (
    ConservationError,
    ConvergenceError,
    InputError,
    NeedsTimesError,
    StoreError,
)
from attrigraph.graph.runs import acquire_job_lock, list_runs
from attrigraph.runs.parameters import JOB
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.store.job_runs import read_runs
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attrigraph.attribution.data import Data
    from attrigraph.attribution.models import FittedModel
    from attrigraph.domain import Attribution, Level
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
HOSTILE = (
    "Paid Search",
    "Search",
    "null",
    "start",
    "direct",
    "x'}) DETACH DELETE c //",
    "日本 <b>",
)
LEVELS: tuple[Level, ...] = ("channel", "campaign", "creative")
SAMPLE = Path(samples.__file__).parent / "pathdata.csv.gz"
CUSTOM = ModelOptions(position_weights=(3.0, 1.0, 2.0))
"""Model options that make every model askable."""


def write_events(path: Path, *, seed: int = 3, customers: int = 60) -> None:
    chance = random.Random(seed)
    fields = ["event_id", "customer_id", "timestamp", "kind", "channel", "campaign", "creative"]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, [*fields, "cost", "value"])
        rows.writeheader()
        for number in range(customers * 7):
            line: dict[str, Any] = {
                "event_id": f"e{number:06d}",
                "customer_id": f"person {chance.randrange(customers)}",
                "timestamp": f"2026-06-{chance.randrange(1, 29):02}T{chance.randrange(24):02}:00Z",
                "kind": "conversion",
            }
            if chance.random() < 0.2:
                line["value"] = round(chance.uniform(0, 90), 2)
            else:
                served, known = chance.randrange(12), chance.random()
                line["kind"] = chance.choice(["click", "impression"])
                line["channel"] = "" if known < 0.1 else chance.choice(HOSTILE)
                line["creative"] = f"creative {served}" if known > 0.4 or known < 0.1 else ""
                line["campaign"] = f"campaign {served % 4}" if known > 0.2 else ""
                line["cost"] = round(chance.uniform(0, 2), 3) if chance.random() < 0.7 else ""
            rows.writerow(line)


def fill(stores: Stores, files: Sequence[Path], name: str) -> None:
    load(
        files,
        preset(name),
        LoadOptions(staging=STAGING),
        stores,
    )


@pytest.fixture
def events(graph: Stores, tmp_path: Path) -> tuple[Stores, Path]:
    file = tmp_path / "events.csv"
    write_events(file)
    fill(graph, [file], "events")
    return graph, file


def of_graph(stores: Stores, options: AttributionOptions | None = None) -> Attribution:
    return attribute_graph(stores, options)


def of_files(file: Path, name: str, options: AttributionOptions, folder: Path) -> Attribution:
    return attribute_files([file], preset(name), options, staging=STAGING, folder=folder)


def ask(stores: Stores, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with stores.driver.session(database=DATABASE) as session:
        return [tuple(row) for row in session.run(statement, parameters).values()]


def assert_same(one: Attribution, other: Attribution) -> None:
    """Equal to 1e-9 of what was observed, whatever the order of equal credits."""
    assert asdict(one.observed) == pytest.approx(asdict(other.observed), rel=1e-9)
    assert list(one.models) == list(other.models)
    assert one.data_health == other.data_health
    for name, model in one.models.items():
        lines = {(row["key"], row["baseline"]): row for row in _rows(one, name)}
        others = {(row["key"], row["baseline"]): row for row in _rows(other, name)}
        assert lines.keys() == others.keys(), name
        for key, row in lines.items():
            for amount, scale in (
                ("conversions", one.observed.conversions),
                ("value", one.observed.value),
            ):
                close = pytest.approx(others[key][amount], rel=1e-9, abs=1e-9 * scale)
                assert row[amount] == close, (name, key, amount)
            for end in ("low", "high"):
                assert (row[end] is None) == row["baseline"]
                if row[end] is not None:
                    close = pytest.approx(others[key][end], rel=1e-4, abs=1e-4)
                    assert row[end] == close, (name, key, end)
            for name_of in ("identified", "reasons"):
                assert row[name_of] == others[key][name_of], (name, key, name_of)
            for number in (*INTERVALS, "captured", "captured_value"):
                expected = others[key][number]
                if expected is None:
                    assert row[number] is None, (name, key, number)
                else:
                    close = pytest.approx(expected, rel=1e-4, abs=1e-4)
                    assert row[number] == close, (name, key, number)
        assert model.triggered == other.models[name].triggered
        assert model.advice == other.models[name].advice
        assert model.incremental is False


def _rows(answer: Attribution, name: str) -> list[dict[str, Any]]:
    return [row for row in answer.rows() if row["model"] == name]


@pytest.mark.parametrize("by", LEVELS)
@cases(
    "journeys",
    [
        JourneyOptions(
            reuse_touches=True,
            lookback_days=None,
            conversion_kinds=("conversion",),
            window=(1_780_704_000_000, 1_781_913_600_000),  # 6 to 20 June 2026
        ),
        JourneyOptions(lookback_days=3.0, repeats="collapsed"),
        JourneyOptions(),
    ],
    short=2,
    ids=["reused in a window", "short and collapsed", "default"],
)
def test_graph_and_files_agree(
    by: Level, journeys: JourneyOptions, events: tuple[Stores, Path], tmp_path: Path
) -> None:
    stores, file = events
    options = AttributionOptions(
        models=tuple(MODELS), level=by, journeys=journeys, model_options=CUSTOM
    )
    through_graph = of_graph(stores, options)
    assert_same(through_graph, of_files(file, "events", options, tmp_path))
    assert through_graph.data_health


@pytest.mark.long
def test_on_pathdata_both_ways_give_the_published_numbers(graph: Stores, tmp_path: Path) -> None:
    fill(graph, [SAMPLE], "paths")
    options = AttributionOptions()
    through_graph = of_graph(graph, options)
    assert_same(through_graph, of_files(SAMPLE, "paths", options, tmp_path))
    assert (through_graph.observed.journeys, through_graph.observed.conversions) == (88387, 19785)
    expected = {
        "linear": {"alpha": 7574.72},
        "markov-1": {"alpha": 5344.95, "iota": 3884.61, "mi": 1.72},
        "markov-2": {"alpha": 5617.45},
        "shapley-simplified": {"alpha": 7627.94},
    }
    for model, credits in expected.items():
        given = {c.key: round(c.conversions, 2) for c in through_graph.models[model].credits}
        assert {key: given[key] for key in credits} == credits
    assert "time-decay" not in through_graph.models


@pytest.mark.parametrize("by", ["campaign", "creative"])
def test_on_pathdata_campaigns_are_unknown_both_ways(
    by: Level, graph: Stores, tmp_path: Path
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(
        "path,total_conversions,total_conversion_value,total_null\na > b,2,9,1\n,1,5,0\n",
        encoding="utf-8",
    )
    fill(graph, [file], "paths")
    options = AttributionOptions(models=("linear", "markov-1", "last-non-direct"), level=by)
    through_graph = of_graph(graph, options)
    assert_same(through_graph, of_files(file, "paths", options, tmp_path))
    assert [credit.key for credit in through_graph.models["linear"].credits] == [None]


def test_intervals_and_chances_come_back_from_the_graph_as_they_were_given(
    events: tuple[Stores, Path], tmp_path: Path
) -> None:
    stores, file = events
    options = AttributionOptions(models=("linear", "markov-2", "time-decay"))
    back, given = of_graph(stores, options), of_files(file, "events", options, tmp_path)
    for name, model in given.models.items():
        assert [line.key for line in back.models[name].credits] == [
            line.key for line in model.credits
        ]
        for line, other in zip(back.models[name].credits, model.credits, strict=True):
            assert (line.low, line.high) == pytest.approx((other.low, other.high), rel=1e-4)
            assert (line.prob_ranked_above_next is None) == (other is model.credits[-1])
            if line.prob_ranked_above_next is not None:
                assert line.prob_ranked_above_next == pytest.approx(
                    other.prob_ranked_above_next, abs=0.02
                )
        assert model.prob_ranked_above is not None
        ahead = back.models[name].prob_ranked_above
        assert ahead is not None
        assert ahead.keys() == model.prob_ranked_above.keys()
        for key, row in model.prob_ranked_above.items():
            assert ahead[key] == pytest.approx(row, abs=0.02)
    assert all(
        low <= credit <= high
        for low, credit, high in ask(
            stores, "MATCH ()-[a:ASSIGNED]->() RETURN a.low, a.credit, a.high"
        )
    )


def test_named_kinds_that_do_not_occur_are_an_error(
    events: tuple[Stores, Path], tmp_path: Path
) -> None:
    stores, file = events
    options = AttributionOptions(
        models=("linear",), journeys=JourneyOptions(conversion_kinds=("none",))
    )
    with pytest.raises(InputError, match="no conversion is of kind 'none'; the kinds are: conv"):
        of_graph(stores, options)
    with pytest.raises(InputError, match="no conversion is of kind 'none'; the kinds are: conv"):
        of_files(file, "events", options, tmp_path)


def _first_conversion(file: Path) -> int:
    """When, epoch milliseconds; there are touches before."""
    with file.open(encoding="utf-8") as lines:
        times = [row["timestamp"] for row in csv.DictReader(lines) if row["kind"] == "conversion"]
    return int(datetime.fromisoformat(min(times)).timestamp() * 1000)


def test_places_in_journeys_that_nobody_walked_are_an_empty_list_both_ways(
    events: tuple[Stores, Path], tmp_path: Path
) -> None:
    stores, file = events
    options = AttributionOptions(
        models=("shapley-ordered", "linear"),
        journeys=JourneyOptions(window=(0, _first_conversion(file))),
        model_options=ModelOptions(draws=0),
    )
    found = of_graph(stores, options)
    assert found.models == of_files(file, "events", options, tmp_path).models
    assert {line.by_position for line in found.models["shapley-ordered"].credits} == {()}
    assert {line.by_position for line in found.models["linear"].credits} == {None}


def test_a_run_without_draws_is_another_run_and_has_no_intervals(
    events: tuple[Stores, Path],
) -> None:
    stores, _ = events
    with_draws = of_graph(stores, AttributionOptions(models=("linear",)))
    without = of_graph(
        stores, AttributionOptions(models=("linear",), model_options=ModelOptions(draws=0))
    )
    assert with_draws.run != without.run
    linear = without.models["linear"]
    assert linear.prob_ranked_above is None
    assert {(line.low, line.high, line.prob_ranked_above_next) for line in linear.credits} == {
        (None, None, None)
    }


def scores(stores: Stores) -> set[tuple[Any, ...]]:
    """All that runs have written, without the nodes of runs themselves."""
    return {
        *ask(
            stores,
            "MATCH (r:Run)-[a:ASSIGNED]->(n) RETURN r.id, a.level, a.model, a.credit, a.value, "
            "a.cost, a.roas, a.touches, a.priced, elementId(n)",
        ),
        *ask(
            stores,
            "MATCH (t)-[r:CREDITED|KEPT_CREDIT]->(v) RETURN r.run, t.id, v.id, r.credit, r.value",
        ),
    }


def test_asking_again_is_the_same_run_and_writes_nothing(
    events: tuple[Stores, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "attrigraph")
    stores, _ = events
    first = of_graph(stores)
    before = scores(stores), ask(stores, "MATCH (r:Run) RETURN properties(r)")
    again = of_graph(stores)
    assert again == first
    assert (scores(stores), ask(stores, "MATCH (r:Run) RETURN properties(r)")) == before
    assert any("already has these results" in line for line in caplog.messages)


def test_another_question_is_another_run_and_the_old_one_stays(
    events: tuple[Stores, Path],
) -> None:
    stores, _ = events
    first = of_graph(stores)
    old = scores(stores)
    second = of_graph(stores, AttributionOptions(models=("first",)))
    assert second.run != first.run
    assert old < scores(stores)
    [(current,)] = ask(stores, "MATCH (a:Active {job: 'attribute'}) RETURN a.run")
    [(drawn,)] = ask(stores, "MATCH (:Active {job: 'attribute'})-[:CURRENT]->(r) RETURN r.id")
    assert current == drawn == second.run
    assert of_graph(stores).run == first.run  # going back is a switch
    assert ask(stores, "MATCH (a:Active {job: 'attribute'}) RETURN a.run") == [(first.run,)]


def test_more_facts_make_another_run(events: tuple[Stores, Path], tmp_path: Path) -> None:
    stores, _ = events
    first = of_graph(stores)
    more = tmp_path / "more.csv"
    more.write_text(
        "event_id,customer_id,timestamp,kind,channel\n"
        "late,person 1,2026-06-01T00:00Z,click,Search\n",
        encoding="utf-8",
    )
    fill(stores, [more], "events")
    assert of_graph(stores).run != first.run


def test_only_as_many_old_runs_stay_as_are_kept(events: tuple[Stores, Path]) -> None:
    stores, _ = events
    asked = [
        of_graph(
            stores,
            AttributionOptions(models=("linear",), model_options=ModelOptions(seed=n), keep=2),
        )
        for n in range(4)
    ]
    kept = {run.id for run in list_runs(stores.driver, JOB)}
    assert kept == {answer.run for answer in asked[1:]}
    assert {row[0] for row in scores(stores)} == kept


def test_a_failed_model_is_left_out_of_the_run_which_remembers_why(
    events: tuple[Stores, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fit(self: Incremental, data: Data) -> FittedModel:
        raise ConvergenceError("50 steps were not enough")

    stores, _ = events
    monkeypatch.setattr(Incremental, "fit", fit)
    options = AttributionOptions(models=("incremental", "linear"))
    for _ in range(2):  # the second time the stored run is read
        caplog.clear()
        answer = of_graph(stores, options)
        assert list(answer.models) == ["linear"]
        assert answer.failed == (FailedModel("incremental", "50 steps were not enough", 8),)
        assert "skipping incremental: 50 steps were not enough" in caplog.messages
    (run,) = list_runs(stores.driver, JOB)
    assert (run.models, run.touch_model) == (("linear",), "linear")
    assert {row[0] for row in ask(stores, "MATCH ()-[c:CREDITED]->() RETURN c.model")} == {"linear"}


def test_touch_credit_adds_up_to_what_is_assigned(events: tuple[Stores, Path]) -> None:
    stores, _ = events
    run = of_graph(stores).run
    for level, served in {
        "channel": "MATCH (n:Channel {name: t.channel})",
        "campaign": "MATCH (t)-[:SERVED]->(s) MATCH (s)-[:PART_OF*0..1]->(n:Campaign)",
        "creative": "MATCH (t)-[:SERVED]->(n:Creative)",
    }.items():
        summed = ask(
            stores,
            f"MATCH (t)-[x:CREDITED {{run: $run}}]->() {served} "
            "RETURN elementId(n), sum(x.credit), sum(x.value)",
            run=run,
        )
        assigned = ask(
            stores,
            "MATCH (:Run {id: $run})-[a:ASSIGNED {level: $level, model: 'linear'}]->(n) "
            "RETURN elementId(n), a.credit, a.value",
            run=run,
            level=level,
        )
        given = {key: (credit, value) for key, credit, value in assigned if credit > 0}
        assert {key: pytest.approx(amounts, rel=1e-9) for key, *amounts in summed} == {
            key: list(amounts) for key, amounts in given.items()
        }


@cases(
    "journeys",
    [
        JourneyOptions(repeats="collapsed", steps=2),
        JourneyOptions(window=(1_780_704_000_000, 1_781_913_600_000), zone="Asia/Tokyo"),
        JourneyOptions(),
    ],
    short=2,
    ids=["collapsed", "window", "default"],
)
def test_credit_by_day_adds_up_to_what_is_assigned(
    events: tuple[Stores, Path], journeys: JourneyOptions
) -> None:
    stores, _ = events
    options = AttributionOptions(models=tuple(MODELS), journeys=journeys, model_options=CUSTOM)
    run = of_graph(stores, options).run
    by_day = "MATCH (:Run {id: $run})-[a:ASSIGNED_ON]->(n) "
    models = {model for (model,) in ask(stores, f"{by_day} RETURN DISTINCT a.model", run=run)}
    assert models == {name for name, model in MODELS.items() if model.touch_level}
    assigned = ask(
        stores,
        "MATCH (:Run {id: $run})-[a:ASSIGNED]->(n) WHERE a.model IN $models "
        "RETURN a.level, a.model, elementId(n), a.credit, a.value",
        run=run,
        models=list(models),
    )
    summed = ask(
        stores,
        f"{by_day} RETURN a.level, a.model, elementId(n), sum(a.credit), sum(a.value)",
        run=run,
    )
    found = {(level, model, node): sums for level, model, node, *sums in summed}
    assert {level for level, _, _ in found} == set(LEVELS)
    for level, model, node, credit, value in assigned:
        of_days = found.pop((level, model, node), [0.0, 0.0])
        assert of_days == pytest.approx([credit, value], rel=1e-9, abs=1e-7), (level, model)
    assert found == {}
    days = ask(
        stores,
        "MATCH (:Run {id: $run})-[a:ASSIGNED_ON {level: 'channel', model: 'linear'}]->() "
        "WITH a.date AS day, sum(a.value) AS value RETURN toString(day), round(value, 6)",
        run=run,
    )
    credited = ask(
        stores,
        "MATCH (t)-[c:CREDITED]->(v) WHERE t.channel IS NOT NULL "
        "WITH date(datetime({datetime: v.timestamp, timezone: $zone})) AS day, "
        "sum(c.value) AS value RETURN toString(day), round(value, 6)",
        zone=journeys.zone or "UTC",
    )
    assert dict(days) == pytest.approx(dict(credited))


def with_regions(stores: Stores, folder: Path, *, customers: int = 60) -> dict[str, str]:
    """Loaded regions of two in three customers, by id."""
    regions = {
        f"person {number}": ("north", "south")[number % 2]
        for number in range(customers)
        if number % 3
    }
    file = folder / "customers.csv"
    lines = [f"{person},{regions.get(person, '')}" for person in people(customers)]
    file.write_text("\n".join(["customer_id,region", *lines]))
    fill(stores, [file], "customers")
    return regions


def people(customers: int) -> list[str]:
    return [f"person {number}" for number in range(customers)]


@cases(
    "journeys",
    [
        JourneyOptions(window=(1_780_704_000_000, 1_781_913_600_000)),
        JourneyOptions(repeats="collapsed", steps=2),
    ],
    short=1,
    ids=["window", "collapsed"],
)
def test_credit_by_segment_adds_up_to_what_is_assigned(
    events: tuple[Stores, Path], journeys: JourneyOptions, tmp_path: Path
) -> None:
    stores, _ = events
    regions = with_regions(stores, tmp_path)
    options = AttributionOptions(
        models=tuple(MODELS), journeys=journeys, model_options=CUSTOM, segments="region"
    )
    run = of_graph(stores, options).run
    by_segment = "MATCH (:Run {id: $run})-[a:ASSIGNED_IN {fact: 'region'}]->(n) "
    models = {model for (model,) in ask(stores, f"{by_segment} RETURN DISTINCT a.model", run=run)}
    assert models == {name for name, model in MODELS.items() if model.touch_level}
    assigned = ask(
        stores,
        "MATCH (:Run {id: $run})-[a:ASSIGNED]->(n) WHERE a.model IN $models "
        "RETURN a.level, a.model, elementId(n), a.credit, a.value",
        run=run,
        models=list(models),
    )
    summed = ask(
        stores,
        f"{by_segment} RETURN a.level, a.model, elementId(n), sum(a.credit), sum(a.value)",
        run=run,
    )
    found = {(level, model, node): sums for level, model, node, *sums in summed}
    assert {level for level, _, _ in found} == set(LEVELS)
    for level, model, node, credit, value in assigned:
        of_segments = found.pop((level, model, node), [0.0, 0.0])
        assert of_segments == pytest.approx([credit, value], rel=1e-9, abs=1e-7), (level, model)
    assert found == {}
    # the segments of linear, from its credit of touches and the rows of the file
    credited = ask(
        stores,
        "MATCH (t)-[c:CREDITED|KEPT_CREDIT {run: $run}]->(v) WHERE t.channel IS NOT NULL "
        "RETURN v.customerId, c.value",
        run=run,
    )
    by_region: dict[str, float] = {}
    for person, value in credited:
        region = regions.get(person, "unknown")
        by_region[region] = by_region.get(region, 0.0) + value
    of_run = ask(
        stores,
        f"{by_segment} WHERE a.level = 'channel' AND a.model = 'linear' "
        "RETURN a.segment, sum(a.value)",
        run=run,
    )
    assert dict(of_run) == pytest.approx(by_region)
    assert set(by_region) == {"north", "south", "unknown"}


def test_segments_are_deleted_with_their_run(events: tuple[Stores, Path], tmp_path: Path) -> None:
    stores, _ = events
    with_regions(stores, tmp_path)
    count = "MATCH ()-[a:ASSIGNED_IN]->() RETURN count(a) > 0"
    linear = AttributionOptions(models=("linear",), segments="region")
    kept = of_graph(stores, linear).run
    assert ask(stores, count) == [(True,)]
    for models in (("first",), ("last",)):
        of_graph(stores, AttributionOptions(models=models, keep=1))
    assert kept not in {run.id for run in list_runs(stores.driver, JOB)}
    assert ask(stores, count) == [(False,)]


def test_an_unknown_fact_is_an_error_with_the_known_ones(
    events: tuple[Stores, Path], tmp_path: Path
) -> None:
    stores, _ = events
    with_regions(stores, tmp_path)
    options = AttributionOptions(models=("linear",), segments="age")
    with pytest.raises(InputError, match=r"no attribute 'age'; the names are: region"):
        of_graph(stores, options)
    assert list_runs(stores.driver, JOB) == ()


def test_cost_is_that_of_the_keys_touches_in_the_window(events: tuple[Stores, Path]) -> None:
    stores, _ = events
    window = (1_780_704_000_000, 1_781_913_600_000)  # 6 to 20 June 2026
    of_graph(stores, AttributionOptions(models=("linear",), journeys=JourneyOptions(window=window)))
    assigned = ask(
        stores,
        "MATCH (:Run)-[a:ASSIGNED {level: 'creative'}]->(n) "
        "RETURN n.id, a.cost, a.touches, a.priced, CASE WHEN a.touches = a.priced "
        "THEN a.roas = a.value / a.cost ELSE a.roas IS NULL END",
    )
    spent = ask(
        stores,
        "MATCH (t)-[:SERVED]->(n:Creative) WHERE datetime('2026-06-06T00:00Z') <= t.timestamp "
        "AND t.timestamp < datetime('2026-06-20T00:00Z') "
        "RETURN n.id, sum(t.cost), count(t), count(t.cost), true",
    )
    assert {row[0]: pytest.approx(row[1:]) for row in spent} == {
        row[0]: row[1:] for row in assigned
    }


def test_the_run_is_recorded_in_postgres_too(events: tuple[Stores, Path]) -> None:
    stores, _ = events
    answer = of_graph(stores)
    [record] = [r for r in read_runs(stores.engine, job=JOB) if r.id.hex == answer.run]
    [run] = [r for r in list_runs(stores.driver, JOB) if r.current]
    assert (record.status, record.input_fingerprint) == ("done", run.fingerprint)
    assert record.summary["observed"]["conversions"] == answer.observed.conversions
    assert record.parameters == run.parameters


def test_answers_that_do_not_add_up_are_not_written(
    events: tuple[Stores, Path], snapshot: Callable[[], set[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stores, _ = events
    of_graph(stores)
    before = snapshot()

    def refuse(answer: Any, observed: Any) -> None:
        raise ConservationError(f"{answer.model} does not add up")

    monkeypatch.setattr(conservation, "check", refuse)
    with pytest.raises(ConservationError):
        of_graph(stores, AttributionOptions(models=("last",)))
    assert snapshot() == before
    [newest] = read_runs(stores.engine, job=JOB, limit=1)
    assert (newest.status, newest.summary) == ("failed", {"error": "last does not add up"})


def test_what_needs_times_is_refused_by_name_where_there_are_none(
    graph: Stores, snapshot: Callable[[], set[Any]], tmp_path: Path
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(
        "path,total_conversions,total_conversion_value,total_null\na > b,2,9,1\n", encoding="utf-8"
    )
    fill(graph, [file], "paths")
    before = snapshot()
    for options, words in (
        (AttributionOptions(models=("time-decay",)), "time-decay"),
        (AttributionOptions(touch_model="time-decay"), "time-decay"),
        (AttributionOptions(journeys=JourneyOptions(lookback_days=7.0)), "lookback"),
        (AttributionOptions(journeys=JourneyOptions(window=(0, 1))), "window"),
    ):
        with pytest.raises(NeedsTimesError, match=words):
            of_graph(graph, options)
        if options.touch_model == "auto":
            with pytest.raises(NeedsTimesError, match=words):
                of_files(file, "paths", options, tmp_path)
    assert snapshot() == before


def test_skipped_models_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "attrigraph")
    file = tmp_path / "paths.csv"
    file.write_text(
        "path,total_conversions,total_conversion_value,total_null\na > b,2,9,1\n", encoding="utf-8"
    )
    answer = attribute_files([file], preset("paths"), staging=STAGING, folder=tmp_path)
    assert set(MODELS) - set(answer.models) == {
        *("time-decay", "position-custom", "markov-auto", "shapley-rate")
    }
    assert "skipping time-decay: it needs the times of touches" in caplog.messages


def test_without_a_touch_model_no_touch_is_credited(events: tuple[Stores, Path]) -> None:
    stores, _ = events
    of_graph(stores, AttributionOptions(touch_model=None))
    assert ask(stores, "MATCH ()-[x:CREDITED]->() RETURN x") == []


@pytest.mark.parametrize("model", ["markov-1", "shapley-rate"])
def test_a_touch_model_without_credit_of_touches_is_refused_by_name(model: str) -> None:
    with pytest.raises(InputError, match=f"{model} gives no credit to single touches"):
        AttributionOptions(touch_model=model)


def test_an_empty_graph_is_said_to_be_empty(graph: Stores) -> None:
    with pytest.raises(InputError, match="the graph is empty"):
        of_graph(graph)


def test_while_a_run_is_under_way_another_is_refused(events: tuple[Stores, Path]) -> None:
    stores, _ = events
    with (
        acquire_job_lock(stores.driver, JOB),
        pytest.raises(StoreError, match="in progress"),
    ):
        of_graph(stores)


def console(settings: Settings, stores: Stores, *arguments: str) -> subprocess.Popen[str]:
    """The command line as a process of its own, on these stores."""
    from attrigraph import bootstrap

    addresses = bootstrap.resolve_addresses(settings)
    environment = os.environ | {
        "ATTRIGRAPH_HOME": str(stores.home),
        "ATTRIGRAPH_NEO4J_URI": addresses.neo4j_uri,
        "ATTRIGRAPH_NEO4J_USER": addresses.neo4j_user,
        "ATTRIGRAPH_NEO4J_PASSWORD": addresses.neo4j_password.get_secret_value(),
        "ATTRIGRAPH_POSTGRES_URL": addresses.postgres_url.get_secret_value(),
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from attrigraph.cli.main import main; main()", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process printed, once it has ended well."""
    with process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    return out, err


def test_the_command_prints_the_object_of_the_service(
    events: tuple[Stores, Path], settings: Settings
) -> None:
    stores, file = events
    words = ["attribute", "--json", "--models=linear,shapley-ordered,markov-1"]
    words += ["--home", str(settings.home)]
    out = CliRunner().invoke(cli, words, catch_exceptions=False).stdout
    reading = ["--preset", "events", "--input", str(file)]
    from_files = CliRunner().invoke(cli, words + reading, catch_exceptions=False).stdout
    printed = json.loads(out)
    assert (
        printed.pop("run")
        == of_graph(
            stores, AttributionOptions(models=("linear", "shapley-ordered", "markov-1"))
        ).run
    )
    also = json.loads(from_files)
    assert printed.keys() == also.keys()
    assert {"by", "currency", "observed", "models"} <= printed.keys()
    assert printed["models"]["shapley-ordered"]["credits"][0].keys() == {
        *("key", "conversions", "value", "low", "high", "prob_ranked_above_next", "by_position"),
        *("value_low", "value_high"),
        *RETURN_FIELDS,
    }


READ_CURRENT = (
    "MATCH (a:Active {job: 'attribute'}) WITH a.run AS run "
    "MATCH (r:Run {id: run})-[x:ASSIGNED {level: 'channel', model: 'linear'}]->(n) "
    "WITH r, count(n) AS n, round(sum(x.credit), 6) AS assigned "
    "OPTIONAL MATCH ()-[c:CREDITED]->() WHERE c.run = r.id "
    "RETURN r.id, n, assigned, count(c), round(sum(c.credit), 6)"
)


@cases("kills", [2, 5], short=1)
def test_a_killed_run_leaves_the_previous_scores_and_ends_once_when_asked_again(
    graph: Stores, settings: Settings, tmp_path: Path, kills: int
) -> None:
    file = tmp_path / "events.csv"
    write_events(file, customers=800)
    fill(graph, [file], "events")
    first = of_graph(graph, AttributionOptions(models=("linear",)))
    previous = ask(graph, READ_CURRENT)
    old = scores(graph)

    started = time.monotonic()
    ended(console(settings, graph, "attribute", "--models=linear,first"))
    duration = time.monotonic() - started
    whole = scores(graph)
    new = ask(graph, READ_CURRENT)
    # back to the state before, so that each attempt finds the previous run current
    chance = random.Random(11)
    seen: list[list[tuple[Any, ...]]] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.append(ask(graph, READ_CURRENT))
            done.wait(0.005)

    reader = threading.Thread(target=look)
    try:
        for attempt in range(kills):
            _forget(graph, new[0][0], first.run)
            if attempt == 0:
                reader.start()
            with console(settings, graph, "attribute", "--models=linear,first") as process:
                time.sleep(duration * chance.uniform(0.3, 1.0))
                process.send_signal(signal.SIGKILL)
                process.communicate()
            assert old <= scores(graph)
            ended(console(settings, graph, "attribute", "--models=linear,first"))
            assert scores(graph) == whole
    finally:
        done.set()
        reader.join()
    assert {tuple(rows) for rows in seen} <= {tuple(previous), tuple(new)}
    assert ask(graph, "MATCH (r:Run) WHERE r.status <> 'done' RETURN r.id") == []
    by_type = "MATCH ()-[c:CREDITED|KEPT_CREDIT]->() RETURN DISTINCT type(c), c.run"
    assert set(ask(graph, by_type)) == {("CREDITED", new[0][0]), ("KEPT_CREDIT", first.run)}
    running = [r for r in read_runs(graph.engine, job=JOB, limit=100) if r.status == "running"]
    assert running == []


def _forget(stores: Stores, run: str, current: str | None) -> None:
    """Make another run current and delete this one, as if it had never been asked."""
    from datetime import UTC, datetime

    from attrigraph.graph.published_credit import delete_left_over_credit, publish
    from attrigraph.graph.runs import delete_run

    assert current is not None
    with acquire_job_lock(stores.driver, JOB) as lock:
        publish(stores.driver, lock, current, finished=datetime.now(UTC), summary={})
    delete_left_over_credit(stores.driver, JOB)
    delete_run(stores.driver, run)
