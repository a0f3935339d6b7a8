"""Journeys by hand, by law, and against the same definition written customer by customer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions, derive
from attrigraph.domain import NO_TIME
from attrigraph.errors import InputError, NeedsTimesError

if TYPE_CHECKING:
    from attribution_fixtures import MakeEvents

DAY = DAY_MS


def touch(day: float, channel: Any = "a", position: int = 0) -> Any:
    return {"time": round(day * DAY), "channel": channel, "position": position}


def conversion(day: float, kind: Any = "purchase", value: float = 1.0, position: int = 0) -> Any:
    return {"time": round(day * DAY), "kind": kind, "value": value, "position": position}


def spelled(events: Any, options: Any = None) -> Any:
    """Journeys as (customer, days of touches, day of conversion or None)."""
    journeys = derive(events, options or JourneyOptions())
    return [
        (
            int(journeys.customer[j]),
            [events.touches.time[t] / DAY for t in touches_of(journeys, j)],
            None
            if journeys.conversion[j] < 0
            else events.conversions.time[journeys.conversion[j]] / DAY,
        )
        for j in range(len(journeys))
    ]


def touches_of(journeys: Any, j: Any) -> Any:
    return journeys.touch[journeys.offsets[j] : journeys.offsets[j + 1]].tolist()


def test_a_conversion_ends_a_journey_and_the_rest_stays_open(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), touch(2), conversion(3), touch(4), conversion(5), touch(6)]])
    assert spelled(events) == [(0, [1, 2], 3), (0, [4], 5), (0, [6], None)]


def test_touches_serve_several_conversions_when_reused(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), conversion(3), touch(4), conversion(5), touch(6)]])
    assert spelled(events, JourneyOptions(reuse_touches=True)) == [
        (0, [1], 3),
        (0, [1, 4], 5),
        (0, [1, 4, 6], None),
    ]


def test_nothing_after_the_last_conversion_leaves_no_open_journey(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), conversion(3)]])
    assert spelled(events) == [(0, [1], 3)]
    assert spelled(events, JourneyOptions(reuse_touches=True)) == [(0, [1], 3)]


def test_customers_without_any_event_are_empty_journeys_that_do_not_convert(
    make_facts: MakeEvents,
) -> None:
    assert spelled(make_facts([[], [touch(1)], []])) == [
        (0, [], None),
        (1, [1], None),
        (2, [], None),
    ]


def test_a_conversion_without_touches_has_an_empty_journey(make_facts: MakeEvents) -> None:
    assert spelled(make_facts([[conversion(3)]])) == [(0, [], 3)]


def test_no_customers_have_no_journeys(make_facts: MakeEvents) -> None:
    journeys = derive(make_facts([]), JourneyOptions())
    assert len(journeys) == 0
    assert journeys.offsets.tolist() == [0]


def test_the_lookback_keeps_a_touch_that_is_exactly_as_old(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(0.999), touch(1), touch(2), conversion(31)]])
    assert spelled(events) == [(0, [1, 2], 31)]
    assert spelled(events, JourneyOptions(lookback_days=None)) == [(0, [0.999, 1, 2], 31)]
    assert spelled(events, JourneyOptions(lookback_days=0.5)) == [(0, [], 31)]


def test_the_lookback_of_an_open_journey_counts_back_from_its_last_touch(
    make_facts: MakeEvents,
) -> None:
    events = make_facts([[touch(1), touch(40), touch(41)], [touch(400)]])
    assert spelled(events) == [(0, [40, 41], None), (1, [400], None)]


def test_a_touch_at_the_moment_of_the_conversion_comes_after_it(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), touch(3), conversion(3)]])
    assert spelled(events) == [(0, [1], 3), (0, [3], None)]


def test_position_decides_at_equal_times(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(3, position=0), conversion(3, position=1), touch(3, position=2)]])
    assert spelled(events) == [(0, [3], 3), (0, [3], None)]


def test_conversions_of_other_kinds_do_not_end_journeys(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), conversion(2, kind="signup"), touch(3), conversion(4)]])
    assert spelled(events, JourneyOptions(conversion_kinds=("purchase",))) == [(0, [1, 3], 4)]
    assert spelled(events, JourneyOptions(conversion_kinds=("refund",))) == [(0, [1, 3], None)]


def test_a_window_counts_journeys_that_end_in_it(make_facts: MakeEvents) -> None:
    events = make_facts(
        [[touch(1), conversion(5), touch(8), conversion(12), touch(18), conversion(25)]]
    )
    options = JourneyOptions(window=(10 * DAY, 20 * DAY))
    assert spelled(events, options) == [(0, [8], 12), (0, [18], None)]


def test_a_window_starts_within_and_ends_without(make_facts: MakeEvents) -> None:
    events = make_facts([[conversion(10)], [conversion(20)], [touch(20)]])
    options = JourneyOptions(window=(10 * DAY, 20 * DAY))
    assert spelled(events, options) == [(0, [], 10), (1, [], None), (2, [], None)]


def test_an_open_journey_that_ended_before_the_window_is_empty_in_it(
    make_facts: MakeEvents,
) -> None:
    events = make_facts([[touch(1)], [touch(9), touch(11)]])
    options = JourneyOptions(window=(10 * DAY, 20 * DAY))
    assert spelled(events, options) == [(0, [], None), (1, [9, 11], None)]


def test_ages_count_days_to_the_conversion_or_to_the_last_touch(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), touch(2.5), conversion(4), touch(5), touch(7)]])
    assert derive(events, JourneyOptions()).age.tolist() == [3.0, 1.5, 2.0, 0.0]


def test_values_are_those_of_the_conversions(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), conversion(2, value=7.5), touch(3)]])
    assert derive(events, JourneyOptions()).value.tolist() == [7.5, 0.0]


def test_without_times_positions_order_events_and_there_is_no_lookback(
    make_facts: MakeEvents,
) -> None:
    def at(position: int, **event: Any) -> Any:
        return {"position": position} | event

    events = make_facts(
        [[at(0, channel="a"), at(1, channel="b"), at(2, value=1.0), at(3, channel="c")]]
    )
    journeys = derive(events, JourneyOptions())
    assert [touches_of(journeys, j) for j in range(2)] == [[0, 1], [2]]
    assert np.isnan(journeys.age).all()


@pytest.mark.parametrize(
    "options", [JourneyOptions(window=(0, 1)), JourneyOptions(lookback_days=10)]
)
def test_options_that_need_times_say_so(make_facts: MakeEvents, options: Any) -> None:
    events = make_facts([[{"channel": "a"}]])
    with pytest.raises(NeedsTimesError, match="needs the times"):
        derive(events, options)


def test_a_customer_with_and_without_times_is_refused(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), {"channel": "a", "position": 3}], [touch(2)]])
    with pytest.raises(InputError, match="1 of 2 customers have both"):
        derive(events, JourneyOptions())


def test_ages_count_the_nanoseconds_within_milliseconds(make_facts: MakeEvents) -> None:
    fine = touch(1) | {"nanosecond": 250_000}
    events = make_facts([[touch(1), fine, conversion(1) | {"nanosecond": 500_000}]])
    ages = derive(events, JourneyOptions()).age * DAY
    assert ages.tolist() == pytest.approx([0.5, 0.25], abs=1e-9)


def test_unsorted_facts_are_refused(make_facts: MakeEvents) -> None:
    events = make_facts([[touch(1), touch(2)]])
    events = replace(events, touches=replace(events.touches, time=events.touches.time[::-1].copy()))
    with pytest.raises(InputError, match="touches must be sorted"):
        derive(events, JourneyOptions())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lookback_days": 0}, "positive number of days"),
        ({"lookback_days": float("nan")}, "positive number of days"),
        ({"window": (5, 5)}, "start before it ends"),
        ({"repeats": "dropped"}, "'kept' or 'collapsed'"),
    ],
)
def test_wrong_options_are_refused(wrong: Any, message: Any) -> None:
    with pytest.raises(InputError, match=message):
        JourneyOptions(**wrong)


# The definition again, one customer at a time, to be read against the module's text.


def naive(customers: Any, options: Any) -> Any:
    """Journeys as (customer, touches, conversion), events numbered in the customer's own order."""
    result = []
    for c, events in enumerate(customers):
        events = [e for e in events if options.window is None or e["time"] < options.window[1]]
        touches = sorted((e for e in events if "channel" in e), key=when)
        conversions = sorted(
            (e for e in events if "channel" not in e and wanted(e, options)),
            key=when,
        )
        mine: list[Any] = []
        before: list[Any] = []
        for event in conversions:
            previous, before = before, [t for t in touches if when(t) < when(event)]
            journey = before if options.reuse_touches else before[len(previous) :]
            if options.window is None or event["time"] >= options.window[0]:
                mine.append((c, recent(journey, event, options), event))
        if touches[len(before) :]:
            journey = touches if options.reuse_touches else touches[len(before) :]
            last = journey[-1]
            if options.window is None or last["time"] >= options.window[0]:
                mine.append((c, recent(journey, last, options), None))
        result += mine or [(c, [], None)]
    return result


def wanted(event: Any, options: Any) -> Any:
    return not options.conversion_kinds or event["kind"] in options.conversion_kinds


def when(event: Any) -> Any:
    return event["time"], event.get("nanosecond", 0), event["position"]


def recent(journey: Any, end: Any, options: Any) -> Any:
    if options.lookback_days is None or end["time"] == NO_TIME:
        return journey
    return [t for t in journey if nanoseconds(t, end) <= options.lookback_days * DAY * 10**6]


def nanoseconds(start: Any, end: Any) -> Any:
    return (end["time"] - start["time"]) * 10**6 + end["nanosecond"] - start["nanosecond"]


times = st.integers(0, 12).map(lambda day: day * DAY)
finer = st.sampled_from([0, 1, 999_999])
positions = st.integers(0, 2)
touch_events = st.fixed_dictionaries(
    {
        "time": times,
        "nanosecond": finer,
        "position": positions,
        "channel": st.sampled_from("ab"),
    }
)
conversion_events = st.fixed_dictionaries(
    {
        "time": times,
        "nanosecond": finer,
        "position": positions,
        "kind": st.sampled_from(["purchase", "signup"]),
        "value": st.integers(0, 5).map(float),
    }
)
timed_customers = st.lists(st.one_of(touch_events, conversion_events), max_size=10)
untimed_customers = timed_customers.map(
    lambda events: [
        e | {"time": NO_TIME, "nanosecond": 0, "position": i} for i, e in enumerate(events)
    ]
)
timed_options = st.builds(
    JourneyOptions,
    lookback_days=st.sampled_from([None, 1.0, 3.0, 30.0]),
    conversion_kinds=st.sampled_from([(), ("purchase",), ("signup", "purchase"), ("none",)]),
    reuse_touches=st.booleans(),
    window=st.one_of(
        st.none(),
        st.tuples(st.integers(0, 6), st.integers(7, 13)).map(lambda w: (w[0] * DAY, w[1] * DAY)),
    ),
)
untimed_options = st.builds(
    JourneyOptions,
    conversion_kinds=st.sampled_from([(), ("purchase",)]),
    reuse_touches=st.booleans(),
)


def agree(customers: Any, options: Any, make_facts: MakeEvents) -> None:
    events = make_facts(customers)
    journeys = derive(events, options)
    found = [
        (
            int(journeys.customer[j]),
            [event_of(events.touches, t) for t in touches_of(journeys, j)],
            None
            if journeys.conversion[j] < 0
            else event_of(events.conversions, journeys.conversion[j]),
        )
        for j in range(len(journeys))
    ]
    expected = [
        (c, [when(t) for t in touches], None if end is None else when(end))
        for c, touches, end in naive(customers, options)
    ]
    assert found == expected


def event_of(events: Any, row: Any) -> Any:
    return int(events.time[row]), int(events.nanosecond[row]), int(events.position[row])


@settings(max_examples=300)
@given(customers=st.lists(timed_customers, max_size=4), options=timed_options)
def test_timed_journeys_agree_with_the_definition(
    customers: Any, options: Any, make_facts: MakeEvents
) -> None:
    agree(customers, options, make_facts)


@settings(max_examples=100)
@given(customers=st.lists(untimed_customers, max_size=4), options=untimed_options)
def test_untimed_journeys_agree_with_the_definition(
    customers: Any, options: Any, make_facts: MakeEvents
) -> None:
    agree(customers, options, make_facts)


@settings(max_examples=100)
@given(first=timed_customers, second=timed_customers, options=timed_options)
def test_customers_do_not_influence_each_other(
    first: Any, second: Any, options: Any, make_facts: MakeEvents
) -> None:
    together = spelled(make_facts([first, second]), options)
    apart = spelled(make_facts([first]), options) + [
        (1, touches, end) for _, touches, end in spelled(make_facts([second]), options)
    ]
    assert together == apart


@settings(max_examples=100)
@given(customers=st.lists(timed_customers, max_size=3), options=timed_options)
def test_each_touch_serves_one_journey_at_most_when_split(
    customers: Any, options: Any, make_facts: MakeEvents
) -> None:
    journeys = derive(make_facts(customers), replace(options, reuse_touches=False))
    assert len(np.unique(journeys.touch)) == len(journeys.touch)


@settings(max_examples=100)
@given(customers=st.lists(timed_customers, max_size=3), options=timed_options)
def test_windows_next_to_each_other_share_the_conversions_out(
    customers: Any, options: Any, make_facts: MakeEvents
) -> None:
    events = make_facts(customers)

    def converting(start: int | None, end: int) -> Any:
        window = None if start is None else (start * DAY, end * DAY)
        journeys = derive(events, replace(options, window=window))
        return sorted(journeys.conversion[journeys.converted])

    assert sorted(converting(-1, 5) + converting(5, 99)) == converting(None, 0)
