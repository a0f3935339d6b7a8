"""Event tables in slices: whole customers, none lost, numbered from 0 in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.event_slices import event_slices
from attrigraph.domain.from_objects import events_from_objects

START = datetime(2026, 6, 1, tzinfo=UTC)
TOUCHES = [
    Touchpoint(f"{customer}{n}", customer, START + timedelta(days=n), channel=f"{customer}-{n}")
    for customer, count in (("ada", 3), ("ben", 0), ("cem", 8), ("dan", 1))
    for n in range(count)
]
EVENTS = events_from_objects(
    TOUCHES, [Conversion("v", "ben", START), Conversion("w", "cem", START)]
)


@pytest.mark.parametrize(
    ("size", "customers"),
    [
        (1, [["ada"], ["ben"], ["cem"], ["dan"]]),
        (4, [["ada", "ben"], ["cem"], ["dan"]]),
        (100, [["ada", "ben", "cem", "dan"]]),
    ],
)
def test_slices_hold_whole_customers(size: int, customers: list[list[str]]) -> None:
    slices = list(event_slices(EVENTS, size))
    assert [one.customers.tolist() for one in slices] == customers
    ids = [
        (table.customers[row], name)
        for table in slices
        for row, name in zip(table.touches.customer, table.touches.id, strict=True)
    ]
    assert ids == [(touch.customer_id, touch.id) for touch in TOUCHES]
    assert [name for one in slices for name in one.touches.channel.values()] == [
        touch.channel for touch in TOUCHES
    ]
    assert [name for one in slices for name in one.conversions.id] == ["v", "w"]


def test_slices_keep_the_numbers_of_aliases() -> None:
    known = replace(EVENTS, n_aliases=np.array([0, 2, 1, 5], dtype=np.int32))
    aliases = [one.n_aliases for one in event_slices(known, 4)]
    assert [[*each] for each in aliases if each is not None] == [[0, 2], [1], [5]]


def test_no_customers_have_no_slice() -> None:
    assert list(event_slices(events_from_objects([], []), 5)) == []
