"""A conversion explained from the real graph: by the default model, by a rule, or not at all."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.attribution.observed.subset import Condition
from attrigraph.cli.main import cli
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.graph.customer_attributes import read_facts
from attrigraph.graph.ingest import ingest_batch
from attrigraph.graph.runs import current_run
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.explain import explain_channels, explain_conversion
from attrigraph.services.in_memory import attribute_events
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.report import build_report
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def days(number: float) -> datetime:
    return NOON + timedelta(days=number)


@pytest.fixture
def one_journey(graph: Stores) -> Stores:
    """A signup, then two touches and a purchase, with a touch 40 days before it all."""
    ingest_batch(
        graph.driver,
        events_from_objects(
            [
                Touchpoint("t0", "ada", days(-40), channel="tv"),
                Touchpoint("t1", "ada", days(1), channel="display", campaign="spring"),
                Touchpoint("t2", "ada", days(3), channel=None, creative="kite"),
                Touchpoint("t3", "ada", days(5), channel="email"),
            ],
            [
                Conversion("c0", "ada", days(0), kind="signup"),
                Conversion("c1", "ada", days(4), value=30.0, kind="purchase"),
            ],
        ),
    )
    return graph


@pytest.fixture
def retailer(graph: Stores, tmp_path: Path) -> Stores:
    files = write_world(simulate("confounded", 3, 1500, measured_on=100), tmp_path / "world")
    load(
        [files["events"], files["customers"]],
        preset("events", "customers"),
        LoadOptions(staging=StagingOptions(keep_ids=True)),
        graph,
    )
    return graph


def attribute(stores: Stores, **asked: Any) -> Attribution:
    return attribute_graph(stores, AttributionOptions(**asked))


def credited(stores: Stores) -> dict[str, dict[str, float]]:
    """What the graph holds: by conversion, credit by touch."""
    found: dict[str, dict[str, float]] = {}
    records = stores.driver.execute_query(
        "MATCH (t)-[x:CREDITED]->(v) RETURN v.id AS conversion, t.id AS touch, x.credit AS credit"
    ).records
    for record in records:
        found.setdefault(record["conversion"], {})[record["touch"]] = record["credit"]
    return found


def test_the_default_run_writes_incremental_credit_and_explains_every_touch_it_credits(
    retailer: Stores,
) -> None:
    answer = attribute(retailer, models=("incremental", "last"))
    run = current_run(retailer.driver, "attribute")
    assert run is not None
    assert run.touch_model == "incremental"
    given = credited(retailer)
    for conversion, by_touch in list(given.items())[:40]:
        found = explain_conversion(retailer, conversion)
        credit = {t.id: c for t, c in zip(found.touches, found.credit, strict=True)}
        assert by_touch.items() <= credit.items()
        rest = 1 - sum(by_touch.values()) - sum(found.captured)
        assert found.baseline == pytest.approx(rest, abs=1e-12)
        times = [t.timestamp for t in found.touches if t.timestamp is not None]
        assert len(times) == len(found.touches)
        assert times == sorted(times)
        assert found.incremental
        assert found.assumptions == answer.models["incremental"].assumptions
    total = sum(sum(by_touch.values()) for by_touch in given.values())
    incremental = answer.models["incremental"]
    assert total == pytest.approx(sum(c.conversions for c in incremental.credits), rel=1e-9)


def test_without_the_incremental_model_the_linear_rule_is_the_touch_model(
    one_journey: Stores,
) -> None:
    journeys = JourneyOptions(lookback_days=None)
    attribute(one_journey, models=("last",), journeys=journeys, sum_kinds=True)
    found = explain_conversion(one_journey, "c1")
    assert (found.model, found.incremental, found.assumptions) == ("linear", False, ())
    assert [touch.id for touch in found.touches] == ["t1", "t2"]
    assert found.credit == pytest.approx((0.5, 0.5))


def test_captured_touches_sum_to_what_the_model_captured(graph: Stores) -> None:
    """Half of the customers buy within minutes of a visit: those visits capture their purchases."""
    chance = random.Random(5)
    touches, ends = [], []
    for number in range(400):
        customer, day = f"c{number}", 20 * chance.random()
        first = chance.choice(["a", "b", None])
        touches.append(Touchpoint(f"t{number}", customer, days(day), first, kind="click"))
        if number % 2:
            late = day + 1 + 4 / 1440
            touches.append(Touchpoint(f"l{number}", customer, days(late), "a", kind="click"))
            ends.append(Conversion(f"v{number}", customer, days(late + 2 / 1440), value=10.0))
    ingest_batch(graph.driver, events_from_objects(touches, ends))
    answer = attribute(graph, models=("incremental",))
    model = answer.models["incremental"]
    assert model.captured.conversions > 1
    in_memory = attribute_events(touches, ends, AttributionOptions(models=("incremental",)))
    for row, expected in zip(answer.rows(), in_memory.rows(), strict=True):
        assert row == {
            name: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
            for name, value in expected.items()
        }
    assert model.triggered == in_memory.models["incremental"].triggered
    assert model.advice == in_memory.models["incremental"].advice
    found = [explain_conversion(graph, end.id) for end in ends]
    parts = [part for explained in found for part in explained.captured]
    assert sum(parts) == pytest.approx(model.captured.conversions, rel=1e-9)
    unsure = {line.key: line.reasons for line in model.credits if line.identified is False}
    assert None in unsure
    for explained in found[:20]:
        channels = {touch.channel for touch in explained.touches}
        open_ones = {channel: unsure[channel] for channel in channels & unsure.keys()}
        assert dict(explained.not_identified) == open_ones
    assert explain_channels(graph).triggered == {"incremental": model.triggered}


def test_which_channels_make_touches_of_which_needs_a_run_with_a_causal_model(
    one_journey: Stores,
) -> None:
    with pytest.raises(InputError, match="no attribution has run"):
        explain_channels(one_journey)
    attribute(one_journey, models=("last",))
    with pytest.raises(InputError, match="has no causal model"):
        explain_channels(one_journey)


def test_touches_that_a_rule_leaves_out_are_shown_without_credit(one_journey: Stores) -> None:
    attribute(one_journey, models=("last",), touch_model="last")
    found = explain_conversion(one_journey, "c1")
    assert dict(zip((t.id for t in found.touches), found.credit, strict=True)) == {"t1": 0, "t2": 1}


def test_a_journey_across_other_kinds_of_conversions_is_the_runs(one_journey: Stores) -> None:
    journeys = JourneyOptions(conversion_kinds=("purchase",), lookback_days=None)
    attribute(one_journey, models=("linear",), journeys=journeys)
    found = explain_conversion(one_journey, "c1")
    assert [touch.id for touch in found.touches] == ["t0", "t1", "t2"]
    assert found.credit == pytest.approx([1 / 3] * 3)
    with pytest.raises(InputError, match=r"'c0' is a 'signup'.*kinds purchase"):
        explain_conversion(one_journey, "c0")


def test_the_journey_is_cut_by_the_runs_lookbacks_of_channels(one_journey: Stores) -> None:
    own = (TouchLookback("channel", "display", 2.0), TouchLookback("channel", "tv", None))
    journeys = JourneyOptions(conversion_kinds=("purchase",), lookbacks=own)
    attribute(one_journey, models=("linear",), journeys=journeys)
    found = explain_conversion(one_journey, "c1")
    assert dict(zip((t.id for t in found.touches), found.credit, strict=True)) == {
        "t0": 0.5, "t2": 0.5
    }  # fmt: skip


def test_a_conversion_of_a_customer_who_is_left_out_is_not_explained(one_journey: Stores) -> None:
    bob = [Touchpoint("t8", "bob", days(1), channel="tv")], [Conversion("c9", "bob", days(2))]
    ingest_batch(one_journey.driver, events_from_objects(*bob))
    one_journey.driver.execute_query(
        "MATCH (c:Customer) SET c.segment = CASE c.id WHEN 'bob' THEN 'large' ELSE 'smb' END",
        database_=DATABASE,
    )
    for rules in (
        JourneyOptions(only=(Condition("customer.segment", "smb"),)),
        JourneyOptions(exclude=(Condition("customer.segment", "large"),), by="contact"),
    ):
        attribute(one_journey, models=("linear",), journeys=rules, sum_kinds=True, publish=True)
        assert explain_conversion(one_journey, "c1").credit == pytest.approx([0.5, 0.5])
        with pytest.raises(InputError, match="'c9' is of a customer whom the run"):
            explain_conversion(one_journey, "c9")
    one_journey.driver.execute_query(
        "MATCH (c:Customer) SET c.region = 'north' MERGE (a:Account {id: 'acme'}) "
        "MERGE (c)-[:BELONGS_TO {identity: ''}]->(a)",
        database_=DATABASE,
    )
    assert read_facts(one_journey.driver, "bob") == {"segment": "large", "region": "north"}
    assert read_facts(one_journey.driver, "bob", by_account=True) == {"region": "north"}


def test_a_conversion_outside_the_window_is_not_explained(one_journey: Stores) -> None:
    start = round(days(-1).timestamp() * 1000)
    window = (start, start + 3 * 86_400_000)
    attribute(one_journey, models=("linear",), journeys=JourneyOptions(window=window))
    assert explain_conversion(one_journey, "c0").baseline == 1.0
    with pytest.raises(InputError, match=r"2026-06-05 12:00 UTC is outside the window"):
        explain_conversion(one_journey, "c1")


def test_creatives_have_their_names(graph: Stores) -> None:
    touch = Touchpoint("t1", "ada", days(0), channel="search", creative="c7")
    end = Conversion("c1", "ada", days(1), value=30.0)
    ingest_batch(graph.driver, events_from_objects([touch], [end]))
    graph.driver.execute_query(
        "MERGE (creative:Creative {id: 'c7'}) SET creative.name = 'Cat video'",
        database_=DATABASE,
    )
    answer = attribute_graph(graph, AttributionOptions(models=("linear",), level="creative"))
    assert answer.names == {"c7": "Cat video"}
    assert explain_conversion(graph, "c1").names["creative"] == {"c7": "Cat video"}
    names = {level.by: level.names for level in build_report(graph).levels}
    assert names["creative"] == {"c7": "Cat video"}


def test_what_is_missing_is_said(one_journey: Stores) -> None:
    with pytest.raises(InputError, match="no attribution has run on this graph yet"):
        explain_conversion(one_journey, "c1")
    attribute(one_journey, models=("linear",), touch_model=None)
    with pytest.raises(InputError, match="has no credit of single touches"):
        explain_conversion(one_journey, "c1")
    attribute(one_journey, models=("linear",))
    with pytest.raises(InputError, match="no conversion with the id 'c9'"):
        explain_conversion(one_journey, "c9")


def test_the_command_draws_the_journey_and_writes_the_page(
    one_journey: Stores, settings: Settings, tmp_path: Path
) -> None:
    attribute(one_journey, models=("linear",))
    drawn = run_explain(settings, "c1")
    assert "Conversion c1 at 2026-06-05 12:00 UTC, value 30.00, after 2 touches" in drawn
    assert "(unknown)" in drawn
    assert drawn.count("50.0%") == 2
    assert "not incremental" in drawn
    page = tmp_path / "c1.html"
    told = json.loads(run_explain(settings, "c1", "--json", "--page", str(page)))
    assert [touch["id"] for touch in told["touches"]] == ["t1", "t2"]
    assert (told["baseline"], told["incremental"], told["assumptions"]) == (0.0, False, [])
    assert "<h1>Conversion c1</h1>" in page.read_text("utf-8")
    with pytest.raises(InputError, match=r"^the graph has no conversion with the id 'c9'$"):
        run_explain(settings, "c9")


def run_explain(settings: Settings, *arguments: str) -> str:
    """What ``attrigraph explain`` prints to stdout."""
    words = ["explain", *arguments, "--home", str(settings.home)]
    return CliRunner().invoke(cli, words, catch_exceptions=False).stdout
