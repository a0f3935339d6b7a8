"""Loads: whoever's facts changed since a load is found by the number of a later one."""

from __future__ import annotations

import csv
import logging
import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.domain import Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.graph import facts as graph_facts
from attrigraph.graph.customer_attributes import read_customer_attributes
from attrigraph.graph.facts import FactsCache, read_known_events
from attrigraph.graph.facts_files import N_FILES
from attrigraph.graph.ingest import ingest_batch
from attrigraph.graph.journeys import read_events, without_ids
from attrigraph.graph.loads import begin_load, change_of_facts, end_load, seen_loads
from attrigraph.runs.lineage import fingerprint
from attrigraph.runs.unfinished import read_unfinished
from attrigraph.services import load as loading
from attrigraph.services.erasure import forget_customer
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.retention import retain_events
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from emptied_graph import empty_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.stores import Stores

    Row = dict[str, Any]

FIELDS = {
    "events": (
        *("event_id", "customer_id", "user_id", "timestamp", "kind", "channel", "value"),
        *("order_id", "cost", "creative", "campaign"),
    ),
    "identities": ("anonymous_id", "user_id", "valid_from"),
    "customers": ("customer_id", "age"),
    "creatives": ("creative_id", "campaign_id"),
    "order-lines": ("order_id", "product", "value"),
    "spend": ("date", "channel", "cost"),
}
STAGING = StagingOptions(keep_ids=True)


def form_of(name: str) -> str:
    """The form of a file, with which its name begins."""
    return next(form for form in FIELDS if name.startswith(form))


def file_of(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FIELDS[form_of(name)], restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def given(stores: Stores, *paths: Path) -> None:
    source = preset(form_of(paths[0].name))
    load(paths, source, LoadOptions(staging=STAGING), replace(stores, local=None))


def events(draw: random.Random, number: int, first: int = 0) -> list[Row]:
    rows = []
    for key in range(first, first + number):
        converts = draw.random() < 0.3
        day, hour = draw.randrange(1, 29), draw.randrange(24)
        row: Row = {
            "event_id": f"e{key}",
            "customer_id": f"c{draw.randrange(40)}",
            "timestamp": f"2026-03-{day:02}T{hour:02}:{draw.randrange(60):02}:00Z",
            "kind": "conversion" if converts else "click",
        }
        touch = {"channel": draw.choice(["tv", "mail"]), "cost": 1}
        touch |= draw.choice([{}, {"creative": f"r{draw.randrange(4)}"}, {"campaign": "k1"}])
        row |= {"value": 10} if converts else touch
        rows.append(row)
    return rows


def facts(stores: Stores) -> dict[str, str]:
    """All that a run reads of each customer, as text."""
    read = read_events(stores.driver)
    touches, conversions = read.touches, read.conversions
    channel, kind = touches.channel.values(), conversions.kind.values()
    found: dict[str, list[Any]] = {name: [] for name in read.customers.tolist()}
    for row, customer in enumerate(read.customers[touches.customer].tolist()):
        cost = touches.cost[row]
        found[customer].append([touches.id[row], touches.time[row], channel[row], cost])
    for row, customer in enumerate(read.customers[conversions.customer].tolist()):
        found[customer].append([conversions.id[row], kind[row], conversions.value[row]])
    known = read_customer_attributes(stores.driver)
    if known is not None:
        for row, customer in enumerate(known.customers.tolist()):
            columns = known.columns.items()
            found[customer] += [(key, column[row]) for key, column in columns if column[row]]
    if read.n_aliases is not None:
        for customer, aliases in zip(read.customers.tolist(), read.n_aliases, strict=True):
            found[customer] += [int(aliases)] * bool(aliases)
    return {customer: repr(content) for customer, content in found.items()}


def changed(stores: Stores, after: int) -> set[str]:
    records, _, _ = stores.driver.execute_query(
        "MATCH (c:Customer) WHERE c.changedBy > $after RETURN c.id AS id",
        {"after": after},
        database_=DATABASE,
    )
    return {record["id"] for record in records}


def assert_known(stores: Stores, folder: Path, *, max_bytes: int = 10**9) -> None:
    """What is known and what changed since are together all that the graph has."""
    cache = FactsCache(folder / "cache", max_bytes)
    known, read = read_known_events(stores.driver, cache), read_events(stores.driver)
    assert cache.figures()["bytes"] <= max_bytes
    assert fingerprint(known) == fingerprint(read)
    assert repr(known.n_aliases) == repr(read.n_aliases)
    assert known.bucket.tolist() == read.bucket.tolist()
    others = FactsCache(folder / "without-ids", max_bytes)
    bare = read_known_events(stores.driver, others, ids=False)
    assert fingerprint(bare) == fingerprint(without_ids(read))


def test_whoever_changes_is_marked_and_nobody_else(graph: Stores, tmp_path: Path) -> None:
    draw = random.Random(3)
    first = events(draw, 300)
    conversions = [row for row in first if row["kind"] == "conversion"]
    refund: Row = {
        "event_id": "r1",
        "timestamp": "2026-03-30T10:00:00Z",
        "kind": "refund",
        "value": 4,
    }
    cancelled: Row = {"event_id": "r2", "timestamp": "2026-03-30T10:00:00Z", "kind": "cancellation"}
    refunds = [
        refund | {"order_id": conversions[0]["event_id"]},
        cancelled | {"order_id": conversions[1]["event_id"]},
    ]
    forms: dict[str, list[Row]] = {
        "events": first,
        "events-late": [*events(draw, 6, first=300), *first[:200]],
        "events-refunds": refunds,
        "identities": [
            {"anonymous_id": "c1", "user_id": "c2"},
            {"anonymous_id": "c3", "user_id": "nobody"},
        ],
        "customers": [{"customer_id": f"c{i}", "age": 30 + i} for i in range(5, 9)],
        "customers-older": [{"customer_id": f"c{i}", "age": 30 + 2 * i - 5} for i in range(5, 9)],
    }

    def step(change: Callable[[], object]) -> set[str]:
        """The customers that a change marks, who are those that it changes."""
        before, seen = facts(graph), seen_loads(graph.driver)
        change()
        after = facts(graph)
        really = {name for name, text in after.items() if before.get(name) != text}
        marked = changed(graph, seen.number)
        assert_known(graph, tmp_path)
        assert really <= marked, really - marked
        assert seen_loads(graph.driver).number == seen.number + 1
        assert marked <= really, marked - really
        return marked

    sizes = {}
    for form, rows in forms.items():
        change = partial(given, graph, file_of(tmp_path, form, rows))
        sizes[form] = len(step(change))
        assert not step(change), "a load that is repeated"
    assert sizes["events"] == 40
    assert 1 < sizes["events-late"] <= 6
    assert sizes["events-refunds"] == 2
    assert sizes["customers-older"] == 3
    step(lambda: forget_customer(graph, "c9"))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    assert len(step(lambda: retain_events(graph, 20, now=now))) > 20


def test_events_know_their_load(graph: Stores, tmp_path: Path) -> None:
    draw = random.Random(4)
    first, second = events(draw, 20), events(draw, 10, first=20)
    given(graph, file_of(tmp_path, "events", first))
    given(graph, file_of(tmp_path, "events-second", [*second, *first]))
    records, _, _ = graph.driver.execute_query(
        "MATCH (e) WHERE e:Touchpoint OR e:Conversion RETURN e.id AS id, e.load AS load",
        database_=DATABASE,
    )
    expected = {row["event_id"]: 1 for row in first} | {row["event_id"]: 2 for row in second}
    assert {record["id"]: record["load"] for record in records} == expected
    loads, _, _ = graph.driver.execute_query(
        "MATCH (l:Load) RETURN l {.*} AS load ORDER BY l.number", database_=DATABASE
    )
    one, two = (record["load"] for record in loads)
    assert (one["files"], two["files"]) == (["events.csv"], ["events-second.csv"])
    assert one["touches"] + one["conversions"] == 20
    assert two["touches"] + two["conversions"] == 10
    assert one["started"] <= one["finished"] <= two["started"]


def test_a_load_that_ends_late_is_not_missed(graph: Stores) -> None:
    slow, quick = begin_load(graph.driver, "load"), begin_load(graph.driver, "load")
    end_load(graph.driver, quick)
    seen = seen_loads(graph.driver)
    assert (slow, quick, seen.number) == (1, 2, 0)
    end_load(graph.driver, slow)
    assert seen_loads(graph.driver).number == 2


@pytest.mark.parametrize("more", [False, True], ids=["alone", "with a further file"])
def test_a_killed_load_ends_when_its_files_are_loaded_again(
    graph: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: bool
) -> None:
    path = file_of(tmp_path, "events", events(random.Random(6), 50))
    further = file_of(tmp_path, "events-further", events(random.Random(8), 5, first=50))

    def killed(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loading, "write_refunds", killed)
        with pytest.raises(KeyboardInterrupt):
            given(graph, path)
    given(graph, further)
    assert seen_loads(graph.driver).number == 0
    given(graph, path, *[further] * more)
    assert seen_loads(graph.driver).number == 3
    assert read_unfinished(graph.home) == ()
    assert changed(graph, 0) == set(facts(graph))


@pytest.mark.parametrize(("alone", "seen"), [(True, 4), (False, 0)])
def test_a_killed_erasure_ends_with_the_next_that_runs_alone(
    graph: Stores, alone: bool, seen: int
) -> None:
    for _ in range(2):
        begin_load(graph.driver, "erasure")
    begin_load(graph.driver, "retention")
    with change_of_facts(graph.driver, "retention", alone=alone):
        pass
    assert seen_loads(graph.driver).number == seen


def test_what_no_load_brings_leaves_the_number(graph: Stores, tmp_path: Path) -> None:
    given(graph, file_of(tmp_path, "events", events(random.Random(7), 30)))
    before = changed(graph, 0)
    ingest_batch(graph.driver, read_events(graph.driver))
    assert changed(graph, 0) == before
    assert not changed(graph, 1)


def test_a_creative_that_moves_changes_the_campaigns_of_known_touches(
    graph: Stores, tmp_path: Path
) -> None:
    given(graph, file_of(tmp_path, "events", events(random.Random(8), 60)))
    assert_known(graph, tmp_path)
    tree = [{"creative_id": "r1", "campaign_id": "k9"}, {"creative_id": "r2", "campaign_id": "k1"}]
    given(graph, file_of(tmp_path, "creatives", tree))
    cache = FactsCache(tmp_path / "cache", 10**9)
    assert "k9" in read_known_events(graph.driver, cache).touches.campaign.keys
    assert_known(graph, tmp_path)


@pytest.mark.parametrize(
    ("form", "row"),
    [
        (
            "events-finer",
            {
                "event_id": "finer",
                "customer_id": "c1",
                "timestamp": "2026-03-05T10:00:00.123456789Z",
                "kind": "click",
                "channel": "tv",
            },
        ),
        ("order-lines", {"order_id": "sale", "product": "shirt", "value": 4}),
        ("spend", {"date": "2026-03-05", "channel": "tv", "cost": 7}),
    ],
    ids=["finer times", "order lines", "spend"],
)
def test_known_events_are_those_of_the_graph_after_a_load_of_another_form(
    graph: Stores, tmp_path: Path, form: str, row: Row
) -> None:
    sale = {"event_id": "sale", "customer_id": "c1", "timestamp": "2026-03-06", "value": 5}
    rows = [*events(random.Random(17), 20), sale | {"kind": "conversion"}]
    given(graph, file_of(tmp_path, "events", rows))
    assert_known(graph, tmp_path)
    before = seen_loads(graph.driver).number
    given(graph, file_of(tmp_path, form, [row]))
    assert seen_loads(graph.driver).number == before + 1
    assert_known(graph, tmp_path)


def test_the_first_share_of_a_cost_gives_known_touches_theirs(
    graph: Stores, tmp_path: Path
) -> None:
    given(graph, file_of(tmp_path, "events", events(random.Random(18), 20)))
    assert_known(graph, tmp_path)
    one = events_from_objects([Touchpoint("share", "c1", None, channel="tv", cost=2.0)], [])
    touches = replace(one.touches, cost_share=np.array([0.5]))
    load = begin_load(graph.driver, "load")
    ingest_batch(graph.driver, replace(one, touches=touches), load=load)
    end_load(graph.driver, load)
    assert read_events(graph.driver).touches.cost_shares().min() == 0.5
    assert_known(graph, tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_that_is_damaged_or_of_another_graph_is_not_used(
    graph: Stores, tmp_path: Path
) -> None:
    given(graph, file_of(tmp_path, "events", events(random.Random(9), 60)))
    assert_known(graph, tmp_path)
    folder = tmp_path / "cache"
    known = contents(folder)
    first, second, *_ = sorted(folder.glob("facts-*.npz"))
    damaged = bytearray(first.read_bytes())
    damaged[len(damaged) // 2] ^= 255
    first.write_bytes(damaged)
    second.unlink()
    assert_known(graph, tmp_path)
    assert contents(folder) == known
    empty_graph(graph)
    given(graph, file_of(tmp_path, "events-other", events(random.Random(10), 60)))
    for name, content in known.items():
        (folder / name).write_bytes(content)
    assert_known(graph, tmp_path)


def test_only_files_of_changed_customers_are_read_and_written(
    graph: Stores,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    given(graph, file_of(tmp_path, "events", events(random.Random(12), 200)))
    assert_known(graph, tmp_path)
    before = contents(tmp_path / "cache")
    assert_known(graph, tmp_path)
    assert contents(tmp_path / "cache") == before
    with monkeypatch.context() as patched:
        for read in ("read_events", "read_buckets"):
            patched.setattr(graph_facts, read, None)
        read_known_events(graph.driver, FactsCache(tmp_path / "cache", 10**9))
    assert "read 0 changed customers" in caplog.text
    given(graph, file_of(tmp_path, "events-late", events(random.Random(13), 2, first=200)))
    assert_known(graph, tmp_path)
    after = contents(tmp_path / "cache")
    assert len(after) == len(before) == N_FILES + 1
    assert 1 <= len(after.keys() - before.keys()) <= 2
    rewritten = FactsCache(tmp_path / "without-ids", 10**9)
    with_ids = fingerprint(read_events(graph.driver))
    assert fingerprint(read_known_events(graph.driver, rewritten)) == with_ids
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "cache").iterdir())


@pytest.mark.parametrize("share", [0, 0.3])
def test_customers_beyond_the_bound_are_read_from_the_graph(
    graph: Stores, tmp_path: Path, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    given(graph, file_of(tmp_path, "events", events(random.Random(14), 200)))
    assert_known(graph, tmp_path)
    whole = FactsCache(tmp_path / "cache", 0).figures()["bytes"]
    for _ in range(2):
        assert_known(graph, tmp_path, max_bytes=int(share * whole))
    assert "set ATTRIGRAPH_FACTS_CACHE_MB for more" in caplog.text
    given(graph, file_of(tmp_path, "events-late", events(random.Random(15), 20, first=200)))
    assert_known(graph, tmp_path, max_bytes=int(share * whole))
    assert_known(graph, tmp_path)
    assert FactsCache(tmp_path / "cache", 0).figures()["files"] == N_FILES


def test_what_was_read_before_an_erasure_is_not_kept(graph: Stores, tmp_path: Path) -> None:
    given(graph, file_of(tmp_path, "events", events(random.Random(16), 60)))
    begin_load(graph.driver, "erasure")
    assert_known(graph, tmp_path)
    assert contents(tmp_path / "cache") == {}


def test_events_that_were_deleted_by_hand_are_noticed(graph: Stores, tmp_path: Path) -> None:
    given(graph, file_of(tmp_path, "events", events(random.Random(11), 60)))
    assert_known(graph, tmp_path)
    with graph.driver.session(database=DATABASE) as session:
        session.run("MATCH (t:Touchpoint) WITH t LIMIT 3 DETACH DELETE t").consume()
    assert_known(graph, tmp_path)
