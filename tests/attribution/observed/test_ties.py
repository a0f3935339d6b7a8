"""What is said of events whose times leave their order open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.ties import order_notes
from attrigraph.domain import NO_TIME

if TYPE_CHECKING:
    from attribution_fixtures import MakeEvents


def touch(time: int, position: int = 0, nanosecond: int = 0) -> Any:
    return {"time": time, "nanosecond": nanosecond, "position": position, "channel": "a"}


def conversion(time: int, position: int = 0, nanosecond: int = 0, kind: Any = "purchase") -> Any:
    return {"time": time, "nanosecond": nanosecond, "position": position, "kind": kind}


ORDERED = [
    [touch(1), touch(2), conversion(3)],
    [touch(1, nanosecond=1), touch(1, nanosecond=2), conversion(1, nanosecond=3)],
    [touch(1, 0), touch(1, 1), conversion(1, 2)],
    [touch(NO_TIME, 0), touch(NO_TIME, 1), conversion(NO_TIME, 2)],
    [touch(1, 1), conversion(1, 0)],
    [conversion(1)],
    [],
]


@pytest.mark.parametrize("events", ORDERED)
def test_nothing_is_said_where_times_and_positions_order_all(
    events: Any, make_facts: MakeEvents
) -> None:
    assert order_notes(make_facts([events]), JourneyOptions()) == ()


def test_tied_touches_and_customers_are_counted(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), touch(1), touch(1)], [touch(1), touch(2)], [touch(4)] * 2])
    [note] = order_notes(events, JourneyOptions())
    assert note.startswith("5 touches of 2 customers are at the very same time")


def test_conversions_with_a_touch_at_the_very_same_time_are_counted(make_facts: MakeEvents) -> None:
    tied = [touch(1), conversion(1, kind="signup"), touch(2), conversion(2)]
    events = make_facts([tied, [touch(5), conversion(6)], [touch(2), conversion(2)]])
    [note] = order_notes(events, JourneyOptions())
    assert note.startswith("3 of 4 conversions have a touch at the very same time")
    [note] = order_notes(events, JourneyOptions(conversion_kinds=("purchase",)))
    assert note.startswith("2 of 4 conversions")
    [note] = order_notes(events, JourneyOptions(window=(2, 9)))
    assert note.startswith("2 of 4 conversions")
