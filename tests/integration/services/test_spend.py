"""Spend in the graph: loaded, corrected, linked, and used by runs as from files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.subset import Condition
from attrigraph.cli.tables.load import as_lines
from attrigraph.domain import LEVELS, Attribution
from attrigraph.errors import InputError
from attrigraph.graph.run_summary import read_attribution
from attrigraph.graph.runs import current_run
from attrigraph.graph.spend import WrittenDays, read_claims, read_spend
from attrigraph.runs.parameters import JOB
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.factors import FactorOptions, factors_from_files, factors_from_graph
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.spend.accounts import Spend
from attrigraph.spend.rates import Rates
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.rates_file import read_rates
from spend_sample import CLAIMS, EVENTS, SPRING, write_sample

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
SOURCE = preset("events", "spend")
LINKED = (
    "MATCH (d:SpendDay)-[:SPENT_ON]->(n) RETURN DISTINCT labels(n)[0] AS label, "
    "coalesce(n.id, n.name) AS key, coalesce(d.campaign, d.campaignName) AS campaign"
)


def rows_of(graph: Stores, statement: str) -> set[tuple[Any, ...]]:
    records, _, _ = graph.driver.execute_query(statement, database_=DATABASE)
    return {tuple(record.values()) for record in records}


def costs(answer: Attribution) -> dict[str | None, Any]:
    return {
        line.key: None if line.returns is None else line.returns.cost
        for line in answer.models["linear"].credits
    }


def assert_equal(one: Any, other: Any) -> None:
    """JSON values that are equal to 1e-9."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_equal(*pair)
    else:
        assert one == (pytest.approx(other, abs=1e-9) if isinstance(other, float) else other)


def test_spend_of_the_graph_is_that_of_files(graph: Stores, tmp_path: Path) -> None:
    files = write_sample(tmp_path)
    rates = read_rates(files.pop("rates"))
    # one load after another, spend before and after its touches
    reports = [load([path], SOURCE, LoadOptions(staging=STAGING), graph) for path in files.values()]
    assert [report.spend for report in reports] == [
        WrittenDays(),
        WrittenDays(written=12),
        WrittenDays(written=6),
    ]
    again = load(list(files.values()), SOURCE, LoadOptions(staging=STAGING), graph)
    assert again.to_json()["spend"] == {"written": 0, "corrected": 0, "present": 18}
    assert len(read_spend(graph.driver)) == 10 + 2 + 6
    assert {("Channel", "search", "101"), ("Campaign", "101", "101")} <= rows_of(graph, LINKED)
    assert ("Campaign", "spring_sale", "Spring Sale") in rows_of(graph, LINKED)
    for level in LEVELS:
        options = AttributionOptions(
            models=("linear", "markov-1"),
            level=level,
            model_options=ModelOptions(draws=0),
            currency="EUR",
            rates=rates,
        )
        by_graph = attribute_graph(graph, options)
        by_files = attribute_files(
            list(files.values()), SOURCE, options, staging=STAGING, folder=tmp_path / "staging"
        )
        stored = read_run(graph, level).to_json()
        expected = by_files.to_json()
        assert_equal(by_graph.to_json() | {"run": None}, expected | {"run": None})
        del stored["run"]
        expected.pop("names", None)  # those of the graph's campaigns today, not of a run
        assert_equal(stored, expected)
    assert ("Campaign", "Lost", "Lost") in rows_of(graph, LINKED)
    assigned = (
        "MATCH (:Active)-[:CURRENT]->()-[a:ASSIGNED {model: 'linear'}]->(n:Campaign) "
        "RETURN n.id, a.cost, a.roas, a.currency, a.costCoverage, a.touches"
    )
    found = {row[0]: row[1:] for row in rows_of(graph, assigned)}
    assert found["101"] == (pytest.approx(100), pytest.approx(1.3), "EUR", 1.0, 2)
    assert found["Lost"] == (pytest.approx(8), 0.0, "EUR", 1.0, 0)
    assert found["news"] == (0.5, None, "EUR", 0.5, 2)

    corrected = tmp_path / "corrected.csv"
    corrected.write_text(
        "date,platform,campaign,cost,currency\n2026-06-01,meta,Spring Sale,22,USD\n"
        "2026-06-02,meta,Spring Sale,12,USD\n2026-06-12,meta,Spring Sale,3,USD\n"
    )
    before = current_run(graph.driver, JOB)
    report = load([corrected], SOURCE, LoadOptions(staging=STAGING), graph)
    assert report.spend == WrittenDays(written=1, corrected=1, present=1)
    days = next(i for i, line in enumerate(as_lines(report)) if line.startswith("days of"))
    assert [line.split() for line in as_lines(report)[days : days + 3]] == [
        ["days", "of", "in", "files", "written", "corrected", "present"],
        ["spend", "3", "1", "1", "1"],
        [],
    ]
    options = AttributionOptions(models=("linear",), level="campaign", currency="EUR", rates=rates)
    answer = attribute_graph(graph, options)
    assert costs(answer)["spring_sale"] == pytest.approx(SPRING + 9)
    assert before is not None
    assert answer.run != before.id
    none = attribute_graph(graph, AttributionOptions(models=("linear",), spend=Spend()))
    assert costs(none)["social"] == 0.7


def test_claims_of_the_graph_give_the_factors_of_files(graph: Stores, tmp_path: Path) -> None:
    events, claims = tmp_path / "events.csv", tmp_path / "claims.csv"
    events.write_text(EVENTS)
    claims.write_text(CLAIMS)
    source = preset("events", "claims")
    for expected in (WrittenDays(written=5), WrittenDays(present=5)):
        report = load([claims, events], source, LoadOptions(staging=STAGING), graph)
        assert (report.claims, report.spend) == (expected, WrittenDays())
    assert len(read_claims(graph.driver)) == 5
    assert ("spring_sale", "Spring Sale") in rows_of(
        graph, "MATCH (c:Claim)-[:ABOUT]->(n:Campaign) RETURN n.id, c.campaignName"
    )
    first = attribute_graph(graph, AttributionOptions(models=("linear",))).run
    options = FactorOptions("linear", "EUR", Rates.of([("USD", None, 0.9)]))
    by_files = factors_from_files(
        [events, claims], source, options, staging=STAGING, folder=tmp_path / "staging"
    )
    assert_equal(factors_from_graph(graph, options).to_json(), by_files.to_json())
    assert by_files.rows
    left_out = JourneyOptions(exclude=(Condition("campaign", "spring_sale"),))
    attribute_graph(graph, AttributionOptions(models=("linear",), journeys=left_out, publish=True))
    rows = [row for row in factors_from_graph(graph, options).rows if row.level == "campaign"]
    assert "spring_sale" not in {row.key for row in rows if row.factor is not None}
    of_first = factors_from_graph(graph, replace(options, run_key=first))
    assert_equal(of_first.to_json(), by_files.to_json())
    graph.driver.execute_query("MATCH (c:Customer) SET c.segment = 'smb'", database_=DATABASE)
    some = JourneyOptions(only=(Condition("customer.segment", "smb"),))
    attribute_graph(graph, AttributionOptions(models=("linear",), journeys=some, publish=True))
    with pytest.raises(InputError, match="takes some customers only"):
        factors_from_graph(graph, options)


def test_a_report_with_cost_and_claims_gives_both(graph: Stores, tmp_path: Path) -> None:
    events, report = tmp_path / "events.csv", tmp_path / "report.csv"
    events.write_text(EVENTS)
    report.write_text(
        "Day,Campaign,Campaign ID,Cost,Conversions,Conv. value\n"
        "2026-06-01,Brand,101,50.00,3.00,300.00\n2026-06-10,Brand,101,50.00,1.00,100.00\n"
    )
    load([report, events], preset("events", "google-ads"), LoadOptions(staging=STAGING), graph)
    stored = "MATCH (c:Claim) RETURN c.date.day, c.platform, c.conversions, c.value"
    assert set(rows_of(graph, stored)) == {(1, "google", 3.0, 300.0), (10, "google", 1.0, 100.0)}
    answer = attribute_graph(graph, AttributionOptions(models=("linear",), level="campaign"))
    assert costs(answer)["101"] == 100.0
    found = factors_from_graph(graph, FactorOptions("linear", "EUR"))
    (brand,) = [row for row in found.rows if (row.level, row.key) == ("campaign", "101")]
    assert brand.factor == pytest.approx(1.5 / 4)


def test_the_graph_has_one_currency(graph: Stores, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    text = EVENTS.replace("cost,value", "cost,value,currency").replace(",,,,30\n", ",,,,30,USD\n")
    lines = [f"{line}," if line.count(",") == 7 else line for line in text.splitlines()]
    path.write_text("\n".join([*lines, ""]))
    rates = Rates.of([("USD", None, 0.5)])
    converted = StagingOptions(keep_ids=True, currency="EUR", rates=rates)
    load([path], preset("events"), LoadOptions(staging=converted), graph)
    with pytest.raises(InputError, match="amounts in the graph are in EUR, and those of these"):
        load([path], preset("events"), LoadOptions(staging=STAGING), graph)
    answer = attribute_graph(graph, AttributionOptions(models=("linear",)))
    assert (answer.currency, answer.observed.value) == ("EUR", 235.0)
    with pytest.raises(InputError, match="values in the graph are in EUR, and the answer would be"):
        attribute_graph(graph, AttributionOptions(models=("linear",), currency="USD"))


def read_run(graph: Stores, level: Any) -> Attribution:
    run = current_run(graph.driver, JOB)
    assert run is not None
    return read_attribution(graph.driver, run, level)


VISITS = """event_id,customer_id,timestamp,kind,channel,cost,value
a1,a,2026-03-01T10:00:00Z,visit,search,1,
a2,a,2026-03-01T10:05:00Z,visit,search,,
a3,a,2026-03-01T10:06:00Z,visit,,,
b1,b,2026-03-01T10:00:00Z,visit,search,2,
b2,b,2026-03-01T10:05:00Z,visit,search,2,
c1,c,2026-03-01T10:00:00Z,visit,mail,3,
c2,c,2026-03-01T10:05:00Z,visit,mail,1,
p,a,2026-03-02T10:00:00Z,conversion,,,40
q,c,2026-03-02T10:00:00Z,conversion,,,10
"""
"""Sessions of two arrivals each, of which the first has a cost for one of them."""


def test_the_coverage_of_costs_is_that_of_the_visits_of_sessions(
    graph: Stores, tmp_path: Path
) -> None:
    visits = tmp_path / "visits.csv"
    visits.write_text(VISITS)
    staging = replace(STAGING, sessions=True)
    load([visits], preset("events"), LoadOptions(staging=staging), graph)
    options = AttributionOptions(models=("linear",))
    answers = [
        attribute_files([visits], preset("events"), options, staging=each, folder=tmp_path)
        for each in (STAGING, staging)
    ]
    apart, joined, stored = (returns(one) for one in (*answers, attribute_graph(graph, options)))
    assert stored == joined == {"search": (5.0, 0.75, None), "mail": (4.0, 1.0, 2.5)}
    assert {key: apart[key] for key in joined} == joined


def returns(answer: Attribution) -> dict[str | None, tuple[float | None, float, float | None]]:
    """Cost, coverage and ROAS of each channel."""
    credits = answer.models["linear"].credits
    lines = {line.key: line.returns for line in credits if line.returns is not None}
    return {key: (one.cost, one.cost_coverage, one.roas) for key, one in lines.items()}
