"""What files state of single events is in the graph, in whatever way and order it came."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.graph.explore import run_query
from attrigraph.local.importing import local_graph
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.mapping_file import read_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.services.load import LoadReport
    from attrigraph.settings import Settings
    from attrigraph.staging import Source
    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]


def file_of(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def touch(number: int, **more: str) -> dict[str, str]:
    return {
        "event_id": f"t{number}",
        "customer_id": f"c{number}",
        "timestamp": "2026-03-01T10:00:00Z",
        "kind": "click",
        "channel": "search",
        "campaign": "K",
        **more,
    }


def sale(number: int) -> dict[str, str]:
    return {
        "event_id": f"v{number}",
        "customer_id": f"c{number}",
        "timestamp": "2026-03-02T10:00:00Z",
        "kind": "conversion",
        "value": "10",
    }


MAPPING = """
extends = "events"
[[tables]]
types = {{ seconds = "{0}", day = "date", at = "time", first = "boolean", depth = "number" }}
[tables.properties]
"""


def mapping(path: Path, seconds: str = "integer") -> Source:
    names = ("device", "seconds", "day", "at", "first", "depth")
    lines = "".join(f'{name} = "optional({name})"\n' for name in names)
    path.write_text(MAPPING.format(seconds) + lines)
    return read_mapping(path)


def given(stores: Stores, *files: Path, source: Source | None = None, **options: Any) -> LoadReport:
    staging = StagingOptions(keep_ids=True)
    return load(files, source or preset("events"), LoadOptions(staging=staging, **options), stores)


def properties(stores: Stores) -> dict[str, dict[str, Any]]:
    """Properties of touches that no model reads, by id of the touch."""
    records = stores.driver.execute_query(
        "MATCH (t:Touchpoint) RETURN t.id AS id, "
        "t {.audienceId, .utmSource, .utmMedium, .utmTerm} AS further",
        database_=DATABASE,
    ).records
    return {
        row["id"]: {name: value for name, value in row["further"].items() if value is not None}
        for row in records
    }


def test_credit_by_audience_is_that_of_the_audiences_which_touches_name(
    graph: Stores, tmp_path: Path
) -> None:
    rows = [touch(n, audience="young" if n else "old") for n in range(10)]
    given(graph, file_of(tmp_path / "aud.csv", [*rows, *map(sale, range(10))]))
    attribute_graph(graph, AttributionOptions(models=("linear",)))
    credits = run_query(graph.driver, "credit_by_audience", {"model": "linear"})
    assert {row["audience"]: (row["conversions"], row["value"]) for row in credits} == {
        "young": (pytest.approx(9), pytest.approx(90)),
        "old": (pytest.approx(1), pytest.approx(10)),
    }


def test_utm_fields_are_those_of_columns_or_of_the_url(graph: Stores, tmp_path: Path) -> None:
    given(
        graph,
        file_of(
            tmp_path / "events.csv",
            [
                touch(1, audience="young", utm_source="Shop", utm_medium="cpc", utm_term="red hat"),
                touch(2, page="https://x.example/?utm_source=news&utm_term=blue%20hat"),
                touch(3, utm_term="hat", page="https://x.example/?utm_term=other"),
                touch(4),
            ],
        ),
    )
    assert properties(graph) == {
        "t1": {
            "audienceId": "young",
            "utmSource": "Shop",
            "utmMedium": "cpc",
            "utmTerm": "red hat",
        },
        "t2": {"utmSource": "news", "utmTerm": "blue hat"},
        "t3": {"utmTerm": "hat"},
        "t4": {},
    }


def test_a_later_row_of_a_touch_adds_properties_and_order_decides_nothing(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    files = [
        file_of(tmp_path / "bare.csv", [touch(1), touch(2)]),
        file_of(tmp_path / "one.csv", [touch(1, utm_source="b"), touch(2, utm_term="x")]),
        file_of(tmp_path / "two.csv", [touch(1, utm_source="a", utm_term="t"), touch(2)]),
    ]
    taken = []
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        for number in order:
            given(graph, files[number])
        taken.append(snapshot())
        graph.driver.execute_query(
            "MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n", database_=DATABASE
        )
    given(graph, files[1], files[2])
    assert properties(graph) == {"t1": {"utmSource": "a", "utmTerm": "t"}, "t2": {"utmTerm": "x"}}
    assert taken == [snapshot()] * 3


def test_a_bulk_load_keeps_what_an_online_load_keeps(
    graph: Stores, settings: Settings, snapshot: Snapshot, tmp_path: Path
) -> None:
    rows = [
        touch(n, audience="young" if n % 2 else "", utm_source=f"s{n % 3}", utm_term='a\n"b, c')
        for n in range(9)
    ]
    own = {
        "device": "phone, big",
        "seconds": "7",
        "day": "2026-03-01",
        "at": "2026-03-01T10:00:00.5+01:00",
        "first": "true",
        "depth": "1e-3",
    }
    more = [touch(9), touch(10, **own), touch(11, device="tv"), {**sale(10), **own}, sale(11)]
    file = file_of(tmp_path / "events.csv", [*rows, *more])
    source = mapping(tmp_path / "m.toml")
    given(graph, file, source=source, mode="online")
    online = snapshot()
    graph.driver.execute_query(
        "MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n", database_=DATABASE
    )
    local = local_graph(settings)
    if local is None:
        pytest.skip("the server is not ours to stop")
    given(replace(graph, local=local), file, source=source, mode="bulk")
    assert snapshot() == online


def test_a_later_mapping_adds_properties_of_stored_events(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    row = {"device": "phone", "seconds": "7", "day": "2026-03-01"}
    file = file_of(tmp_path / "events.csv", [touch(1, **row), {**sale(1), **row}, touch(2)])
    given(graph, file)
    source = mapping(tmp_path / "m.toml")
    again = given(graph, file, source=source)
    assert again.events is not None
    assert (again.events.present_touches, again.events.present_conversions) == (2, 1)
    added = snapshot()
    graph.driver.execute_query(
        "MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n", database_=DATABASE
    )
    given(graph, file, source=source)
    assert snapshot() == added


def test_a_property_has_one_type_in_all_loads(graph: Stores, tmp_path: Path) -> None:
    file = file_of(tmp_path / "events.csv", [touch(1, seconds="7")])
    given(graph, file, source=mapping(tmp_path / "one.toml"))
    with pytest.raises(InputError, match="seconds is text in these files and integer in the graph"):
        given(graph, file, source=mapping(tmp_path / "other.toml", "text"))
