"""What models read of a window: its events, and for causal models those that still act in it."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.data import EventData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions, TouchLookback
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate

EVENTS = event_table_of(simulate("retailer", 5, 500, measured_on=100))
START, END = START_MS + 15 * DAY_MS, START_MS + 25 * DAY_MS


def in_window(lookback_days: float | None, *lookbacks: TouchLookback) -> EventData:
    journeys = JourneyOptions(window=(START, END), lookbacks=lookbacks)
    return EventData(EVENTS, journeys, ModelOptions(lookback_days=lookback_days))


def test_earlier_touches_are_read_as_far_back_as_they_act() -> None:
    times = EVENTS.touches.time
    for days in (None, 4.0):
        since = 0 if days is None else START - 4 * DAY_MS
        read = in_window(days).population
        assert len(read.touch) == int(((times >= since) & (times < END)).sum())
        first = min(times[times >= since].min(), EVENTS.conversions.time.min())
        warm_up = 4 if days else -(-(START - first) // DAY_MS)
        assert read.histories.warm_up == warm_up


def test_the_longest_lookback_of_any_touch_is_read() -> None:
    kind, channel = EVENTS.touches.kind.keys[0], EVENTS.touches.channel.keys[0]
    own = (TouchLookback("kind", kind, 7.0), TouchLookback("channel", channel, 2.0))
    data = in_window(3.0, *own)
    found, touches = data.population, data.selection_with_warm_up.events.touches
    assert found.histories.warm_up == in_window(7.0).population.histories.warm_up == 7
    codes = touches.channel.codes[found.touch], touches.kind.codes[found.touch]
    limits = np.where(codes[0] == 0, 2.0, np.where(codes[1] == 0, 7.0, 3.0))
    assert found.histories.own_lookback is not None
    assert np.array_equal(found.histories.own_lookback, limits)
    assert in_window(3.0, TouchLookback("kind", kind, None)).population.histories.lookback is None


def test_the_window_alone_is_read_where_that_is_asked() -> None:
    cold = in_window(None).window_population
    times = EVENTS.touches.time
    assert len(cold.touch) == int(((times >= START) & (times < END)).sum())
    assert cold.histories.warm_up == 0
    assert cold.histories.converted_before is None


def test_without_a_window_there_is_one_population_of_all_events() -> None:
    data = EventData(EVENTS, JourneyOptions(), ModelOptions())
    assert data.window_population is data.population
    assert data.selection_with_warm_up is data.selection
    assert np.array_equal(data.selection.touch, np.arange(len(EVENTS.touches)))
