"""Customers of a table are replaced: the table is the one of all customers as they are now."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.event_slices import event_parts
from attrigraph.domain.event_tables import joined_events, with_replaced
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.runs.lineage import fingerprint

if TYPE_CHECKING:
    from attrigraph.domain import EventTable

    People = dict[str, tuple[list[Touchpoint], list[Conversion]]]

START = datetime(2026, 6, 1, tzinfo=UTC)


def person(draw: random.Random, name: str) -> tuple[list[Touchpoint], list[Conversion]]:
    def when() -> datetime:
        return START + timedelta(hours=draw.randrange(9))

    touches = [
        Touchpoint(
            f"{name} {n} {draw.randrange(10**6)}",
            name,
            when(),
            channel=draw.choice(["tv", "mail", None]),
            campaign=draw.choice(["k1", None]),
            creative=draw.choice(["r1", "r2", None]),
            cost=draw.choice([None, 1.5]),
        )
        for n in range(draw.randrange(4))
    ]
    conversions = [
        Conversion(f"v{name}{n}", name, when(), value=draw.random(), kind=draw.choice(["a", "b"]))
        for n in range(draw.randrange(1, 3))
    ]
    return touches, conversions


def table(people: People) -> EventTable:
    touches = [touch for own, _ in people.values() for touch in own]
    made = [conversion for _, own in people.values() for conversion in own]
    events = events_from_objects(touches, made)
    # these tables are in the order of ids alone
    return replace(events, bucket=np.zeros_like(events.bucket))


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_table_of_all_as_they_are_now(seed: int) -> None:
    draw = random.Random(seed)
    before = {f"c{n}": person(draw, f"c{n}") for n in range(12)}
    deleted = set(draw.sample(sorted(before), 2))
    changed = {name: person(draw, name) for name in [*draw.sample(sorted(before), 3), "new"]}
    now = {name: own for name, own in (before | changed).items() if name not in deleted}
    fresh = {name: own for name, own in changed.items() if name not in deleted}
    events = table(before)
    gone = deleted | changed.keys()
    kept = np.array([name not in gone for name in events.customers.tolist()], bool)
    result, expected = with_replaced(events, kept, table(fresh)), table(now)
    assert fingerprint(result) == fingerprint(expected)
    assert result.bucket.tolist() == expected.bucket.tolist()


def test_shares_of_costs_that_one_part_lacks_are_whole() -> None:
    draw = random.Random(0)
    one, other = ({name: person(draw, name)} for name in ("c1", "c2"))
    events, fresh = table(one), table(other)
    halves = np.full(len(fresh.touches), 0.5)
    fresh = replace(fresh, touches=replace(fresh.touches, cost_share=halves))
    joined = with_replaced(events, np.ones(1, bool), fresh)
    assert joined.touches.cost_share is not None
    of = joined.customers[joined.touches.customer]
    assert joined.touches.cost_share.tolist() == [1.0 if name == "c1" else 0.5 for name in of]


@pytest.mark.parametrize("seed", range(10))
def test_parts_by_bucket_are_together_the_whole(seed: int) -> None:
    draw = random.Random(seed)
    people = [person(draw, f"c{n}") for n in range(draw.choice([0, 1, 30]))]
    events = events_from_objects(
        [touch for own, _ in people for touch in own], [made for _, own in people for made in own]
    )
    # in the order of buckets, as tables of the graph are
    events = with_replaced(events, np.zeros(len(events.customers), bool), events)
    if seed % 2:
        shares = np.full(len(events.touches), 0.5)
        events = replace(events, touches=replace(events.touches, cost_share=shares))
    parts = event_parts(events, 64)
    assert len(parts) == 64
    for number, part in enumerate(parts):
        assert all(bucket // 16 == number for bucket in part.bucket.tolist())
    joined = joined_events(parts)
    assert fingerprint(joined) == fingerprint(events)
    assert joined.bucket.tolist() == events.bucket.tolist()
    assert joined.touches.campaign.keys == events.touches.campaign.keys
