"""Customers and conversions by week, against a plain count."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from attrigraph.attribution.observed.weeks import weeks_of
from attrigraph.domain import Conversion, Touchpoint, epoch_ms
from attrigraph.domain.from_objects import events_from_objects

START = datetime(2026, 6, 1, tzinfo=UTC)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def test_a_customer_counts_in_the_week_of_a_touch_and_four_after_it() -> None:
    touches = [
        Touchpoint("1", "ada", at(0.5), channel="tv"),
        Touchpoint("2", "ada", at(6.9), channel="mail"),
        Touchpoint("3", "ada", at(7.0), channel="tv"),
        Touchpoint("4", "bob", at(-1), channel=None),
    ]
    orders = [
        Conversion("a", "ada", at(6)),
        Conversion("b", "ada", at(15)),
        Conversion("c", "bob", at(1)),
        Conversion("d", "eve", at(1)),  # was never touched
        Conversion("e", "ada", at(60)),
    ]
    weeks = weeks_of(events_from_objects(touches, orders), epoch_ms(START), 7)
    assert weeks.sets == ((), ("tv",), ("mail", "tv"))
    assert weeks.customers.T.tolist() == [
        [1, 1, 2, 2, 1, 1, 0],  # bob in weeks 0 to 3, ada in weeks 2 to 5
        [0, 1, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0],
    ]
    assert weeks.conversions.T.tolist() == [
        [1, 0, 1, 0, 0, 0, 0],
        [0] * 7,
        [1, 0, 0, 0, 0, 0, 0],
    ]
    assert weeks.channels == ("mail", "tv", None)
    assert weeks.touches.sum(axis=0).tolist() == [1, 2, 0]


@pytest.mark.parametrize("seed", range(20))
def test_counts_are_those_of_a_plain_count(seed: int) -> None:
    draw = random.Random(seed)
    people = [f"c{n}" for n in range(draw.randrange(1, 9))]
    touches = [
        Touchpoint(
            f"t{n}",
            draw.choice(people),
            at(draw.uniform(-50, 50)),
            channel=draw.choice(["tv", "mail", "search", None]),
        )
        for n in range(draw.randrange(40))
    ]
    orders = [
        Conversion(f"v{n}", draw.choice(people), at(draw.uniform(-50, 50)))
        for n in range(draw.randrange(1, 20))
    ]
    weeks = weeks_of(events_from_objects(touches, orders), epoch_ms(START), 5)

    def week(event: Touchpoint | Conversion) -> int:
        assert event.timestamp is not None
        return (event.timestamp - START) // timedelta(days=7)

    customers: Counter[tuple[int, frozenset[str | None]]] = Counter()
    made: Counter[tuple[int, frozenset[str | None]]] = Counter()
    for number in range(5):
        for person in people:
            own = [one for one in touches if one.customer_id == person]
            if not any(number - 4 <= week(one) <= number for one in own):
                continue
            channels = frozenset(one.channel for one in own if week(one) == number)
            customers[number, channels] += 1
            made[number, channels] += sum(
                week(one) == number for one in orders if one.customer_id == person
            )
    for counts, table in ((customers, weeks.customers), (made, weeks.conversions)):
        found = {
            (number, frozenset(channels)): int(table[number, column])
            for number in range(5)
            for column, channels in enumerate(weeks.sets)
            if table[number, column]
        }
        assert found == {cell: count for cell, count in counts.items() if count}
    assert weeks.touches.sum() == sum(0 <= week(one) < 5 for one in touches)


def test_events_without_times_are_of_no_week() -> None:
    touches = [Touchpoint("1", "ada", None, channel="tv"), Touchpoint("2", "bob", at(1))]
    weeks = weeks_of(events_from_objects(touches, []), epoch_ms(START), 2)
    assert weeks.touches.sum() == 1
    assert np.all(weeks.conversions == 0)
