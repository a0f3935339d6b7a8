"""Data health of a graph with pseudonyms: the lines of the files, to the digit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attrigraph.graph.run_summary import stored_health
from attrigraph.graph.runs import current_run
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.stores import Stores

KEY = b"a key of the tests, long enough"
OPTIONS = AttributionOptions(models=("linear",))

EVENTS = """customer_id,timestamp,kind,channel,campaign,value
ann,2026-03-01T08:00:01Z,click,Paid Search,undefined,
ann,2026-03-01T08:00:01Z,click,paid_search,spring,
ann,2026-03-01T08:10:00.5Z,conversion,,,10
Undefined,2026-03-02T08:00:01Z,click,a > b,,
ben,2026-03-02T08:00:01Z,email,,,
ben,2026-03-02T08:00:01Z,conversion,,,20
cleo,2026-03-03T08:00:01Z,conversion,,,5
"""

CODES = {
    "conversions_without_touch",
    "touches_without_channel",
    "placeholder_customers",
    "placeholder_campaigns",
    "near_equal_channels",
    "separators_in_channels",
    "tied_touches",
    "conversions_at_time_of_touch",
    "conversions_soon_after_touch",
}


@pytest.mark.parametrize("key", [KEY, None], ids=["pseudonyms", "ids kept"])
def test_files_load_and_graph_give_the_same_lines(
    key: bytes | None, graph: Stores, tmp_path: Path
) -> None:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    staging = StagingOptions(keep_ids=True)
    by_files = attribute_files(
        [file], preset("events"), OPTIONS, staging=staging, folder=tmp_path
    ).data_health
    assert by_files is not None
    assert {line.code for line in by_files} == CODES

    stores = replace(graph, customer_key=key)
    loading = StagingOptions(keep_ids=key is None, customer_key=key)
    report = load([file], preset("events"), LoadOptions(staging=loading), stores)
    assert report.data_health == by_files
    assert attribute_graph(stores, OPTIONS).data_health == by_files
    run = current_run(stores.driver, "attribute")
    assert run is not None
    assert stored_health(run) == by_files
