"""Each kind of conversion is a run of its own, and the most valuable kind the current one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attrigraph.attribution.observed.journeys import DEFAULT_LOOKBACK_DAYS, JourneyOptions
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.graph.explore import run_query
from attrigraph.graph.ingest import ingest_batch
from attrigraph.graph.runs import list_runs
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.explain import explain_conversion
from attrigraph.services.in_memory import attribute_events
from attrigraph.services.report import build_report
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOUCHES = [
    Touchpoint("t1", "ada", NOON, channel="display"),
    Touchpoint("t2", "ada", NOON + timedelta(days=2), channel="email"),
    Touchpoint("t3", "bob", NOON, channel="email"),
]
CONVERSIONS = [
    Conversion("c1", "ada", NOON + timedelta(days=1), 0.0, "signup"),
    Conversion("c2", "ada", NOON + timedelta(days=3), 30.0, "purchase"),
    Conversion("c3", "bob", NOON + timedelta(days=1), 0.0, "signup"),
]
LINEAR = AttributionOptions(models=("linear",), keep=1)


@pytest.fixture
def two_kinds(graph: Stores) -> Stores:
    ingest_batch(graph.driver, events_from_objects(TOUCHES, CONVERSIONS))
    return graph


def test_kinds_are_runs_that_are_computed_once_and_explained(two_kinds: Stores) -> None:
    answer = attribute_graph(two_kinds, LINEAR)
    in_memory = attribute_events(TOUCHES, CONVERSIONS, LINEAR)
    for one, other in zip(answer.by_kind, in_memory.by_kind, strict=True):
        assert replace(one, run=None, others=()) == replace(other, others=())
    runs = list_runs(two_kinds.driver, "attribute")
    assert {(run.kind, run.current) for run in runs} == {("purchase", True), ("signup", False)}
    assert attribute_graph(two_kinds, LINEAR) == answer
    assigned = "MATCH (r:Run)-[a:ASSIGNED]->() RETURN DISTINCT a.kind AS kind, r.kind AS of_run"
    found = two_kinds.driver.execute_query(assigned, database_=DATABASE).records
    assert sorted(map(tuple, found)) == [("purchase", "purchase"), ("signup", "signup")]
    rows = run_query(two_kinds.driver, "credit_by_kind", {"model": "linear"})
    assert {row["lookbackDays"] for row in rows} == {DEFAULT_LOOKBACK_DAYS}
    assert [(row["kind"], row["channel"], row["conversions"]) for row in rows] == [
        ("purchase", "display", 0.5),
        ("purchase", "email", 0.5),
        ("signup", "display", 1.0),
        ("signup", "email", 1.0),
    ]
    purchase = explain_conversion(two_kinds, "c2")
    assert ([touch.id for touch in purchase.touches], purchase.credit) == (["t1", "t2"], (0.5, 0.5))
    assert purchase.run == answer.run
    signup = explain_conversion(two_kinds, "c1")
    assert ([touch.id for touch in signup.touches], signup.credit) == (["t1"], (1.0,))
    assert signup.run == answer.others[0].run


def test_the_report_is_about_one_kind_and_lists_all(two_kinds: Stores) -> None:
    answer = attribute_graph(two_kinds, LINEAR)
    data = build_report(two_kinds)
    shown = [(one.kind, one.conversions, one.value, one.on_page) for one in data.kinds]
    assert shown == [("purchase", 1, 30.0, True), ("signup", 2, 0.0, False)]
    expected = [(one.run, one.observed.conversions) for one in answer.by_kind]
    assert [(one.answer.run, one.conversions) for one in data.kinds if one.answer] == expected
    other = build_report(two_kinds, kind="signup")
    assert (other.levels[0].run, other.levels[0].kind) == (answer.others[0].run, "signup")
    assert [one.kind for one in other.kinds if one.on_page] == ["signup"]
    with pytest.raises(InputError, match=r"kind 'lead' .* only of: purchase, signup"):
        build_report(two_kinds, kind="lead")


def test_kinds_without_a_run_are_listed_and_sums_have_no_single_kind(two_kinds: Stores) -> None:
    attribute_graph(two_kinds, replace(LINEAR, journeys=JourneyOptions(lookback_days=9.0)))
    named = JourneyOptions(conversion_kinds=("purchase",))
    attribute_graph(two_kinds, replace(LINEAR, journeys=named, publish=True))
    kinds = build_report(two_kinds).kinds
    assert [(one.kind, one.status) for one in kinds] == [
        ("purchase", "this page"),
        ("signup", "not credited"),
    ]
    attribute_graph(two_kinds, replace(LINEAR, sum_kinds=True))
    assert {one.status for one in build_report(two_kinds).kinds} == {"this page"}
    with pytest.raises(InputError, match="not about one kind"):
        build_report(two_kinds, kind="signup")


def test_earlier_runs_of_every_kind_are_kept(two_kinds: Stores) -> None:
    for seed in range(3):
        options = replace(LINEAR, model_options=replace(LINEAR.model_options, seed=seed))
        attribute_graph(two_kinds, options)
    runs = list_runs(two_kinds.driver, "attribute")
    assert sorted((run.kind, run.seed) for run in runs) == [
        (kind, seed) for kind in ("purchase", "signup") for seed in (1, 2)
    ]
