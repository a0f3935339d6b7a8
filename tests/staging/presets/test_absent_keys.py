"""Exports as JSON lines leave out keys without a value: what a file must have is what always is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attrigraph.services.inspect import inspect_files
from attrigraph.staging import preset
from attrigraph.staging.bindings import missing_fields

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Stage, Write

NECESSARY = {
    "ga4-bigquery": {"event_name", "event_params", "event_timestamp", "user_pseudo_id"},
    "mixpanel": {"event", "properties"},
    "amplitude": {"event_type", "event_time", "event_properties", "user_properties"},
    "posthog": {"event", "distinct_id", "timestamp", "uuid", "properties"},
    "snowplow-atomic": {"event", "event_id", "domain_userid", "collector_tstamp"},
}

VISIT = {
    "event_name": "page_view",
    "event_timestamp": "1791162539386020",
    "user_pseudo_id": "a",
    "event_params": [{"key": "ga_session_id", "value": {"int_value": "7"}}],
}
LEAD = {**VISIT, "event_name": "generate_lead", "event_timestamp": "1791162999386020"}
PURCHASE = {
    **VISIT,
    "event_name": "purchase",
    "event_timestamp": "1791163999386020",
    "ecommerce": {"transaction_id": "t", "purchase_revenue": "12.5"},
}


@pytest.mark.parametrize(("name", "necessary"), NECESSARY.items())
def test_only_columns_that_are_never_null_are_necessary(name: str, necessary: set[str]) -> None:
    (table,) = preset(name).tables
    missing = missing_fields(table, [])
    assert {column for column in missing if " or " not in column} == necessary
    one_of = {column.split(" or ")[0] for column in missing}
    assert missing_fields(table, sorted(one_of)) == []


def test_a_day_of_ga4_without_purchases_is_read(staged: Stage, write: Write) -> None:
    file = write("day.jsonl", "".join(json.dumps(row) + "\n" for row in (VISIT, LEAD)))
    source = preset("ga4-bigquery").with_conversions(["generate_lead"])
    counts = staged(file, source=source).counts
    assert (counts.touches, counts.conversions, counts.rejected) == (1, 1, 0)


def test_keys_that_come_after_the_first_thousand_rows_are_read(staged: Stage, write: Write) -> None:
    rows = [VISIT] * 1500 + [PURCHASE]
    file = write("late.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    found = staged(file, source="ga4-bigquery").events().conversions
    assert found.value.tolist() == [12.5]


def test_inspection_knows_files_without_these_keys(write: Write, tmp_path: Path) -> None:
    file = write("day.jsonl", json.dumps(VISIT) + "\n")
    assert inspect_files([file], None, folder=tmp_path).presets == ("ga4-bigquery",)
