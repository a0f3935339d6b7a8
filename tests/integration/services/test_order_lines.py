"""Lines of orders in any load: one graph, and credit of products that adds up."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.graph.explore import run_query
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, LoadReport, load
from attrigraph.staging import StagingOptions, preset
from emptied_graph import empty_graph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]

PARTS = {
    "events": """event_id,customer_id,timestamp,kind,channel,value,order_id
t1,a,2026-03-01T10:00:00Z,click,search,,
t2,a,2026-03-02T10:00:00Z,click,email,,
p1,a,2026-03-03T10:00:00Z,conversion:sale,,100,
t3,b,2026-03-04T10:00:00Z,click,search,,
e7,b,2026-03-05T10:00:00Z,conversion:sale,,80,p2
t4,c,2026-03-04T10:00:00Z,click,tv,,
p3,c,2026-03-05T10:00:00Z,conversion:sale,,60,
t5,d,2026-03-04T10:00:00Z,click,tv,,
p4,d,2026-03-05T10:00:00Z,conversion:sale,,20,
""",
    "order-lines": """order_id,product,product_name,quantity,value
p1,shirt,Shirt,2,60
p1,socks,Socks,1,30
p2,shirt,A shirt,1,30
p4,socks,Socks,1,10
p9,hat,,1,5
""",
    "refunds": """refund_id,order_id,amount,cancelled
r1,p1,10,
r2,p4,,1
""",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.csv" for name in PARTS}
    for name, path in paths.items():
        path.write_text(PARTS[name], encoding="utf-8")
    return paths


def loaded(stores: Stores, *paths: Path) -> LoadReport:
    options = LoadOptions(staging=StagingOptions(keep_ids=True), mode="online")
    return load(paths, preset(*PARTS), options, stores)


def ask(stores: Stores, statement: str) -> set[tuple[Any, ...]]:
    return {tuple(one.values()) for one in stores.driver.execute_query(statement).records}


def test_the_order_of_loads_changes_nothing(
    graph: Stores, files: dict[str, Path], snapshot: Snapshot
) -> None:
    first = loaded(graph, *files.values())
    expected = snapshot()
    assert first.to_json()["order_lines"] == {
        "written": 5,
        "present": 0,
        "rejected": 0,
        "waiting": 1,
    }
    assert "lines of 1 order without a conversion so far, such as 'p9'" in first.notes
    again = loaded(graph, *files.values())
    assert again.to_json()["order_lines"]["present"] == 5
    assert snapshot() == expected
    for order in list(permutations(files))[:3]:
        empty_graph(graph)
        for name in order:
            loaded(graph, files[name])
        assert snapshot() == expected
    links = "MATCH (c)-[:OF_ORDER]->(o) RETURN labels(c)[0], c.id, o.id"
    assert ask(graph, links) == {
        ("Conversion", "p1", "p1"),
        ("Conversion", "e7", "p2"),
        ("CancelledConversion", "p4", "p4"),
    }
    names = "MATCH (p:Product) RETURN p.id, p.name"
    assert ask(graph, names) == {("shirt", "A shirt"), ("socks", "Socks"), ("hat", None)}


def test_another_value_of_a_line_is_rejected(graph: Stores, tmp_path: Path) -> None:
    file, other = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text("line_id,order_id,product,value\n1,p1,shirt,60\n")
    other.write_text("line_id,order_id,product,value\n1,p1,shirt,61\n1,p2,shirt,61\n")
    loaded(graph, file)
    report = loaded(graph, other)
    assert report.to_json()["order_lines"]["rejected"] == report.rejected == 1
    assert report.rejects is not None
    assert "b.csv,2,other-content-in-graph" in report.rejects.read_text()
    values = "MATCH (o)-[line:CONTAINS]->() RETURN o.id, line.value"
    assert ask(graph, values) == {("p1", 60.0), ("p2", 61.0)}


def test_credit_of_products_is_that_of_orders_with_lines(
    graph: Stores, files: dict[str, Path]
) -> None:
    loaded(graph, *files.values())
    options = AttributionOptions(models=("linear",), model_options=ModelOptions(draws=0))
    answer = attribute_graph(graph, options)
    rows = run_query(
        graph.driver,
        "credit_by_product",
        {"from": "2026-03-01T00:00Z", "to": "2026-04-01T00:00Z", "limit": 50},
    )
    by_product: dict[str | None, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        by_product[row["product"]][0] += row["conversions"]
        by_product[row["product"]][1] += row["value"]
    # p1 is 100 less 10 refunded, of which shirts are two thirds; p3 has no lines, p4 is cancelled
    assert dict(by_product) == {
        "shirt": pytest.approx([2 / 3 + 1, 60 + 80]),
        "socks": pytest.approx([1 / 3, 30]),
        None: pytest.approx([1, 60]),
    }
    assert {round(row["shareWithLines"], 9) for row in rows} == {round(2 / 3, 9)}
    channels: dict[str, float] = defaultdict(float)
    for row in rows:
        channels[row["channel"]] += row["value"]
    assert dict(channels) == pytest.approx(
        {line.key: line.value for line in answer.models["linear"].credits if line.key}
    )
