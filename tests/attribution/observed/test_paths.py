"""Paths are counted exactly, whatever their length, their keys, and the order of rows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.attribution.observed import paths as module
from attrigraph.attribution.observed.journeys import JourneyOptions, derive
from attrigraph.attribution.observed.paths import collapse, count_paths, merge, pack, regroup, take

if TYPE_CHECKING:
    from attribution_fixtures import MakeCoded, MakeEvents, MakePaths
    from attrigraph.domain import PathCounts

NAMES = ["a", "aa", "b", "", "null", "start", "(conversion)", "q\"uo'te", "naïve ☃", "a > b", None]


def spelled(paths: Any) -> Any:
    """Counted paths as a dictionary from path to amounts."""
    rows = [
        tuple(paths.keys[code] for code in paths.codes[begin:end])
        for begin, end in zip(paths.offsets[:-1], paths.offsets[1:], strict=True)
    ]
    assert len(set(rows)) == len(rows)
    amounts = np.column_stack([paths.conversions, paths.value, paths.nulls]).tolist()
    return dict(zip(rows, map(tuple, amounts), strict=True))


def summed(rows: Any) -> Any:
    """The same by a dictionary."""
    sums: dict[Any, Any] = defaultdict(lambda: (0.0, 0.0, 0.0))
    for path, *amounts in rows:
        sums[tuple(path)] = tuple(a + b for a, b in zip(sums[tuple(path)], amounts, strict=True))
    return dict(sums)


amounts = st.integers(0, 9).map(float)
rows_of_paths = st.lists(
    st.tuples(st.lists(st.sampled_from(NAMES), max_size=6), amounts, amounts, amounts)
)


@given(rows_of_paths)
def test_counts_are_those_of_a_dictionary(make_paths: MakePaths, rows: Any) -> None:
    assert spelled(make_paths(rows)) == summed(rows)


@given(rows_of_paths, st.randoms())
def test_the_order_of_rows_changes_nothing_not_even_the_order_of_paths(
    make_paths: MakePaths, rows: Any, random: Any
) -> None:
    shuffled = random.sample(rows, len(rows))
    one, other = make_paths(rows), make_paths(shuffled)
    assert one.keys == other.keys
    np.testing.assert_array_equal(one.codes, other.codes)
    np.testing.assert_array_equal(one.offsets, other.offsets)
    np.testing.assert_array_equal(one.conversions, other.conversions)


@given(rows_of_paths, st.integers(0, 20))
def test_parts_merge_into_the_whole(make_paths: MakePaths, rows: Any, cut: float) -> None:
    merged = merge([make_paths(rows[:cut]), make_paths(rows[cut:])])
    assert spelled(merged) == summed(rows)
    assert merged.keys == make_paths(rows).keys


def test_nothing_merges_into_nothing() -> None:
    assert spelled(merge([])) == {}


def test_counting_what_is_counted_changes_nothing(make_paths: MakePaths) -> None:
    paths = make_paths([("ab", 1, 2, 3), ("", 4, 5, 6), ("a", 7, 8, 9)])
    assert spelled(regroup(paths)) == spelled(paths)


def test_only_keys_that_occur_are_kept_and_none_comes_last(
    make_facts: MakeEvents, make_coded: MakeCoded
) -> None:
    paths = take_channels(make_facts, [None, "b", None, "a"])
    assert paths.keys == ("a", "b", None)
    coded = make_coded(["c", None])
    events = make_facts([[{"channel": "x", "position": 0}], []])
    journeys = derive(events, JourneyOptions())
    assert count_paths(journeys, coded)[0].keys == ("c",)


def take_channels(make_facts: MakeEvents, channels: Any) -> Any:
    events = [{"channel": c, "position": i} for i, c in enumerate(channels)]
    event_table = make_facts([events])
    return count_paths(derive(event_table, JourneyOptions()), event_table.touches.channel)[0]


def test_journeys_lead_to_their_paths(make_facts: MakeEvents) -> None:
    customers: list[list[dict[str, Any]]] = [
        [{"channel": "b", "position": 0}, {"position": 1, "value": 3.0}],
        [],
        [{"channel": "b", "position": 0}],
        [{"channel": "a", "position": 0}, {"channel": None, "position": 1}],
    ]
    events = make_facts(customers)
    paths, path = count_paths(derive(events, JourneyOptions()), events.touches.channel)
    assert spelled(paths) == {(): (0, 0, 1), ("b",): (1, 3, 1), ("a", None): (0, 0, 1)}
    by_journey = [
        tuple(paths.keys[c] for c in paths.codes[paths.offsets[p] : paths.offsets[p + 1]])
        for p in path
    ]
    assert by_journey == [("b",), (), ("b",), ("a", None)]


def test_of_collapsed_repeats_the_last_touch_stays(make_facts: MakeEvents) -> None:
    channels: list[list[str | None]] = [
        ["a", "a", "b"],
        [],
        ["b", "b"],
        [None, None, "a", "a", "a"],
    ]
    events = make_facts(
        [[{"channel": c, "position": i} for i, c in enumerate(cs)] for cs in channels]
    )
    journeys = derive(events, JourneyOptions())
    collapsed = collapse(journeys, events.touches.channel)
    assert collapsed.touch.tolist() == [1, 2, 4, 6, 9]
    assert collapsed.offsets.tolist() == [0, 2, 2, 3, 5]
    paths, _ = count_paths(journeys, events.touches.channel, collapse_repeats=True)
    assert set(spelled(paths)) == {("a", "b"), (), ("b",), (None, "a")}


@given(
    rows=st.lists(st.lists(st.integers(0, 2), max_size=40), max_size=12),
    wide=st.sampled_from([(3, 20), (1000, 20), (3, 63), (2**31 - 1, 63)]),
)
def test_packed_rows_are_equal_exactly_where_rows_are(rows: Any, wide: Any) -> None:
    n_keys, bits = wide
    codes = np.array([code * ((n_keys - 1) // 2) for row in rows for code in row], np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BITS", bits)  # few bits make blocks of blocks needed
        packed = pack(np.cumsum([0, *map(len, rows)]), codes, n_keys)
    equal = packed[:, None] == packed[None, :]
    expected = [[one == other for other in rows] for one in rows]
    np.testing.assert_array_equal(equal, np.array(expected, bool).reshape(equal.shape))


def test_long_paths_that_differ_at_one_end_only_are_told_apart(make_paths: MakePaths) -> None:
    long = ["a", "b"] * 500
    rows = [(long, 1, 0, 0), (["b", *long], 2, 0, 0), ([*long, "b"], 4, 0, 0), (long, 8, 0, 0)]
    assert sorted(spelled(make_paths(rows)).values()) == [(2, 0, 0), (4, 0, 0), (9, 0, 0)]


def test_rows_are_taken_in_the_order_asked_for() -> None:
    offsets, codes = take(np.array([0, 2, 2, 5]), np.arange(5), np.array([2, 1, 0]))
    assert offsets.tolist() == [0, 3, 3, 5]
    assert codes.tolist() == [2, 3, 4, 0, 1]


def test_the_sample_has_as_many_paths_as_it_is_said_to_have(pathdata: PathCounts) -> None:
    assert len(pathdata) == 5408
    assert (pathdata.conversions.sum(), pathdata.nulls.sum()) == (19785, 68602)
    assert pathdata.keys == (
        *("alpha", "beta", "delta", "epsilon", "eta", "gamma", "iota", "kappa", "lambda", "mi"),
        *("theta", "zeta"),
    )
