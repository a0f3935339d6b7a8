"""Batches of events on a real server: late, repeated and concurrent loads give one graph."""

import itertools
import random
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import pytest

from attrigraph.domain import (
    Conversion,
    Touchpoint,
)
from attrigraph.errors import StoreError
from attrigraph.graph import ingest
from attrigraph.graph.catalogue import names, query
from attrigraph.graph.ingest import Ingested, ingest_batch
from attrigraph.settings import DATABASE
from attrigraph.stores import Stores
from event_tables import epoch, event_table, finer
from long_forms import cases

START = datetime(2026, 1, 1, tzinfo=UTC)

Snapshot = Callable[[], set[tuple[Any, ...]]]


def world(seed: int, customers: int = 30) -> tuple[list[Touchpoint], list[Conversion]]:
    """Customers with ties in time, unknown costs, repeats, and conversions without touches."""
    draw = random.Random(seed)
    touches, conversions = [], []
    for c in range(customers):
        timed = draw.random() < 0.8
        for i in range(draw.randrange(9)):
            creative = draw.choice([None, None, "r1", "r2"])
            campaign = {"r1": "k1", "r2": "k2", None: draw.choice([None, "k1", "k3"])}[creative]
            touches.append(
                Touchpoint(
                    id=f"t{c}-{i}",
                    customer_id=f"c{c}",
                    timestamp=instant(draw) if timed else None,
                    channel=draw.choice([None, "search", "mail"]),
                    campaign=campaign,
                    creative=creative,
                    kind=draw.choice(["click", "impression"]),
                    cost=draw.choice([None, 0.0, 1.25]),
                    position=draw.randrange(3),
                )
            )
        conversions += [
            Conversion(
                id=f"v{c}-{i}",
                customer_id=f"c{c}",
                timestamp=instant(draw) if timed else None,
                value=float(draw.randrange(5)),
                kind=draw.choice(["purchase", "signup"]),
                position=draw.randrange(3),
            )
            for i in range(draw.choice([0, 1, 2, 6]))
        ]
    return touches, conversions


def instant(draw: random.Random) -> datetime:
    """One of few, some of which lie within one millisecond."""
    return START + timedelta(minutes=draw.randrange(10), microseconds=draw.choice([0, 1, 999]))


def total(outcomes: Iterable[Ingested]) -> Ingested:
    return sum(outcomes, Ingested())


def test_the_graph_equals_a_naive_construction(graph: Stores, snapshot: Snapshot) -> None:
    touches, conversions = world(1)
    ingest_batch(graph.driver, event_table(touches, conversions))
    assert snapshot() == expected(touches, conversions)


def expected(
    touches: Sequence[Touchpoint], conversions: Sequence[Conversion]
) -> set[tuple[Any, ...]]:
    """The graph by definition, without code of the loader."""
    everything: set[tuple[Any, ...]] = set()

    def node(label: str, **properties: Any) -> tuple[Any, ...]:
        known = {name: value for name, value in properties.items() if value is not None}
        created = (label, frozenset(known.items()))
        everything.add(created)
        return created

    def link(a: Any, kind: str, b: Any, **properties: Any) -> None:
        known = {name: value for name, value in properties.items() if value is not None}
        everything.add((a, kind, frozenset(known.items()), b))

    def seconds(a: Touchpoint, b: Touchpoint | Conversion) -> int | None:
        if a.timestamp is None or b.timestamp is None:
            return None
        return (b.timestamp - a.timestamp) // timedelta(seconds=1)

    def order(row: Any) -> tuple[int, int, int, int]:
        digest = blake2b(row.id.encode(), digest_size=8).digest()
        when = (epoch(row.timestamp), finer(row.timestamp), row.position)
        return (*when, int.from_bytes(digest, "big"))

    nodes: dict[str, Any] = {}
    owner = {}
    events: list[Touchpoint | Conversion] = [*touches, *conversions]
    if any(finer(row.timestamp) for row in events):
        node("DataSet", name="finer times")
    for row in events:
        bucket = zlib.crc32(row.customer_id.encode()) % 1024
        owner[row.customer_id] = node("Customer", id=row.customer_id, bucket=bucket)
    for t in touches:
        nodes[t.id] = node(
            "Touchpoint",
            id=t.id,
            customerId=t.customer_id,
            timestamp=neo4j_time(t.timestamp),
            position=t.position,
            kind=t.kind,
            channel=t.channel,
            cost=t.cost,
        )
        link(owner[t.customer_id], "TOUCHED", nodes[t.id])
        if t.creative:
            link(nodes[t.id], "SERVED", node("Creative", id=t.creative))
        elif t.campaign:
            link(nodes[t.id], "SERVED", node("Campaign", id=t.campaign))
        elif t.channel:
            link(nodes[t.id], "SERVED", node("Channel", name=t.channel))
    for v in conversions:
        nodes[v.id] = node(
            "Conversion",
            id=v.id,
            customerId=v.customer_id,
            timestamp=neo4j_time(v.timestamp),
            position=v.position,
            kind=v.kind,
            value=v.value,
        )
        link(owner[v.customer_id], "MADE", nodes[v.id])
    for name in owner:
        own = sorted((t for t in touches if t.customer_id == name), key=order)
        for a, b in itertools.pairwise(own):
            link(nodes[a.id], "PRECEDED", nodes[b.id], timeDelta=seconds(a, b))
        for v in (v for v in conversions if v.customer_id == name):
            before = [t for t in own if order(t)[:3] < order(v)[:3]]
            if before:
                link(
                    nodes[before[-1].id], "CONVERTED", nodes[v.id], timeDelta=seconds(before[-1], v)
                )
        made = [v for v in conversions if v.customer_id == name]
        for kind in {v.kind for v in made}:
            repeats = [v for v in made if v.kind == kind]
            repeats.sort(key=lambda v: (*order(v)[:3], v.id))
            for v, following in itertools.pairwise(repeats):
                link(nodes[v.id], "REPEATED", nodes[following.id])
    return everything


def neo4j_time(time: datetime | None) -> Any:
    from neo4j.time import DateTime

    return None if time is None else DateTime.from_native(time)


@cases("seed", range(20), short=2)
def test_events_in_any_order_and_batches_give_the_graph_of_a_single_load(
    graph: Stores, snapshot: Snapshot, seed: int
) -> None:
    touches, conversions = world(seed)
    events = [*touches, *conversions]
    draw = random.Random(seed)
    draw.shuffle(events)
    outcomes = []
    while events:
        piece, events = events[:40], events[40:]
        outcomes.append(
            ingest_batch(
                graph.driver,
                event_table(
                    (e for e in piece if isinstance(e, Touchpoint)),
                    (e for e in piece if isinstance(e, Conversion)),
                ),
            )
        )
    assert total(outcomes) == Ingested(len(touches), len(conversions))
    assert snapshot() == expected(touches, conversions)


def test_repeated_loading_changes_nothing_and_reports_it(graph: Stores, snapshot: Snapshot) -> None:
    touches, conversions = world(2)
    ingest_batch(graph.driver, event_table(touches, conversions))
    before = snapshot()
    again = ingest_batch(graph.driver, event_table(touches, conversions))
    assert again == Ingested(present_touches=len(touches), present_conversions=len(conversions))
    assert snapshot() == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"timestamp": START + timedelta(seconds=1)}, "time"),
        ({"position": 3}, "position"),
        ({"kind": "visit"}, "kind"),
        ({"channel": "mail"}, "channel"),
        ({"channel": None}, "channel"),
        ({"cost": None}, "cost"),
        ({"cost": 1.5}, "cost"),
        ({"creative": "r2"}, "creative, campaign or channel served"),
        ({"creative": None, "campaign": "r1"}, "creative, campaign or channel served"),
        ({"customer_id": "other"}, "customer"),
        ({"customer_id": "known"}, "customer"),
    ],
)
def test_a_stored_id_with_other_content_is_rejected(
    graph: Stores, snapshot: Snapshot, change: dict[str, Any], word: str
) -> None:
    touch = Touchpoint("t", "c", START, "search", "k1", "r1", "click", 0.5, 1)
    ingest_batch(graph.driver, event_table([touch, Touchpoint("u", "known", START, "search")]))
    before = snapshot()
    other = replace(touch, **change)
    outcome = ingest_batch(graph.driver, event_table([other]))
    assert outcome.touches == outcome.present_touches == 0
    (rejected,) = outcome.rejected
    assert rejected.id == "t"
    assert rejected.reason == (
        f"other-content-in-graph: the graph has touch 't' with another {word}"
    )
    assert snapshot() == before


def test_a_stored_conversion_with_another_value_is_rejected_and_the_rest_is_written(
    graph: Stores,
) -> None:
    made = Conversion("v", "c", START, 5.0)
    ingest_batch(graph.driver, event_table([], [made]))
    outcome = ingest_batch(
        graph.driver, event_table([Touchpoint("t", "c", START, "mail")], [replace(made, value=6.0)])
    )
    assert outcome.touches == 1
    assert [d.reason for d in outcome.rejected] == [
        "other-content-in-graph: the graph has conversion 'v' with another value"
    ]


def test_one_customer_cannot_have_events_with_and_without_times(graph: Stores) -> None:
    ingest_batch(graph.driver, event_table([Touchpoint("t", "c", START, "mail")]))
    ingest_batch(graph.driver, event_table([], [Conversion("v", "d", None)]))
    outcome = ingest_batch(
        graph.driver,
        event_table([Touchpoint("t2", "c", None, "mail"), Touchpoint("t3", "d", START, "mail")]),
    )
    assert outcome.touches == 0
    assert sorted(d.reason.split(":")[0] for d in outcome.rejected) == ["order-in-graph"] * 2


def test_an_id_of_another_customer_does_not_affect_other_events(graph: Stores) -> None:
    ingest_batch(graph.driver, event_table([Touchpoint("t", "c", START, "mail")]))
    outcome = ingest_batch(
        graph.driver,
        event_table(
            [Touchpoint("t", "d", START, "mail"), Touchpoint("u", "d", START, "mail")],
            [Conversion("v", "d", START + timedelta(days=1))],
        ),
    )
    assert (outcome.touches, outcome.conversions) == (1, 1)
    assert [d.id for d in outcome.rejected] == ["t"]


def test_no_customer_is_created_from_rejected_events_only(
    graph: Stores, snapshot: Snapshot
) -> None:
    first = [Touchpoint("t", "c", START, "mail")], [Conversion("v", "c", START)]
    ingest_batch(graph.driver, event_table(*first))
    good = Touchpoint("u", "e", START, "mail")
    outcome = ingest_batch(
        graph.driver,
        event_table(
            [Touchpoint("t", "d", START, "mail"), good, Touchpoint("w", "c", START, "search")],
            [Conversion("v", "b", START), Conversion("x", "e", START + timedelta(days=1))],
        ),
    )
    assert (outcome.touches, outcome.conversions) == (2, 1)
    assert sorted((d.kind, d.id) for d in outcome.rejected) == [("conversion", "v"), ("touch", "t")]
    assert snapshot() == expected(
        [*first[0], good, Touchpoint("w", "c", START, "search")],
        [*first[1], Conversion("x", "e", START + timedelta(days=1))],
    )


def test_a_stored_customer_without_events_remains_when_its_first_event_is_rejected(
    graph: Stores,
) -> None:
    ingest_batch(graph.driver, event_table([Touchpoint("t", "c", START, "mail")]))
    graph.driver.execute_query(
        "CREATE (:Customer {id: 'd', bucket: 1, age: 33})", database_=DATABASE
    )
    outcome = ingest_batch(graph.driver, event_table([Touchpoint("t", "d", START, "mail")]))
    assert [d.id for d in outcome.rejected] == ["t"]
    found = graph.driver.execute_query(
        "MATCH (c:Customer) RETURN c.id AS id, c.age AS age ORDER BY id", database_=DATABASE
    ).records
    assert [tuple(record.values()) for record in found] == [("c", None), ("d", 33)]


def test_a_batch_that_is_too_large_for_the_server_is_halved_until_it_fits(
    graph: Stores, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches, conversions = world(3)
    sizes = []
    complete = ingest._Batch.write

    def watched(self: Any, *, look_up: bool) -> Ingested:
        sizes.append(len(self.events.customers))
        if len(self.events.customers) > 20:
            # a real error: the strings exceed the server's memory
            self.transaction.run(
                "UNWIND range(1, 20000000) AS x RETURN size(collect(toString(x)))"
            ).consume()
        return complete(self, look_up=look_up)

    monkeypatch.setattr(ingest._Batch, "write", watched)
    outcome = ingest_batch(graph.driver, event_table(touches, conversions))
    assert outcome == Ingested(len(touches), len(conversions))
    assert snapshot() == expected(touches, conversions)
    assert max(sizes) > 20


def test_a_single_customer_that_is_too_large_is_an_error(
    graph: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, *, look_up: bool) -> Ingested:
        raise ingest.BatchTooLargeError

    monkeypatch.setattr(ingest._Batch, "write", fail)
    with pytest.raises(StoreError, match="one customer has 1 events"):
        ingest_batch(graph.driver, event_table([Touchpoint("t", "c", START, "mail")]))


def test_concurrent_loads_of_overlapping_events_give_the_graph_of_one_load(
    graph: Stores, snapshot: Snapshot
) -> None:
    touches, conversions = world(4, customers=60)
    halves = [(touches[::2], conversions), (touches, conversions[::2]), (touches, conversions)]
    outcomes: list[Ingested] = []
    errors: list[BaseException] = []

    def load(piece: tuple[list[Touchpoint], list[Conversion]]) -> None:
        complete = event_table(*piece)
        try:
            for lo in range(0, len(complete.customers), 7):
                hi = min(lo + 7, len(complete.customers))
                outcomes.append(
                    ingest_batch(graph.driver, ingest.slice_customers(complete, lo, hi))
                )
        except Exception as error:  # noqa: BLE001 - asserted below
            errors.append(error)

    threads = [threading.Thread(target=load, args=(piece,)) for piece in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    outcome = total(outcomes)
    assert (outcome.touches, outcome.conversions, outcome.rejected) == (
        len(touches),
        len(conversions),
        (),
    )
    assert snapshot() == expected(touches, conversions)


HOSTILE = [
    "'}) DETACH DELETE n //",
    '"}) DETACH DELETE n //',
    "`}) DETACH DELETE n //",
    "\\' OR 1=1 //",
    "\\u0027}) DETACH DELETE n //",
    "$customer",
    "<script>alert(1)</script>",
    "%s %d {0} {}",
    "; DROP CONSTRAINT touchpoint_id",
    "line\nbreak\ttab",
    "Ünïcödé 漢字 🦊 \u202e",
    "null",
    "NaN",
    " ",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_cypher_in_field_values_is_not_executed(
    graph: Stores, snapshot: Snapshot, text: str
) -> None:
    touches = [
        Touchpoint("a" + text, text, START, text, text, text, text, 1.0),
        Touchpoint("b" + text, text, START + timedelta(hours=1), text, text, None, text, 1.0),
        Touchpoint("c" + text, text, START + timedelta(hours=2), text, None, None, text, 1.0),
    ]
    conversions = [Conversion(text, text, START + timedelta(hours=3), 1.0, text)]
    first = ingest_batch(graph.driver, event_table(touches, conversions))
    late = [Touchpoint("d" + text, text, START + timedelta(minutes=1), text, text, text, text)]
    second = ingest_batch(graph.driver, event_table(touches + late, conversions))
    assert first == Ingested(3, 1)
    assert second == Ingested(1, 0, 3, 1)
    assert snapshot() == expected(touches + late, conversions)


READS_ALL = frozenset(
    f"ingest/{name}"
    for name in (
        *("read_part_of", "read_campaign_names", "read_creative_names", "read_spend_days"),
        *("read_spent_on", "read_claims", "unlinked_spend", "unlinked_claims", "waiting_refunds"),
        *("take_waiting_accounts", "link_days_of_channels"),
    )
)
"""Statements about all nodes of a kind that are few beside events."""


def test_the_server_has_no_notifications_on_the_statements(graph: Stores) -> None:
    for name in names("ingest"):
        statement = query(name)
        _, summary, _ = graph.driver.execute_query(
            "EXPLAIN " + statement.text,
            {parameter.name: None for parameter in statement.parameters},
            database_=DATABASE,
        )
        operators = list(plan_operators(summary.plan))
        assert not {"AllNodesScan", "CartesianProduct"} & set(operators), name
        if name not in READS_ALL:
            assert "NodeByLabelScan" not in operators, name
        notes = [
            note
            for note in summary.gql_status_objects
            # an empty graph has no relationships of some types yet
            if note.is_notification and note.raw_classification != "UNRECOGNIZED"
        ]
        assert not notes, name


def plan_operators(plan: Any) -> Iterable[str]:
    yield plan["operatorType"].split("@")[0]
    for child in plan.get("children", []):
        yield from plan_operators(child)
