"""Ids of one person over several loads: the graph ends as if all were known from the start."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.graph import rejoin
from attrigraph.graph.journeys import read_events
from attrigraph.graph.runs import current_run
from attrigraph.local.importing import local_graph
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.explain import explain_conversion
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.report import build_report
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset, stage
from emptied_graph import empty_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.domain import Attribution, EventTable
    from attrigraph.local.importing import LocalGraph
    from attrigraph.services.load import LoadReport
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]
    Row = dict[str, Any]

FIELDS = {
    "events": [
        "event_id",
        "customer_id",
        "user_id",
        "timestamp",
        "kind",
        "channel",
        "campaign",
        "value",
        "account_id",
    ],
    "identities": ["anonymous_id", "user_id", "valid_from"],
    "customers": ["customer_id", "age", "town"],
}
STAGING = StagingOptions(customer_key=b"a key of at least thirty-two bytes!", max_ids=6)


def file_of(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FIELDS[path.name.partition("-")[0]], restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def given(stores: Stores, *files: Path, local: LocalGraph | None = None, **more: Any) -> LoadReport:
    forms = [form for form in FIELDS if any(file.name.startswith(form) for file in files)]
    staging = more.pop("staging", STAGING)
    return load(
        files, preset(*forms), LoadOptions(staging=staging, **more), replace(stores, local=local)
    )


def instant(draw: random.Random) -> str:
    return f"2026-03-{draw.randrange(1, 29):02}T{draw.randrange(24):02}:{draw.randrange(60):02}:00Z"


def world(seed: int) -> dict[str, list[Row]]:
    """Devices, chains of ids, shared devices, times of links, and a group of too many ids."""
    draw = random.Random(seed)
    devices, users = [f"d{i}" for i in range(24)], [f"u{i}" for i in range(8)]
    events: list[Row] = []
    for number in range(150):
        conversion = draw.random() < 0.25
        device = draw.choice(devices)
        row: Row = {
            "event_id": f"e{number}" if number % 2 else "",
            "customer_id": device,
            "timestamp": instant(draw),
            "kind": "conversion" if conversion else draw.choice(["click", "view"]),
        }
        if conversion:
            row["value"] = draw.randrange(1, 100)
        else:
            row |= {"channel": draw.choice(["search", "mail", "tv"])}
            row |= {"campaign": draw.choice(["k1", "k2", ""])}
        if draw.random() < 0.1:
            row["user_id"] = f"u{int(device[1:]) % 8}"
        elif draw.random() < 0.1:
            row["user_id"] = draw.choice(users)
        elif draw.random() < 0.1:
            row["customer_id"] = draw.choice(users)
        if draw.random() < 0.15:
            row["account_id"] = draw.choice(["a1", "a2"])
        events.append(row)
    always = [(draw.choice(devices), draw.choice(users), "") for _ in range(8)]
    chained = [(draw.choice(devices), draw.choice(devices), "") for _ in range(5)]
    timed = [(draw.choice(devices), draw.choice(users), instant(draw)) for _ in range(5)]
    links = [
        dict(zip(FIELDS["identities"], link, strict=True)) for link in [*always, *chained, *timed]
    ]
    return {"events": events, "identities": links}


def pieces_of(
    folder: Path, rows: dict[str, list[Row]], draw: random.Random, parts: int
) -> list[list[Path]]:
    """Files of loads: each with a random part of each kind of rows."""
    loads: list[list[Path]] = [[] for _ in range(parts)]
    for form, each in rows.items():
        shuffled = draw.sample(each, len(each))
        for number, files in enumerate(loads):
            files.append(file_of(folder / f"{form}-{number}.csv", shuffled[number::parts]))
    return loads


def test_random_events_and_links_in_random_pieces_give_one_graph(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    moved = conflicting = separated = 0
    for seed in range(4):
        draw, rows = random.Random(seed), world(seed)
        empty_graph(graph)
        together = given(graph, *pieces_of(tmp_path, rows, draw, 1)[0])
        expected = snapshot()
        assert together.rejected == 0
        conflicting += together.rows.conflicting_ids
        separated += together.rows.separated_ids
        empty_graph(graph)
        for files in pieces_of(tmp_path, rows, draw, 4):
            report = given(graph, *files)
            assert report.rejected == 0
            assert report.events is not None
            moved += report.events.moved_touches + report.events.moved_conversions
        found = snapshot()
        assert found - expected == set(), seed
        assert expected - found == set(), seed
    assert moved > 50
    assert conflicting > 3
    assert separated > 3


def test_links_after_all_events_and_events_after_all_links(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    rows = world(9)
    (events, links), *_ = pieces_of(tmp_path, rows, random.Random(1), 1)
    given(graph, events, links)
    expected = snapshot()
    for first, second in ((events, links), (links, events)):
        empty_graph(graph)
        given(graph, first)
        given(graph, second)
        assert snapshot() == expected
        again = given(graph, events).events
        assert again is not None
        assert again.touches + again.conversions == 0
        assert snapshot() == expected


def test_a_load_that_was_killed_while_it_joined_is_finished_by_the_same_load(
    graph: Stores, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row | {"user_id": ""} for row in world(5)["events"]]
    events = file_of(tmp_path / "events-1.csv", rows)
    pairs = [{"anonymous_id": f"d{i}", "user_id": f"u{i % 4}"} for i in range(12)]
    links = file_of(tmp_path / "identities-1.csv", pairs)
    given(graph, events, links)
    expected = snapshot()
    monkeypatch.setattr(rejoin, "IDS", 1)
    for allowed in (0, 2):
        empty_graph(graph)
        given(graph, events)
        kill_after(allowed, monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            given(graph, links)
        monkeypatch.setattr(rejoin._Move, "mark", MARK)
        assert snapshot() != expected
        given(graph, links)
        assert snapshot() == expected


MARK = rejoin._Move.mark


def kill_after(moves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many transactions come to their end, and none after them."""
    left = moves

    def mark(move: rejoin._Move) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        MARK(move)

    monkeypatch.setattr(rejoin._Move, "mark", mark)


def test_links_that_another_load_brings_meanwhile_hold(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    rows = world(6)
    rows["events"] = [row | {"user_id": ""} for row in rows["events"]]
    (events, links), *_ = pieces_of(tmp_path, rows, random.Random(1), 1)
    given(graph, events, links)
    expected = snapshot()
    empty_graph(graph)
    left = [links]

    def progress(step: str, done: int, total: int | None) -> None:
        if left and step == "write" and total and not done:
            given(graph, left.pop())

    options = LoadOptions(staging=STAGING)
    load([events], preset("events"), options, replace(graph, local=None), progress=progress)
    assert not left
    assert snapshot() == expected


def test_a_bulk_load_stores_links_as_an_online_load_does(
    graph: Stores, settings: Settings, snapshot: Snapshot, tmp_path: Path
) -> None:
    local = local_graph(settings)
    if local is None:
        pytest.skip("the server is not ours to stop")
    first, second = pieces_of(tmp_path, world(3), random.Random(2), 2)
    given(graph, *first)
    given(graph, *second)
    expected = snapshot()
    empty_graph(graph)
    assert given(graph, *first, mode="bulk", local=local).mode == "bulk"
    given(graph, *second)
    assert snapshot() == expected


def test_attributes_follow_their_ids_and_no_raw_id_is_stored(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    touch = {"timestamp": "2026-03-01T00:00:00Z", "kind": "click", "channel": "tv"}
    given(graph, file_of(tmp_path / "events-1.csv", [{"customer_id": "phone", **touch}]))
    ages = [{"customer_id": "phone", "age": 30, "town": "Ulm"}, {"customer_id": "ann", "age": 40}]
    given(graph, file_of(tmp_path / "customers-1.csv", ages))
    link = file_of(tmp_path / "identities-1.csv", [{"anonymous_id": "phone", "user_id": "ann"}])
    report = given(graph, link)
    assert report.to_json()["events"]["touches"]["moved"] == 1
    assert report.rows.joined_ids == 1
    people = graph.driver.execute_query(
        "MATCH (c:Customer)-[:TOUCHED]->(t) RETURN c.age AS age, c.town AS town, "
        "COUNT { (:Customer) } AS customers, t.customerId = c.id AS own, "
        "[(i:Identity)-[:IS]->(c) | i.hash = t.identity] AS links",
        database_=DATABASE,
    ).records
    assert [person.data() for person in people] == [
        {"age": 40, "town": "Ulm", "customers": 1, "own": True, "links": [True]}
    ]
    assert not any(name in str(each) for each in snapshot() for name in ("'phone'", "'ann'"))


def test_files_and_graph_give_the_same_credits(graph: Stores, tmp_path: Path) -> None:
    rows = world(2)
    for files in pieces_of(tmp_path, rows, random.Random(3), 3):
        given(graph, *files)
    (together,) = pieces_of(tmp_path, rows, random.Random(3), 1)
    options = AttributionOptions(models=("linear", "last", "markov-1"))
    by_graph = attribute_graph(graph, options)
    by_files = attribute_files(
        together, preset("events", "identities"), options, staging=STAGING, folder=tmp_path
    )
    assert len(credits_of(by_graph)) == 9
    assert same(by_graph, by_files)


def test_files_and_graph_count_the_same_ids_of_customers(graph: Stores, tmp_path: Path) -> None:
    rows = world(3)
    keyless = replace(STAGING, customer_key=None, keep_ids=True)
    for files in pieces_of(tmp_path, rows, random.Random(3), 3):
        given(graph, *files, staging=keyless)
    (together,) = pieces_of(tmp_path, rows, random.Random(3), 1)
    with stage(together, preset("events", "identities"), keyless, folder=tmp_path) as staged:
        by_files = aliases_of(staged.events())
    assert max(by_files.values()) > 1
    assert aliases_of(read_events(graph.driver)) == by_files
    events = [row | {"user_id": ""} for row in rows["events"]]
    empty_graph(graph)
    given(graph, file_of(tmp_path / "events-7.csv", events), staging=keyless)
    assert read_events(graph.driver).n_aliases is None


def aliases_of(events: EventTable) -> dict[str, int]:
    assert events.n_aliases is not None
    return dict(zip(events.customers.tolist(), events.n_aliases.tolist(), strict=True))


def test_accounts_over_loads_give_the_credits_of_files(graph: Stores, tmp_path: Path) -> None:
    rows, draw = world(4), random.Random(8)
    for row in rows["events"]:
        named = draw.random() < 0.3
        row["account_id"] = f"a{int(row['customer_id'][1:]) % 4}" if named else ""
    for files in pieces_of(tmp_path, rows, random.Random(3), 3):
        given(graph, *files)
    (together,) = pieces_of(tmp_path, rows, random.Random(3), 1)
    options = AttributionOptions(
        models=("linear", "last", "markov-1"), journeys=JourneyOptions(by="account")
    )
    source = preset("events", "identities")
    by_files = attribute_files(together, source, options, staging=STAGING, folder=tmp_path)
    by_graph = attribute_graph(graph, options)
    assert same(by_graph, by_files)
    assert not same(attribute_graph(graph, replace(options, journeys=JourneyOptions())), by_files)
    run = current_run(graph.driver, "attribute")
    assert run is not None
    assert run.parameters["journeys"]["by"] == "contact"
    attribute_graph(graph, options)
    for total in sums_of_explanations(graph):
        assert total == pytest.approx(1.0)
    assert "each account" in str(build_report(graph).settings)


def same(one: Attribution, other: Attribution) -> bool:
    """Whether two answers have the same credits to 1e-9."""
    expected = {key: pytest.approx(pair, abs=1e-9) for key, pair in credits_of(other).items()}
    return credits_of(one) == expected


def credits_of(answer: Attribution) -> dict[tuple[str, str | None], tuple[float, float]]:
    return {
        (name, one.key): (one.conversions, one.value)
        for name, model in answer.models.items()
        for one in model.credits
    }


def sums_of_explanations(stores: Stores) -> list[float]:
    """The credit that is explained, of each conversion with a journey of touches."""
    ids = stores.driver.execute_query(
        "MATCH (:Active {job: 'attribute'})-[:CURRENT]->(run) "
        "MATCH (:Touchpoint)-[:CREDITED {run: run.id}]->(v) RETURN DISTINCT v.id AS id",
        database_=DATABASE,
    ).records
    return [sum(explain_conversion(stores, row["id"]).credit) for row in ids[:10]]
