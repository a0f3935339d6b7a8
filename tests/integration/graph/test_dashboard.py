"""The cards and selectors of the dashboard on ``small_graph.cypher``, with texts as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrigraph.bloom.dashboard import dashboard
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

VALUES: dict[str, Any] = {
    "neodash_model": "linear",
    "neodash_from": "2026-06-01",
    "neodash_to": "2026-07-01",
    "neodash_before": "early June",
    "neodash_after": "bbbb",
    "neodash_conversion": "v1",
}
DASHBOARD = dashboard()
REPORTS = [report for page in DASHBOARD["pages"] for report in page["reports"]]
CARDS = {report["title"]: report for report in REPORTS if report["type"] != "select"}


def rows(stores: Stores, report: dict[str, Any]) -> list[dict[str, Any]]:
    """What a report shows: NeoDash sends all parameters, and what was typed into a selector."""
    chosen = DASHBOARD["settings"]["parameters"] | VALUES | {"input": ""}
    records, _, _ = stores.driver.execute_query(report["query"], chosen, database_=DATABASE)
    return [dict(record) for record in records]


def test_every_card_shows_rows_with_the_columns_that_it_draws(small_graph: Stores) -> None:
    for title, card in CARDS.items():
        found = rows(small_graph, card)
        assert found, title
        if card["type"] == "bar":
            assert set(card["selection"].values()) - {"(none)"} <= set(found[0]), title


def test_every_selector_offers_the_value_that_the_cards_take(small_graph: Stores) -> None:
    offered = {
        report["settings"]["parameterName"]: [row["value"] for row in rows(small_graph, report)]
        for report in REPORTS
        if report["type"] == "select" and report["settings"]["type"] == "Custom Query"
    }
    chosen = DASHBOARD["settings"]["parameters"] | VALUES | {"neodash_run": "bbbb"}
    assert {name for name, values in offered.items() if chosen[name] not in values} == set()


def test_the_published_run_is_offered_first(small_graph: Stores) -> None:
    selector = next(one for one in REPORTS if one["title"] == "run")
    assert rows(small_graph, selector)[0] == {"value": "bbbb"}


def test_channels_have_intervals(small_graph: Stores) -> None:
    found = rows(small_graph, CARDS["Credit of channels with 90 % intervals"])
    assert [(row["channel"], row["conversions"], row["low"], row["high"]) for row in found] == [
        ("Social", 11 / 6, 1.0, 2.0),
        ("Search", 5 / 6, None, None),
        ("Email", 1 / 3, None, None),
        ("Display", 0.0, None, None),
    ]
    assert {row["currency"] for row in found} == {"EUR"}


def test_models_are_compared_by_one_row_per_model_and_channel(small_graph: Stores) -> None:
    found = rows(small_graph, CARDS["Models compared"])
    assert [(row["key"], row["model"], row["conversions"]) for row in found][:3] == [
        ("Social", "linear", 11 / 6),
        ("Social", "shapley-ordered", 1.75),
        ("Social", "incremental", 1.5),
    ]


def test_the_graph_of_a_journey_has_its_touches(small_graph: Stores) -> None:
    found = rows(small_graph, CARDS["Journey of the conversion"])
    assert {row["touch"]["id"] for row in found} == {"t1", "t2", "t3"}
