"""A real server plans every statement of the catalogue, without scans of the whole graph."""

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

# only neo4j-migrations writes it, so other graphs do not have the name
UNKNOWN_NAMES = {"migrations/history": ["migrationTarget"]}

BAD = re.compile(r"AllNodesScan|CartesianProduct|AllRelationshipsScan")

# the index that each hot statement must use; one of them if there are several, because the better
# one depends on the data
INDEXES = {
    "explore/assisted_conversions": ("Conversion(timestamp)",),
    "explore/channel_overlap": ("Conversion(timestamp)",),
    "explore/cohorts": ("Touchpoint(timestamp)",),
    "explore/conversion_rate_by_touches": ("Touchpoint(timestamp)",),
    "explore/conversions_without_touch": ("Conversion(timestamp)",),
    "explore/cost_of_non_converters": ("Touchpoint(timestamp)",),
    "explore/creative_days": ("Creative(id)",),
    "explore/credit_by_campaign": ("Run(id)",),
    "explore/credit_by_channel": ("Run(id)",),
    "explore/credit_by_creative_in_period": ("Conversion(timestamp)",),
    "explore/credit_by_fact": ("Conversion(timestamp)",),
    "explore/credit_by_property": ("Conversion(timestamp)",),
    "explore/credit_by_weekday": ("Conversion(timestamp)",),
    "explore/credit_of_new_customers": ("Conversion(timestamp)",),
    "explore/first_channels": ("Touchpoint(timestamp)",),
    "explore/first_to_last": ("Conversion(timestamp)",),
    "explore/frequency_by_channel": ("ChannelDay(date)",),
    "explore/history_of_customer": ("Customer(id)",),
    "explore/journey_of_conversion": ("Conversion(id)",),
    "explore/journeys_like_this": ("Conversion(timestamp)",),
    "explore/last_touches": ("Conversion(timestamp)",),
    "explore/models_disagree": ("Run(id)",),
    "explore/models_side_by_side": ("Run(id)",),
    "explore/path_length": ("Conversion(timestamp)",),
    "explore/paths_with_x_before_y": ("Conversion(timestamp)",),
    "explore/reach_by_campaign": ("Touchpoint(timestamp)",),
    "explore/repeat_conversions": ("Conversion(timestamp)",),
    "explore/spend_by_day": ("SpendDay(date)",),
    "explore/sole_channels": ("Conversion(timestamp)",),
    "explore/time_between_touches": ("Touchpoint(timestamp)",),
    "explore/time_lag": ("Conversion(timestamp)",),
    "explore/top_paths": ("Conversion(timestamp)",),
    "explore/top_paths_of_run": ("CREDITED(run)",),
    "explore/touches_by_property": ("Touchpoint(timestamp)",),
    "explore/touches_of_creative": ("Creative(id)",),
    "explore/transitions": ("Touchpoint(timestamp)",),
    "explore/transitions_of_journeys": ("Conversion(timestamp)",),
    "explore/decay_curve": ("Creative(id)",),
    "explore/credit_by_product": ("Conversion(timestamp)",),
    "explore/credit_by_segment": ("ASSIGNED_IN(run, model, level)",),
    "explore/credit_over_time": ("ASSIGNED_ON(run, model, level, date)",),
    "fatigue/count_scores": ("Creative(fatigueRun)",),
    "fatigue/delete_scores": ("Creative(fatigueRun)",),
    "fatigue/write_scores": ("Creative(id)",),
    "ingest/claim_customers": ("Customer(id)",),
    "ingest/create_conversions": ("Customer(id)",),
    "ingest/create_touches": ("Customer(id)",),
    "ingest/known_customers": ("Customer(id)",),
    "ingest/known_orders": ("Conversion(id)",),
    "ingest/link_refunds": ("Conversion(orderId)",),
    "ingest/merge_purchases": ("Conversion(orderId)",),
    "ingest/shared_orders": ("Conversion(orderId)",),
    "ingest/link_identities": ("Identity(id)",),
    "ingest/lock_customers": ("Customer(id)",),
    "ingest/mark_identities": ("Identity(id)",),
    "ingest/merge_joined_customers": ("Customer(id)",),
    "ingest/move_conversions": ("Conversion(id)",),
    "ingest/move_touches": ("Touchpoint(id)",),
    "ingest/name_orders": ("Conversion(id)",),
    "ingest/read_identities": ("Identity(hash)",),
    "ingest/known_touch_ids": ("Touchpoint(id)",),
    "ingest/link_touches": ("Touchpoint(id)",),
    "ingest/read_touches": ("Customer(id)",),
    "ingest/unsettled_refunds": ("Refund(order)",),
    "ingest/link_orders": ("Order(id)", "Conversion(id)", "Conversion(orderId)"),
    "ingest/merge_order_lines": ("Order(id)", "Product(id)"),
    "ingest/read_order_lines": ("Order(id)",),
    "journeys/count_cancelled": ("CancelledConversion",),
    "journeys/count_touches": ("TOUCHED",),
    "journeys/read_channels": ("Customer(bucket)",),
    "journeys/read_customer": ("Conversion(id)", "Customer(id)"),
    "journeys/read_events": ("Customer(bucket)",),
    "journeys/read_names": ("Campaign(id)", "Creative(id)"),
    "scores/assign_campaigns": ("Campaign(id)",),
    "scores/assign_days_of_campaigns": ("Campaign(id)",),
    "scores/assign_days_of_channels": ("Channel(name)",),
    "scores/assign_days_of_creatives": ("Creative(id)",),
    "scores/assign_segments_of_campaigns": ("Campaign(id)",),
    "scores/assign_segments_of_channels": ("Channel(name)",),
    "scores/assign_segments_of_creatives": ("Creative(id)",),
    "scores/assign_channels": ("Channel(name)",),
    "scores/assign_creatives": ("Creative(id)",),
    "scores/conversion_of_many_channels": ("CREDITED(run)",),
    "scores/credit_touches": ("Conversion(id)", "Touchpoint(id)"),
    "scores/delete_credit": ("CREDITED(run)",),
    "scores/delete_kept_credit": ("KEPT_CREDIT(run)",),
    "scores/keep_credit": ("CREDITED(run)",),
    "scores/keep_touches": ("Conversion(id)", "Touchpoint(id)"),
    "scores/show_credit": ("KEPT_CREDIT(run)",),
    "scores/read_assigned": ("Run(id)",),
    "scores/read_not_identified": ("Channel(name)",),
    "scores/publish_run": ("Active(job)",),
    "scores/acquire_job_lock": ("Active(job)",),
}

SEEK = re.compile(r"IndexSeek|CountFromCountStore")


def operators(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The operators of a plan with their details, from the top."""
    yield plan["operatorType"].split("@")[0], plan["args"].get("Details", "")
    for child in plan.get("children", ()):
        yield from operators(child)


def explain(stores: Stores, name: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The operators of a statement's plan, and the server's notifications."""
    statement = query(name)
    with stores.driver.session(database=DATABASE) as session:
        parameters = {parameter.name: None for parameter in statement.parameters}
        summary = session.run(f"EXPLAIN {statement.text}", parameters).consume()
    assert summary.plan is not None
    notifications = [
        status.status_description
        for status in summary.gql_status_objects
        if not status.gql_status.startswith(("00", "02"))
    ]
    return list(operators(summary.plan)), notifications


# what a backup is compared with
COUNTS_ALL = "inventory/count_all"


@pytest.mark.parametrize("name", sorted({*names()} - {COUNTS_ALL}))
def test_no_statement_scans_the_whole_graph(name: str, small_graph: Stores) -> None:
    plan, notifications = explain(small_graph, name)
    expected = UNKNOWN_NAMES.get(name, [])
    assert [text for text in notifications if not any(word in text for word in expected)] == []
    assert [operator for operator, _ in plan if BAD.search(operator)] == []


@pytest.mark.parametrize("name", INDEXES)
def test_a_hot_statement_uses_its_index(name: str, small_graph: Stores) -> None:
    plan, _ = explain(small_graph, name)
    seeks = [details for operator, details in plan if SEEK.search(operator)]
    assert any(index in details for details in seeks for index in INDEXES[name]), plan
    assert not any("LabelScan" in operator for operator, _ in plan), plan


def test_the_return_of_months_reads_them_alone(small_graph: Stores) -> None:
    plan, _ = explain(small_graph, "explore/return_by_month")
    seeks = " ".join(details for operator, details in plan if SEEK.search(operator))
    for index in (
        "ASSIGNED_ON(run, model, level, date)",
        "Touchpoint(timestamp)",
        "SpendDay(date)",
    ):
        assert index in seeks
    assert not any("LabelScan" in operator for operator, _ in plan), plan


@pytest.mark.parametrize("name", ["scores/keep_credit", "scores/show_credit"])
def test_copies_of_credit_are_looked_for_at_their_touch(name: str, small_graph: Stores) -> None:
    plan, _ = explain(small_graph, name)
    assert sum("RelationshipIndexSeek" in operator for operator, _ in plan) == 1
    assert any(operator == "Expand(Into)" for operator, _ in plan)


def test_the_server_expects_the_parameters_of_the_header(small_graph: Stores) -> None:
    # the catalogue compares header and text with a pattern; the server decides
    for name in names():
        statement = query(name)
        with small_graph.driver.session(database=DATABASE) as session:
            notifications = session.run(f"EXPLAIN {statement.text}").consume().gql_status_objects
        missing = {
            word
            for status in notifications
            if status.gql_status.startswith("01N60")
            for word in re.findall(r"\$`?(\w+)", status.status_description)
        }
        assert missing == {parameter.name for parameter in statement.parameters}, name


def test_schema_statements_create_only_what_does_not_exist() -> None:
    for migration in read_migrations():
        for statement in migration.statements if migration.changes_schema else ():
            body = re.sub(r"^(//[^\n]*\n)+", "", statement)
            assert re.match(r"CYPHER 5\s+CREATE (CONSTRAINT|(TEXT )?INDEX) \w+ IF NOT EXISTS", body)
