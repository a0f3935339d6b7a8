"""Every statement of the catalogue is planned by a real server, and read for bad signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.graph.catalogue import names, query
from attrigraph.graph.migrations import read_migrations
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

# written by neo4j-migrations only, so a graph that never saw that tool does not know it
UNKNOWN_WORDS = {"migrations/history": ["migrationTarget"]}

BAD = re.compile(r"AllNodesScan|CartesianProduct|AllRelationshipsScan")

# the indexes that hot statements must go in by; where several are named, by one of them: which one
# is better depends on how much there is of either
INDEXES = {
    "explore/assisted_conversions": ("Conversion(timestamp)",),
    "explore/channel_overlap": ("Conversion(timestamp)",),
    "explore/conversions_without_touch": ("Conversion(timestamp)",),
    "explore/creative_days": ("Creative(id)",),
    "explore/credit_by_campaign": ("Run(id)",),
    "explore/credit_by_channel": ("Run(id)",),
    "explore/credit_by_creative_in_period": ("Conversion(timestamp)",),
    "explore/credit_by_weekday": ("Conversion(timestamp)",),
    "explore/first_to_last": ("Conversion(timestamp)",),
    "explore/history_of_customer": ("Customer(id)",),
    "explore/journey_of_conversion": ("Conversion(id)",),
    "explore/last_touches": ("Conversion(timestamp)",),
    "explore/models_side_by_side": ("Run(id)",),
    "explore/path_length": ("Conversion(timestamp)",),
    "explore/paths_with_x_before_y": ("Conversion(timestamp)",),
    "explore/repeat_conversions": ("Conversion(timestamp)",),
    "explore/time_lag": ("Conversion(timestamp)",),
    "explore/top_paths": ("Conversion(timestamp)",),
    "explore/top_paths_of_run": ("CREDITED(run)",),
    "explore/touches_of_creative": ("Creative(id)",),
    "ingest/claim_customers": ("Customer(id)",),
    "ingest/create_conversions": ("Customer(id)",),
    "ingest/create_touches": ("Customer(id)",),
    "ingest/known_customers": ("Customer(id)",),
    "ingest/known_touch_ids": ("Touchpoint(id)",),
    "ingest/link_touches": ("Touchpoint(id)",),
    "ingest/read_touches": ("Customer(id)",),
    "journeys/count_touches": ("TOUCHED",),
    "journeys/find_conversion": ("Conversion(id)",),
    "journeys/read_channels": ("Customer(bucket)",),
    "journeys/read_customer": ("Customer(id)",),
    "journeys/read_events": ("Customer(bucket)",),
    "scores/assign_campaigns": ("Campaign(id)",),
    "scores/assign_channels": ("Channel(name)",),
    "scores/assign_creatives": ("Creative(id)",),
    "scores/conversion_of_many_channels": ("CREDITED(run)",),
    "scores/credit_touches": ("Conversion(id)", "Touchpoint(id)"),
    "scores/delete_credit": ("CREDITED(run)",),
    "scores/read_assigned": ("Run(id)",),
    "scores/switch_run": ("Active(job)",),
    "scores/take_turn": ("Active(job)",),
}

SEEK = re.compile(r"IndexSeek|CountFromCountStore")


def operators(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The operators of a plan with their details, from the top."""
    yield plan["operatorType"].split("@")[0], plan["args"].get("Details", "")
    for child in plan.get("children", ()):
        yield from operators(child)


def explain(stores: Stores, name: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The operators that a statement is planned with, and the server's remarks on it."""
    asked = query(name)
    with stores.driver.session(database=DATABASE) as session:
        parameters = {parameter.name: None for parameter in asked.parameters}
        summary = session.run(f"EXPLAIN {asked.text}", parameters).consume()
    assert summary.plan is not None
    remarks = [
        status.status_description
        for status in summary.gql_status_objects
        if not status.gql_status.startswith(("00", "02"))
    ]
    return list(operators(summary.plan)), remarks


@pytest.mark.parametrize("name", names())
def test_a_statement_is_planned_without_bad_signs(name: str, small_graph: Stores) -> None:
    plan, remarks = explain(small_graph, name)
    expected = UNKNOWN_WORDS.get(name, [])
    assert [remark for remark in remarks if not any(word in remark for word in expected)] == []
    assert [operator for operator, _ in plan if BAD.search(operator)] == []


@pytest.mark.parametrize("name", INDEXES)
def test_a_hot_statement_goes_in_by_its_index(name: str, small_graph: Stores) -> None:
    plan, _ = explain(small_graph, name)
    seeks = [details for operator, details in plan if SEEK.search(operator)]
    assert any(index in details for details in seeks for index in INDEXES[name]), plan
    assert not any("LabelScan" in operator for operator, _ in plan), plan


def test_the_headers_parameters_are_those_that_the_server_asks_for(small_graph: Stores) -> None:
    # the catalogue compares header and text by itself; the server has the last word
    for name in names():
        asked = query(name)
        with small_graph.driver.session(database=DATABASE) as session:
            remarks = session.run(f"EXPLAIN {asked.text}").consume().gql_status_objects
        missing = {
            word
            for status in remarks
            if status.gql_status.startswith("01N60")
            for word in re.findall(r"\$`?(\w+)", status.status_description)
        }
        assert missing == {parameter.name for parameter in asked.parameters}, name


def test_statements_of_the_schema_create_what_is_not_there() -> None:
    for migration in read_migrations():
        for statement in migration.statements:
            body = re.sub(r"^(//[^\n]*\n)+", "", statement)
            assert re.match(r"CYPHER 5\s+CREATE (CONSTRAINT|INDEX) \w+ IF NOT EXISTS", body)
