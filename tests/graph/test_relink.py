import itertools
import random

import numpy as np

from attrigraph.domain import NO_TIME
from attrigraph.graph.relink import Events, Link, changes, converted, preceded

Row = tuple[int, int, int, str]


def events(rows: list[Row]) -> Events:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    ids = np.empty(len(rows), object)
    ids[:] = columns[3]
    return Events(*(np.array(column, np.int64) for column in columns[:3]), ids)


def naive_preceded(touches: list[Row]) -> dict[str, str]:
    pairs = itertools.pairwise(sorted(touches))
    return {a[3]: b[3] for a, b in pairs if a[0] == b[0]}


def naive_converted(touches: list[Row], conversions: list[Row]) -> dict[str, str]:
    last = {}
    for customer, time, position, key in conversions:
        before = [t for t in touches if t[0] == customer and t[1:3] < (time, position)]
        if before:
            last[key] = max(before)[3]
    return last


def test_links_are_those_of_a_sort_also_among_ties_and_without_times() -> None:
    draw = random.Random(7)
    for _ in range(300):
        timed = draw.random() < 0.7
        rows = [
            (draw.randrange(3), draw.randrange(4) if timed else NO_TIME, draw.randrange(3), str(i))
            for i in range(draw.randrange(12))
        ]
        draw.shuffle(rows)
        made = [
            (draw.randrange(4), draw.randrange(4) if timed else NO_TIME, draw.randrange(3), f"v{i}")
            for i in range(draw.randrange(6))
        ]
        following = preceded(events(rows))
        assert {link.start: link.end for link in following.values()} == naive_preceded(rows)
        ending = converted(events(rows), events(made))
        assert {key: link.start for key, link in ending.items()} == naive_converted(rows, made)


def test_links_carry_whole_seconds_and_nothing_where_times_are_missing() -> None:
    timed = preceded(events([(0, 1000, 0, "a"), (0, 62_999, 0, "b")]))
    assert timed == {"a": Link("a", "b", 61)}
    assert preceded(events([(0, NO_TIME, 0, "a"), (0, NO_TIME, 1, "b")]))["a"].seconds is None


def test_only_links_that_differ_are_replaced() -> None:
    before = {"a": Link("a", "c", 2), "c": Link("c", "d", 1)}
    after = {"a": Link("a", "b", 1), "b": Link("b", "c", 1), "c": Link("c", "d", 1)}
    gone, come = changes(before, after)
    assert gone == ["a"]
    assert come == [Link("a", "b", 1), Link("b", "c", 1)]
