"""The events of a window, with the way back to the facts they were taken from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from attrigraph.attribution.observed.selection import select_events
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400_000


def at(day: int) -> datetime:
    return START + timedelta(days=day)


FACTS = events_from_objects(
    [Touchpoint(f"t{day}", "ada", at(day), channel="email") for day in range(4)],
    [
        Conversion("c1", "ada", at(1), kind="signup"),
        Conversion("c2", "ada", at(3), kind="order"),
    ],
)


def test_start_is_inside_and_end_outside() -> None:
    first = int(FACTS.touches.time[1])
    found = select_events(FACTS, (first, first + 2 * DAY))
    assert found.events.touches.id.tolist() == ["t1", "t2"]
    assert found.touch.tolist() == [1, 2]
    assert found.events.conversions.id.tolist() == ["c1"]


def test_conversions_of_other_kinds_are_left_out() -> None:
    found = select_events(FACTS, None, {"order"})
    assert found.events.conversions.id.tolist() == ["c2"]
    assert found.conversion.tolist() == [1]
    assert len(found.events.touches) == 4


def test_customers_stay_when_their_events_go() -> None:
    found = select_events(replace(FACTS), (0, 1))
    assert found.events.customers.tolist() == ["ada"]
    assert len(found.events.touches) == len(found.events.conversions) == 0


def test_all_touches_are_not_copied() -> None:
    assert select_events(FACTS, None).events.touches is FACTS.touches
    assert select_events(FACTS, None, {"order"}).events.touches is FACTS.touches
