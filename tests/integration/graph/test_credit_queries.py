"""Queries about the credit of a run on a world of repeats and ties, against plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.errors import InputError
from attrigraph.graph.explore import run_query
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.settings import DATABASE
from event_world import START, World, journeys, place, within

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.stores import Stores

    Key = Callable[[Touchpoint, Conversion], Hashable]

REGIONS = ("north", "south", None)
PERIOD = (2, 40)


class Run:
    """The linear credit of one kind of conversion of a world: in the graph, and by definition."""

    def __init__(self, graph: Stores) -> None:
        self.graph, self.world = graph, World(1)
        self.world.load(graph)
        names = sorted({one.customer_id for one in self.world.conversions} | {*self.world.own})
        self.region = {name: REGIONS[number % 3] for number, name in enumerate(names)}
        graph.driver.execute_query(
            "UNWIND keys($region) AS id MATCH (c:Customer {id: id}) SET c.region = $region[id]",
            {"region": self.region},
            database_=DATABASE,
        )
        options = AttributionOptions(models=("linear",), model_options=ModelOptions(draws=0))
        answer = attribute_graph(graph, options)
        made = [one for one in self.world.conversions if one.kind == answer.kind]
        touches = [touch for own in self.world.own.values() for touch in own]
        always = START, START + timedelta(days=99)
        self.credited = [
            (touch, one, 1 / len(path))
            for one, path in journeys(touches, made, always, 30)
            for touch in path
        ]
        first: dict[str, Conversion] = {}
        for one in sorted(made, key=lambda one: (*place(one), one.id)):
            first.setdefault(one.customer_id, one)
        self.first = {one.id for one in first.values()}

    def __call__(self, name: str, *columns: str, **more: Any) -> list[tuple[Any, ...]]:
        first, end = (START + timedelta(days=day) for day in PERIOD)
        period = {"from": first, "to": end}
        rows = run_query(self.graph.driver, name, {**period, **more})
        return sorted((tuple(row[column] for column in columns) for row in rows), key=repr)

    def sums(self, key: Key, *, new: bool = False) -> list[tuple[Any, ...]]:
        """Conversions and value by key, of the period; of first conversions alone if ``new``."""
        conversions: Counter[Any] = Counter()
        value: Counter[Any] = Counter()
        for touch, one, share in self.credited:
            if within(one, PERIOD):
                counts = share if one.id in self.first or not new else 0.0
                conversions[key(touch, one)] += counts  # type: ignore[assignment]
                value[key(touch, one)] += counts * one.value  # type: ignore[assignment]
        return _sorted((*one, conversions[one], value[one]) for one in conversions)


def _sorted(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=repr)


@pytest.fixture
def run(graph: Stores) -> Run:
    return Run(graph)


def _equal(answer: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> None:
    assert [row[:-2] for row in answer] == [row[:-2] for row in expected]
    for row, other in zip(answer, expected, strict=True):
        assert row[-2:] == pytest.approx(other[-2:], rel=1e-9, abs=1e-9)


SUMS = ("conversions", "value")


def test_credit_by_property(run: Run) -> None:
    answer = run("credit_by_property", "propertyValue", *SUMS, property="kind", limit=9)
    _equal(answer, run.sums(lambda touch, _: (touch.kind,)))


def test_credit_by_fact(run: Run) -> None:
    answer = run("credit_by_fact", "factValue", "channel", *SUMS, fact="region", limit=99)
    _equal(answer, run.sums(lambda touch, one: (run.region[one.customer_id], touch.channel or "?")))


def test_credit_of_new_customers(run: Run) -> None:
    answer = run("credit_of_new_customers", "channel", *SUMS)
    _equal(answer, run.sums(lambda touch, _: (touch.channel or "?",), new=True))
    answer = run("credit_of_new_customers", "channel", "ofAll", "valueOfAll")
    _equal(answer, run.sums(lambda touch, _: (touch.channel or "?",)))


def test_return_by_month(run: Run) -> None:
    period = {"from": date(2026, 1, 3), "to": date(2026, 2, 10)}
    answer = run("return_by_month", "month", "campaign", *SUMS, model="linear", limit=9, **period)
    expected = {
        row[:2]: row[2:]
        for row in run.sums(lambda touch, one: (_month(one), touch.campaign))
        if row[1] is not None
    }
    assert {row[:2]: pytest.approx(row[2:]) for row in answer if row[2]} == expected
    costs = run("return_by_month", "month", "campaign", "cost", model="linear", limit=9, **period)
    touches = [touch for touch in run.world.within(PERIOD) if touch.campaign]
    for month, campaign, cost in costs:
        own = [one.cost for one in touches if (_month(one), one.campaign) == (month, campaign)]
        assert cost == (None if None in own else sum(filter(None, own)))


def _month(event: Touchpoint | Conversion) -> date:
    return place(event)[0].date().replace(day=1)


LATER = "MATCH (d:SpendDay {key: 's1'}) SET d.date = date('2026-06-05')"
SPEND_ON_SOCIAL = """MATCH (c:Channel {name: 'Social'})
CREATE (:SpendDay {key: 'x', cost: 3.0, date: date('2026-06-05')})-[:SPENT_ON]->(c)"""
SPEND_ON_R1 = """MATCH (c:Creative {id: 'r1'})
CREATE (:SpendDay {key: 'x', creative: 'r1', cost: 3.0, date: date('2026-06-05')})
  -[:SPENT_ON]->(c)"""


@pytest.mark.parametrize(
    ("change", "costs"),
    [
        # t4 and t6 of k1 cost 1.0 each
        (LATER, {"k1": 2.0, "k2": 4.0}),
        ("MATCH (t:Touchpoint {id: 't6'}) SET t.cost = null", {"k1": None}),
        # half of the visits of the session of t6
        ("MATCH (t:Touchpoint {id: 't6'}) SET t.costShare = 0.5", {"k1": None}),
        # spend on a channel as a whole takes the place of the costs of its touches
        (SPEND_ON_SOCIAL, {"k1": None}),
        (SPEND_ON_R1, {"k1": 3.0}),
        (f"{LATER}, d.currency = 'USD'", {"k1": 2.0, "k2": None}),
        (
            f"{LATER} WITH d MATCH (k:Campaign {{id: 'k1'}}) CREATE (d)-[:SPENT_ON]->(k)",
            {"k1": None, "k2": None},
        ),
    ],
)
def test_costs_of_months_are_null_where_they_are_not_known(
    small_graph: Stores, change: str, costs: dict[str, float | None]
) -> None:
    small_graph.driver.execute_query(change, database_=DATABASE)
    given = {"model": "linear", "from": "2026-06-04", "to": "2026-06-09", "limit": 9}
    rows = run_query(small_graph.driver, "return_by_month", given)
    found = {row["campaign"]: row for row in rows}
    assert {name: found[name]["cost"] for name in costs} == costs
    for name, cost in costs.items():
        roas = None if cost is None else pytest.approx(found[name]["value"] / cost)
        assert found[name]["roas"] == roas


def test_two_models_are_two(small_graph: Stores) -> None:
    given = {"level": "channel", "model": "linear", "other": "linear", "limit": 3}
    with pytest.raises(InputError, match="other must be another model of the run"):
        run_query(small_graph.driver, "models_disagree", given)
