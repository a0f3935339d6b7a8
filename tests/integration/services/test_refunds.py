"""Refunds in any load: the graph ends as if all had come together, and agrees with the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.errors import InputError
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.explain import explain_conversion
from attrigraph.services.load import LoadOptions, LoadReport, load
from attrigraph.staging import StagingOptions, preset
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
OPTIONS = AttributionOptions(models=("linear", "last"), model_options=ModelOptions(draws=0))
PARTS = {
    "orders": """event_id,customer_id,timestamp,kind,channel,value
t1,a,2026-03-01T10:00:00Z,click,search,
t2,a,2026-03-02T10:00:00Z,click,email,
p1,a,2026-03-03T10:00:00Z,conversion:sale,,100
t3,a,2026-03-04T10:00:00Z,click,tv,
p2,a,2026-03-05T10:00:00Z,conversion:sale,,80
t4,b,2026-03-01T10:00:00Z,click,email,
p3,b,2026-03-03T10:00:00Z,conversion:sale,,50
p4,c,2026-03-03T10:00:00Z,conversion:sale,,70
""",
    "refunds": """event_id,customer_id,timestamp,kind,value,order_id
r1,,2026-03-10T10:00:00Z,refund,30.1,p1
r2,,2026-03-11T10:00:00Z,refund,10.2,p1
r3,,2026-03-11T10:00:00Z,refund,,p3
r4,,2026-03-11T10:00:00Z,refund,5,p9
""",
    "cancellations": """event_id,customer_id,timestamp,kind,order_id
x1,,2026-03-10T10:00:00Z,cancellation,p2
x2,,2026-03-10T10:00:00Z,cancellation,p4
""",
}
LATE = """event_id,customer_id,timestamp,kind,channel,value
t5,a,2026-03-04T12:00:00Z,click,push,
p9,d,2026-03-03T10:00:00Z,conversion:sale,,8
"""
GRAPH = """
MATCH (one)-[link]->(other)
WHERE type(link) IN ['MADE', 'CANCELLED', 'CONVERTED', 'REDUCES']
RETURN type(link) AS link, one.id AS one, labels(other)[0] AS label, other.id AS other,
  other.value AS value, other.gross AS gross, other.refunded AS refunded
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.csv" for name in (*PARTS, "late")}
    for name, path in paths.items():
        path.write_text(PARTS.get(name, LATE), encoding="utf-8")
    return paths


def loaded(stores: Stores, *paths: Path) -> LoadReport:
    return load(paths, preset("events"), LoadOptions(staging=STAGING), stores)


def content(stores: Stores) -> set[tuple[Any, ...]]:
    return {tuple(record.values()) for record in stores.driver.execute_query(GRAPH).records}


def sale(link: str, customer: str, order: str, gross: float, left: float | None) -> Any:
    label = "CancelledConversion" if link == "CANCELLED" else "Conversion"
    value, before = (gross, None) if left is None else (left, gross)
    return (link, customer, label, order, value, before, None if left is None else gross - left)


EXPECTED = {
    ("CONVERTED", "t2", *sale("MADE", "a", "p1", 100.0, 59.7)[2:]),
    ("CONVERTED", "t4", *sale("MADE", "b", "p3", 50.0, 0.0)[2:]),
    sale("MADE", "a", "p1", 100.0, 59.7),
    sale("MADE", "b", "p3", 50.0, 0.0),
    sale("CANCELLED", "a", "p2", 80.0, 80.0),
    sale("CANCELLED", "c", "p4", 70.0, 70.0),
}


def same(found: set[tuple[Any, ...]], expected: set[tuple[Any, ...]]) -> bool:
    """Whether both hold the same rows; the amounts to 1e-9."""

    def rounded(rows: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        return {tuple(round(v, 9) if isinstance(v, float) else v for v in row) for row in rows}

    return rounded(found) == rounded(expected)


def reduces(rows: set[tuple[Any, ...]]) -> set[tuple[str, str]]:
    return {(row[1], row[3]) for row in rows if row[0] == "REDUCES"}


@cases(
    "order",
    [
        ("cancellations", "refunds", "orders"),
        ("orders", "refunds", "cancellations"),
        ("refunds", "orders", "cancellations"),
    ],
    short=1,
)
def test_the_order_of_loads_changes_nothing(
    graph: Stores, files: dict[str, Path], order: Sequence[str], tmp_path: Path
) -> None:
    for name in order:
        loaded(graph, files[name])
    first = content(graph)
    assert same({row for row in first if row[0] != "REDUCES"}, EXPECTED)
    linked = {("r1", "p1"), ("r2", "p1"), ("r3", "p3"), ("x1", "p2"), ("x2", "p4")}
    assert reduces(first) == linked
    again = loaded(graph, *(files[name] for name in PARTS))
    assert content(graph) == first
    assert again.to_json()["refunds"] == {"written": 0, "present": 6, "rejected": 0, "waiting": 1}
    conversions = again.to_json()["events"]["conversions"]
    assert conversions == {"written": 0, "present": 4, "rejected": 0, "moved": 0, "merged": 0}
    assert "such as 'p9'" in again.notes[-1]

    # what comes later still meets its refund, and no touch leads to a cancelled order
    late = loaded(graph, files["late"])
    assert late.notes == ()
    third = content(graph)
    assert ("r4", "p9") in reduces(third)
    assert {row[1] for row in third if row[0] == "CONVERTED"} == {"t2", "t4"}

    credited = attribute_graph(graph, OPTIONS)
    by_files = attribute_files(
        [*files.values()], preset("events"), OPTIONS, staging=STAGING, folder=tmp_path / "staged"
    )
    assert (by_files.observed.conversions, by_files.observed.journeys) == (3, 5)
    assert credited.observed.value == pytest.approx(59.7 + 0 + 3, abs=1e-9)
    assert credited.observed == by_files.observed
    for name, model in credited.models.items():
        assert model.credits == by_files.models[name].credits
        assert model.baseline == by_files.models[name].baseline
    with pytest.raises(InputError, match="no conversion with the id 'p2'"):
        explain_conversion(graph, "p2")


MIXPANEL = {"time": 1_790_000_000, "distinct_id": "a", "order_id": "m1", "revenue": 10}
AMPLITUDE = {"event_type": "Purchase", "device_id": "b", "user_properties": {}}
POSTHOG = {"distinct_id": "c", "properties": {"order_id": "p1", "revenue": 30}}
TOOLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mixpanel": (
        {"event": "Purchase", "properties": MIXPANEL},
        {"event": "Order Refunded", "properties": {**MIXPANEL, "refund_amount": 4}},
    ),
    "amplitude": (
        {
            **AMPLITUDE,
            "event_time": "2026-03-01 10:00:00",
            "event_properties": {"order_id": "a1", "$revenue": 20},
        },
        {
            **AMPLITUDE,
            "event_time": "2026-03-08 10:00:00",
            "event_properties": {"order_id": "a1", "$revenue": -20},
        },
    ),
    "posthog": (
        {**POSTHOG, "event": "purchase", "uuid": "u1", "timestamp": "2026-03-01T10:00:00Z"},
        {**POSTHOG, "event": "order_cancelled", "uuid": "u2", "timestamp": "2026-03-08T10:00:00Z"},
    ),
}
"""A sale, and what became of it a week later."""


@cases("parts", [(1, 0), (0, 1, 0, 1)], short=1)
def test_refunds_of_tools_meet_their_orders_in_any_load(
    graph: Stores, parts: tuple[int, ...], tmp_path: Path
) -> None:
    for part in parts:
        paths = [tmp_path / f"{tool}-{part}.jsonl" for tool in TOOLS]
        for path, events in zip(paths, TOOLS.values(), strict=True):
            path.write_text(json.dumps(events[part]), encoding="utf-8")
        report = load(paths, preset(*TOOLS), LoadOptions(staging=STAGING), graph)
        assert report.rejected == 0
    assert {row for row in content(graph) if row[0] != "REDUCES"} == {
        sale("MADE", "a", "m1", 10.0, 6.0),
        sale("MADE", "b", "a1", 20.0, 0.0),
        sale("CANCELLED", "c", "p1", 30.0, 30.0),
    }


def test_a_refund_with_another_amount_is_rejected(
    graph: Stores, files: dict[str, Path], tmp_path: Path
) -> None:
    loaded(graph, files["orders"], files["refunds"])
    before = content(graph)
    changed = tmp_path / "changed.csv"
    changed.write_text(PARTS["refunds"].replace("30.1", "31"), encoding="utf-8")
    report = loaded(graph, changed)
    assert content(graph) == before
    assert report.to_json()["refunds"] == {"written": 0, "present": 3, "rejected": 1, "waiting": 1}
    assert report.rejected == 1
    assert report.rejects is not None
    assert "changed.csv,2,other-content-in-graph: the graph has refund 'r1'" in (
        report.rejects.read_text(encoding="utf-8")
    )


def test_files_and_graph_say_when_all_orders_are_cancelled(
    graph: Stores, files: dict[str, Path], tmp_path: Path
) -> None:
    rest = tmp_path / "rest.csv"
    rest.write_text(
        "event_id,customer_id,timestamp,kind,order_id\n"
        + "".join(f"y{key},,2026-03-12T10:00:00Z,cancellation,{key}\n" for key in ("p1", "p3")),
        encoding="utf-8",
    )
    paths = [files["orders"], files["cancellations"], rest]
    loaded(graph, *paths)
    message = "^all 4 conversions are cancelled, so there is nothing to credit; add orders that"
    with pytest.raises(InputError, match=message):
        attribute_graph(graph, OPTIONS)
    with pytest.raises(InputError, match=message):
        attribute_files(
            paths, preset("events"), OPTIONS, staging=STAGING, folder=tmp_path / "staged"
        )


LINES = """event_id,customer_id,timestamp,kind,channel,value,order_id
t1,a,2026-03-01T10:00:00Z,click,search,,
c1,a,2026-03-03T10:00:00Z,conversion:sale,,100,zz
l1,b,2026-03-03T10:00:00Z,conversion:sale,,60,yy
x1,c,2026-03-03T10:00:00Z,conversion:sale,,50,xx
"""
BY_ORDER = """event_id,customer_id,timestamp,kind,channel,value,order_id
r1,,2026-03-10T10:00:00Z,refund,,40,zz
r2,,2026-03-10T10:00:00Z,refund,,45,yy
r3,,2026-03-10T10:00:00Z,cancellation,,50,xx
r4,,2026-03-10T10:00:00Z,refund,,1,c1
"""
FURTHER_LINES = """event_id,customer_id,timestamp,kind,channel,value,order_id
l2,b,2026-03-03T10:00:00Z,conversion:sale,,30,yy
yy,d,2026-03-03T10:00:00Z,conversion:order,,90,
x2,c,2026-03-03T10:00:00Z,conversion:sale,,5,xx
"""


@cases("order", [(2, 1, 0), (0, 1, 2), (1, 0, 2), (1, 2, 0)], short=2)
def test_refunds_find_conversions_by_the_ids_of_their_orders_in_any_load(
    graph: Stores, order: Sequence[int], tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for path, text in zip(paths, (LINES, BY_ORDER, FURTHER_LINES), strict=True):
        path.write_text(text, encoding="utf-8")
    for number in order:
        report = loaded(graph, paths[number])
        assert report.rejected == 0
    assert report.notes == ()
    found = content(graph)
    assert same(
        {row for row in found if row[0] in ("MADE", "CANCELLED")},
        {
            sale("MADE", "a", "c1", 100.0, 59.0),
            sale("MADE", "b", "l1", 60.0, 30.0),
            sale("MADE", "b", "l2", 30.0, 15.0),
            sale("MADE", "d", "yy", 90.0, 45.0),
            sale("CANCELLED", "c", "x1", 50.0, 50.0),
            sale("CANCELLED", "c", "x2", 5.0, 5.0),
        },
    )
    again = loaded(graph, *paths)
    assert content(graph) == found
    assert again.rejected == 0
    credited = attribute_graph(graph, OPTIONS)
    by_files = attribute_files(
        paths, preset("events"), OPTIONS, staging=STAGING, folder=tmp_path / "staged"
    )
    assert credited.observed == by_files.observed
    for name, model in credited.models.items():
        assert model.credits == by_files.models[name].credits


def test_an_order_that_a_later_load_names_meets_its_refund_and_keeps_its_id(
    graph: Stores, tmp_path: Path
) -> None:
    paths = {name: tmp_path / f"{name}.csv" for name in ("bare", "named", "other", "refund")}
    paths["bare"].write_text(LINES.replace(",zz", ","), encoding="utf-8")
    paths["named"].write_text(LINES, encoding="utf-8")
    paths["other"].write_text(LINES.replace(",zz", ",ww"), encoding="utf-8")
    paths["refund"].write_text(BY_ORDER.split("r2")[0], encoding="utf-8")
    for name, left in (("bare", None), ("refund", None), ("named", 60.0), ("bare", 60.0)):
        loaded(graph, paths[name])
        assert sale("MADE", "a", "c1", 100.0, left) in content(graph)
    floats = tmp_path / "floats.csv"
    floats.write_text("order_id,amount\n7.0,1\nx,1\n", encoding="utf-8")
    whole = tmp_path / "whole.csv"
    whole.write_text(LINES.splitlines()[0] + "\nk1,e,2026-03-03T10:00:00Z,conversion:sale,,9,7\n")
    loaded(graph, whole)
    options = LoadOptions(staging=STAGING)
    assert "as '7' for '7.0'" in load([floats], preset("refunds"), options, graph).notes[-1]
    floats.write_text("order_id,amount\n7.0,2\n", encoding="utf-8")
    load([floats], preset("refunds"), options, graph)
    assert sale("MADE", "e", "k1", 9.0, 7.0) in content(graph)
    report = loaded(graph, paths["other"])
    assert report.rejected == 1
    assert report.rejects is not None
    rejects = report.rejects.read_text(encoding="utf-8")
    assert "other.csv,3,other-content-in-graph: the graph has conversion 'c1' with" in rejects
    assert "another order" in rejects
    assert sale("MADE", "a", "c1", 100.0, 60.0) in content(graph)
