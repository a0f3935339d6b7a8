"""Channels of a graph with pseudonyms: those of the files, by rules, sessions and exclusions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, read_mapping
from attrigraph.staging.notes import EXCLUDED

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.stores import Stores

OPTIONS = AttributionOptions(models=("linear",))

MAPPING = """
[[tables]]
rows = "events"
channel_rules = "ga4"
sessions = true
own_domains = ["club.example"]
[tables.values.channel]
"Paid Search" = "search ads"
"""

EVENTS = """customer_id,timestamp,kind,utm_source,utm_medium,page,referrer,value
ann,2026-03-01T10:00:00Z,visit,,,https://shop.example/?gclid=1,https://www.google.com/,
ann,2026-03-01T10:05:00Z,visit,,,https://shop.example/cart,https://shop.example/,
ann,2026-03-01T10:20:00Z,visit,,,https://shop.example/done,https://www.paypal.com/,
ann,2026-03-01T10:21:00Z,conversion,,,,,10
ben,2026-03-01T10:00:00Z,visit,,,https://shop.example/,https://t.co/x,
ben,2026-03-02T10:00:00Z,visit,newsletter,email,https://shop.example/,,
ben,2026-03-02T10:01:00Z,conversion,,,,,20
cleo,2026-03-01T10:00:00Z,visit,(direct),(none),https://shop.example/,,
cleo,2026-03-01T10:01:00Z,conversion,,,,,6
dora,2026-03-01T10:00:00Z,visit,,,https://shop.example/,https://www.club.example/,
dora,2026-03-01T10:01:00Z,conversion,,,,,4
eve,2026-03-01T10:00:00Z,visit,loft,pigeon,https://shop.example/,,
eve,2026-03-01T10:01:00Z,conversion,,,,,5
"""

VALUES = {
    "search ads": 10.0,
    "Organic Social": 10.0,
    "Email": 10.0,
    "Direct": 6.0,
    None: 4.0,
    "Unassigned": 5.0,
}
"""Credited value by channel, worked out by hand."""


def values(answer: Attribution) -> dict[str | None, float]:
    return {each.key: each.value for each in answer.models["linear"].credits}


def test_files_and_graph_have_the_same_channels(graph: Stores, tmp_path: Path) -> None:
    file, mapping = tmp_path / "events.csv", tmp_path / "mapping.toml"
    file.write_text(EVENTS, encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    source = read_mapping(mapping)
    by_files = attribute_files(
        [file], source, OPTIONS, staging=StagingOptions(keep_ids=True), folder=tmp_path
    )
    assert values(by_files) == pytest.approx(VALUES, rel=1e-9)

    key = b"a key of the tests, long enough"
    report = load(
        [file],
        source,
        LoadOptions(staging=StagingOptions(customer_key=key)),
        replace(graph, customer_key=key),
    )
    assert set(report.notes) == {
        f"1 touch with {EXCLUDED}: channel unknown",
        "1 touch with a source that matches no rule: channel 'Unassigned'",
        "1 touch of direct traffic, as the files state: no known source",
    }
    assert values(attribute_graph(graph, OPTIONS)) == pytest.approx(VALUES, rel=1e-9)
