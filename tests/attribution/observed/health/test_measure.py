"""Figures of data health: counted by hand, and the same however the events are cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.observed.health import measure
from attrigraph.attribution.observed.health.measure import figures_of, figures_of_paths
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import NO_TIME

if TYPE_CHECKING:
    from attribution_fixtures import MakeEvents, MakePaths
    from attrigraph.attribution.observed.health.figures import HealthFigures
    from attrigraph.domain import EventTable

DAY = 86_400_000
MINUTE = 60_000


def touch(time: int, position: int = 0, nanosecond: int = 0, channel: str | None = "a") -> Any:
    return {"time": time, "nanosecond": nanosecond, "position": position, "channel": channel}


def conversion(time: int, position: int = 0, nanosecond: int = 0, kind: Any = "purchase") -> Any:
    return {"time": time, "nanosecond": nanosecond, "position": position, "kind": kind}


def measured(events: EventTable, **options: Any) -> HealthFigures:
    return figures_of(events, JourneyOptions(**options), {"c0": "null"})


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
def test_nothing_is_tied_where_times_and_positions_order_all(
    events: Any, make_facts: MakeEvents
) -> None:
    found = measured(make_facts([events]))
    assert (found.tied_touches, found.tied_customers, found.tied_ends) == (0, 0, 0)


def test_tied_touches_and_their_customers_are_counted(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1)] * 3, [touch(1), touch(2)], [touch(4)] * 2])
    found = measured(events)
    assert (found.tied_touches, found.tied_customers) == (5, 2)


def test_conversions_at_the_time_of_a_touch_are_counted(make_facts: MakeEvents) -> None:
    tied = [touch(1), conversion(1, kind="signup"), touch(2), conversion(2)]
    events = make_facts([tied, [touch(5), conversion(6)], [touch(2), conversion(2)]])
    assert measured(events).tied_ends == 3
    assert measured(events, conversion_kinds=("purchase",)).tied_ends == 2
    found = measured(events, window=(2, 9))
    assert (found.tied_ends, found.ends) == (2, 3)


def test_what_lies_before_conversions_is_counted(make_facts: MakeEvents) -> None:
    events = make_facts(
        [
            [touch(0), conversion(30 * MINUTE)],  # just within 30 minutes
            [touch(0), conversion(30 * MINUTE + 1)],
            [touch(0), conversion(100 * DAY), conversion(100 * DAY + 1)],  # touched long before
            [conversion(5), touch(6)],
            [conversion(NO_TIME, 1)],
        ]
    )
    found = measured(events)
    assert (found.ends, found.untouched_ends, found.soon_ends) == (6, 2, 1)


def test_names_and_customers_are_counted(make_facts: MakeEvents) -> None:
    events = make_facts(
        [[touch(1, channel=None), touch(2), conversion(3)], [], [touch(1, channel="b")] * 2]
    )
    found = measured(events)
    assert (found.touches, found.conversions, found.customers, found.most_events) == (4, 1, 2, 3)
    assert found.names["channel"] == {"a": 1, "b": 2}
    assert found.unnamed("channel") == 1
    assert found.placeholders == {"null": 3}
    assert figures_of(events, JourneyOptions(), {"c1": "null"}).placeholders == {}


def test_days_and_times_of_day_are_counted(make_facts: MakeEvents) -> None:
    midnight = [touch(day * DAY) for day in (-1, 0, 3)]
    end_of_day = [conversion(DAY - 1, nanosecond=999_999), conversion(DAY - 1)]
    events = make_facts([[*midnight, *end_of_day], [touch(DAY + 15 * MINUTE), touch(DAY + 1)]])
    found = measured(events)
    assert found.timed == 7
    assert found.quarters == {0: 4, 1: 1}
    assert found.touch_days == {-1: 1, 0: 1, 1: 2, 3: 1}
    assert found.end_days == {0: 2}


def test_events_cut_into_slices_have_the_same_figures(
    make_facts: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    events = make_facts(
        [
            sorted(
                [
                    touch(int(time), channel=str(rng.choice(["a", "b", "c"])))
                    if rng.random() < 0.7
                    else conversion(int(time))
                    for time in rng.integers(0, 40, rng.integers(0, 9)) * 10 * MINUTE
                ],
                key=lambda event: event["time"],
            )
            for _ in range(200)
        ]
    )
    whole = measured(events)
    assert min(whole.tied_touches, whole.tied_ends, whole.soon_ends, whole.untouched_ends) > 0
    monkeypatch.setattr(measure, "SLICE", 7)
    assert asdict(measured(events)) == asdict(whole)


def test_paths_have_the_figures_of_their_journeys(
    make_facts: MakeEvents, make_paths: MakePaths
) -> None:
    paths = make_paths([(("a", "b", "a"), 2, 5, 1), ((), 1, 1, 3), (("c|d",), 0, 0, 4)])
    steps = [touch(NO_TIME, place, channel=key) for place, key in enumerate("aba")]
    end = conversion(NO_TIME, 3)
    single = [touch(NO_TIME, channel="c|d")]
    journeys = [[*steps, end], [*steps, end], steps, [end], [], [], [], *[single] * 4]
    from_events = figures_of(make_facts(journeys), JourneyOptions(), {})
    assert asdict(figures_of_paths(paths)) == asdict(from_events)
    assert from_events.names["channel"] == Counter({"a": 6, "b": 3, "c|d": 4})


def sold(time: int, value: float, kind: str = "purchase") -> Any:
    return {**conversion(time, kind=kind), "value": value}


def test_conversions_that_repeat_another_are_counted(make_facts: MakeEvents) -> None:
    events = make_facts(
        [
            [sold(0, 5), sold(10 * MINUTE, 5), sold(10 * MINUTE + 1, 5)],  # two repeat
            [sold(0, 5), sold(10 * MINUTE + 1, 5)],
            [sold(0, 5), sold(1, 6)],
            [sold(0, 0), sold(1, 0)],
            [sold(0, 7), sold(1, 7, kind="order")],  # one, where both kinds count
            [sold(0, 5)],
            [sold(1, 5)],
        ]
    )
    assert measured(events).repeated_ends == 3
    assert measured(events, conversion_kinds=("purchase",)).repeated_ends == 2


def test_visits_that_sessions_would_give_a_channel_are_counted(make_facts: MakeEvents) -> None:
    events = make_facts(
        [
            [
                touch(0, channel="a"),
                touch(30 * MINUTE, channel=None),
                touch(40 * MINUTE, channel=None),
            ],  # one
            [touch(0, channel="a"), touch(30 * MINUTE + 1, channel=None)],
            [touch(0, channel="a"), touch(1, channel="b")],
            [touch(0, channel="a")],
            [touch(1, channel=None)],
        ]
    )
    assert measured(events).unjoined_visits == 1
