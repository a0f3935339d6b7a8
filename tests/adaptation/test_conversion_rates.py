"""Exposed customers and their conversions by day: by hand, and against a naive form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.adaptation.conversion_rates import DAY_MS, WINDOW_DAYS, DailyRates, daily_rates
from attrigraph.domain import Conversion, EventTable, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError

START = datetime(2026, 6, 1, tzinfo=UTC)
Event = tuple[str, str, float]
"""Customer, channel or nothing, and days since ``START``."""


def events(touches: list[Event], conversions: list[tuple[str, float]]) -> EventTable:
    return events_from_objects(
        [
            Touchpoint(f"t{n}", customer, START + timedelta(days=day), channel=channel)
            for n, (customer, channel, day) in enumerate(touches)
        ],
        [
            Conversion(f"c{n}", customer, START + timedelta(days=day))
            for n, (customer, day) in enumerate(conversions)
        ],
    )


def test_a_touch_exposes_for_seven_days() -> None:
    found = daily_rates(
        events(
            [("ada", "display", 0.5), ("ben", "display", 2.5), ("ben", "email", 9.5)],
            [("ada", 6.9), ("ada", 7.1), ("ben", 9.4), ("cy", 3.0)],
        ),
        "channel",
    )
    assert found.keys == ("display", "email")
    assert found.first_day == START.timestamp() * 1000 // DAY_MS
    np.testing.assert_array_equal(
        found.exposed, [[1, 1, 2, 2, 2, 2, 2, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
    )
    np.testing.assert_array_equal(
        found.conversions, [[0, 0, 0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
    )


def test_on_the_day_of_the_touch_only_later_conversions_count() -> None:
    found = daily_rates(
        events([("ada", "email", 0.5)], [("ada", 0.4), ("ada", 0.5), ("ada", 0.6)]), "channel"
    )
    assert found.conversions.tolist() == [[2]]


def naive(touches: list[Event], conversions: list[tuple[str, float]], days: int) -> DailyRates:
    channels = sorted({channel for _, channel, _ in touches})
    first = int(min(day for *_, day in touches))

    def is_exposed(customer: str, channel: str, day: int, before: float) -> bool:
        return any(
            one == customer
            and other == channel
            and day - WINDOW_DAYS < int(at) <= day
            and at <= before
            for one, other, at in touches
        )

    people = {customer for customer, *_ in touches}
    exposed = [
        [sum(is_exposed(one, c, day, day + 1) for one in people) for day in range(first, days)]
        for c in channels
    ]
    converted = [
        [
            sum(int(at) == day and is_exposed(one, c, day, at) for one, at in conversions)
            for day in range(first, days)
        ]
        for c in channels
    ]
    return DailyRates(tuple(channels), first, np.array(exposed), np.array(converted))


quarter = st.integers(0, 80).map(lambda n: n / 4 + 0.1)
touch = st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), quarter)


@given(
    touches=st.lists(touch, min_size=1, max_size=12),
    conversions=st.lists(st.tuples(st.sampled_from("abc"), quarter), max_size=8),
)
def test_counts_are_those_of_the_naive_form(
    touches: list[Event], conversions: list[tuple[str, float]]
) -> None:
    last = int(max(day for *_, day in touches)) + 1
    expected = naive(touches, conversions, last)
    found = daily_rates(events(touches, conversions), "channel").of(expected.keys)
    assert found.first_day - expected.first_day == START.timestamp() * 1000 // DAY_MS
    np.testing.assert_array_equal(found.exposed, expected.exposed)
    np.testing.assert_array_equal(found.conversions, expected.conversions)


def test_parts_of_rates() -> None:
    rates = DailyRates(("a", "b"), 10, np.arange(6).reshape(2, 3), np.arange(6, 12).reshape(2, 3))
    part = rates.between(1, 3).of(("b", "new"))
    assert (part.keys, part.first_day, part.days) == (("b", "new"), 11, 2)
    assert part.exposed.tolist() == [[4, 5], [0, 0]]
    assert part.conversions.tolist() == [[10, 11], [0, 0]]


def test_touches_without_a_campaign_are_refused() -> None:
    with pytest.raises(InputError, match="need touches with a time and a campaign"):
        daily_rates(events([("ada", "email", 0.5)], []), "campaign")
