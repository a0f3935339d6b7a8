import itertools
import random

import numpy as np

from attrigraph.domain import NO_TIME, string_array
from attrigraph.domain.order import tie_hash
from attrigraph.graph.relink import Events, Link, changes, converted, preceded

Row = tuple[int, int, int, int, str]


def events(rows: list[Row]) -> Events:
    numbers = np.array([row[:4] for row in rows], np.int64).reshape(-1, 4)
    customer, time, nanosecond, position = numbers.T
    ids = string_array([row[4] for row in rows])
    return Events(customer, time, nanosecond.astype(np.int32), position, ids)


def in_order(row: Row) -> tuple[int, ...]:
    return (*row[:4], int(tie_hash([row[4]])[0]))


def naive_preceded(touches: list[Row]) -> dict[str, str]:
    pairs = itertools.pairwise(sorted(touches, key=in_order))
    return {a[4]: b[4] for a, b in pairs if a[0] == b[0]}


def naive_converted(touches: list[Row], conversions: list[Row]) -> dict[str, str]:
    last = {}
    for customer, *when, key in conversions:
        before = [t for t in touches if t[0] == customer and t[1:4] < tuple(when)]
        if before:
            last[key] = max(before, key=in_order)[4]
    return last


def test_links_agree_with_a_naive_sort_for_ties_and_without_times() -> None:
    draw = random.Random(7)
    for _ in range(300):
        timed = draw.random() < 0.7

        def when(timed: bool = timed) -> tuple[int, int, int]:
            time = (draw.randrange(3), draw.choice([0, 0, 1, 999_999])) if timed else (NO_TIME, 0)
            return (*time, draw.randrange(2))

        rows = [(draw.randrange(3), *when(), str(i)) for i in range(draw.randrange(12))]
        draw.shuffle(rows)
        made = [(draw.randrange(4), *when(), f"v{i}") for i in range(draw.randrange(6))]
        following = preceded(events(rows))
        assert {link.start: link.end for link in following.values()} == naive_preceded(rows)
        ending = converted(events(rows), events(made))
        assert {key: link.start for key, link in ending.items()} == naive_converted(rows, made)


def test_links_have_whole_seconds_or_none_without_times() -> None:
    timed = preceded(events([(0, 1000, 0, 0, "a"), (0, 62_999, 0, 0, "b")]))
    assert timed == {"a": Link("a", "b", 61)}
    finer = preceded(events([(0, 1000, 500, 0, "a"), (0, 62_000, 499, 0, "b")]))
    assert finer == {"a": Link("a", "b", 60)}
    assert preceded(events([(0, NO_TIME, 0, 0, "a"), (0, NO_TIME, 0, 1, "b")]))["a"].seconds is None


def test_only_links_that_differ_are_replaced() -> None:
    before = {"a": Link("a", "c", 2), "c": Link("c", "d", 1)}
    after = {"a": Link("a", "b", 1), "b": Link("b", "c", 1), "c": Link("c", "d", 1)}
    removed, added = changes(before, after)
    assert removed == ["a"]
    assert added == [Link("a", "b", 1), Link("b", "c", 1)]
