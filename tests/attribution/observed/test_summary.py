"""Summaries of journeys against answers worked out by hand."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.observed.summary import (
    Flow,
    PathRow,
    Stop,
    days_to_conversion,
    flows,
    journeys_by_length,
    top_paths,
)
from attrigraph.domain import Journeys, PathCounts

# a > b (2 conversions worth 5, 1 null), a (3 nulls), no touch (1 conversion worth 1), b > a > b (1)
PATHS = PathCounts(
    keys=("a", "b"),
    offsets=np.array([0, 2, 3, 3, 6]),
    codes=np.array([0, 1, 0, 1, 0, 1], dtype=np.int32),
    conversions=np.array([2.0, 0.0, 1.0, 1.0]),
    value=np.array([5.0, 0.0, 1.0, 9.0]),
    nulls=np.array([1.0, 3.0, 0.0, 0.0]),
)


def test_top_paths_come_by_conversions_then_journeys_and_leave_out_what_never_converts() -> None:
    assert top_paths(PATHS, 9) == (
        PathRow(("a", "b"), 2.0, 1.0, 5.0),
        PathRow((), 1.0, 0.0, 1.0),
        PathRow(("b", "a", "b"), 1.0, 0.0, 9.0),
    )
    assert top_paths(PATHS, 1)[0].rate == 2 / 3


def test_journeys_by_length_count_touches() -> None:
    converting, others = journeys_by_length(PATHS)
    assert converting.tolist() == [1.0, 0.0, 2.0, 1.0]
    assert others.tolist() == [0.0, 3.0, 1.0, 0.0]


def test_flows_follow_the_first_steps_and_send_longer_journeys_straight_to_their_end() -> None:
    a0, b0, b1, a1 = (
        Stop(0, "key", "a"),
        Stop(0, "key", "b"),
        Stop(1, "key", "b"),
        Stop(1, "key", "a"),
    )
    assert set(flows(PATHS, steps=2, keys=2)) == {
        Flow(a0, b1, 3.0),
        Flow(b0, a1, 1.0),
        Flow(a0, Stop(2, "ended"), 3.0),
        Flow(b1, Stop(2, "converted"), 2.0),
        Flow(b1, Stop(2, "ended"), 1.0),
        Flow(a1, Stop(2, "converted"), 1.0),
    }


def test_flows_into_the_ends_hold_every_journey_with_a_touch() -> None:
    for steps in (1, 2, 3, 9):
        for keys in (0, 1, 2):
            ends = sum(
                f.journeys
                for f in flows(PATHS, steps=steps, keys=keys)
                if f.target.kind in {"converted", "ended"}
            )
            assert ends == 7.0


def test_rare_keys_are_drawn_as_other_even_when_one_is_named_other() -> None:
    paths = PathCounts(
        keys=("other", "x"),
        offsets=np.array([0, 1, 2]),
        codes=np.array([0, 1], dtype=np.int32),
        conversions=np.array([2.0, 1.0]),
        value=np.zeros(2),
        nulls=np.zeros(2),
    )
    assert set(flows(paths, steps=1, keys=1)) == {
        Flow(Stop(0, "key", "other"), Stop(1, "converted"), 2.0),
        Flow(Stop(0, "other"), Stop(1, "converted"), 1.0),
    }


def test_days_to_conversion_start_at_the_first_touch_of_converting_journeys() -> None:
    journeys = Journeys(
        offsets=np.array([0, 2, 3, 3]),
        touch=np.array([0, 1, 2]),
        customer=np.zeros(3, dtype=np.int32),
        conversion=np.array([0, -1, 1]),
        value=np.zeros(3),
        age=np.array([4.5, 1.0, 2.0]),
    )
    assert days_to_conversion(journeys).tolist() == [4.5]
