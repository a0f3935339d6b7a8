"""Queries about journeys on a world of repeats, ties and a hub, against the documented rule."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.graph.catalogue import query
from attrigraph.graph.explore import run_query
from attrigraph.graph.ingest import ingest_batch
from attrigraph.settings import DATABASE
from event_tables import event_table
from event_world import START, journeys, world
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.stores import Stores

PERIODS = [(0, 61, 30), (2, 9, 3), (5, 40, 0), (0, 61, 90)]
"""First day, last day (exclusive) and lookback, days."""


@cases("seed", range(6), short=2)
def test_journeys_are_those_of_the_rule(graph: Stores, seed: int) -> None:
    touches, conversions = world(seed)
    ingest_batch(graph.driver, event_table(touches, conversions))
    for first, end, lookback in PERIODS:
        period = START + timedelta(days=first), START + timedelta(days=end)
        known = list(journeys(touches, conversions, period, lookback))
        parameters = {"from": period[0], "to": period[1], "lookbackDays": lookback}

        def answer(name: str, *columns: str, **more: Any) -> list[tuple[Any, ...]]:
            rows = run_query(graph.driver, name, {**parameters, **more})  # noqa: B023
            return sorted(_rows(rows, columns), key=repr)

        paths = [([touch.channel or "?" for touch in path], made) for made, path in known]
        assert answer("top_paths", "path", "conversions", "value", limit=999) == _sums(
            (path, made) for path, made in paths
        )
        assert answer("path_length", "touches", "conversions", "value") == _sums(
            (len(path), made) for path, made in paths
        )
        ends = _sums(((path[0], path[-1]) if path else (None, None), made) for path, made in paths)
        assert answer("first_to_last", "first", "last", "conversions", "value") == sorted(
            [(*key, *rest) for key, *rest in ends], key=repr
        )
        lags = _sums((_days(made, path), made) for made, path in known)
        assert answer("time_lag", "days", "conversions", "value") == lags
        assert answer("transitions_of_journeys", "channel", "next", "times", limit=99) == _counts(
            step for path, _ in paths for step in _steps(path)
        )
        sole = Counter(path[0] for path, _ in paths if len(set(path)) == 1)
        present = Counter(channel for path, _ in paths for channel in set(path))
        assert answer("sole_channels", "channel", "sole", "withChannel") == sorted(
            (channel, sole[channel], present[channel]) for channel in present
        )
        chosen, own = paths[0][1], set(_steps(paths[0][0]))
        assert answer(
            *("journeys_like_this", "conversion", "path", "similarity"),
            conversion=chosen.id,
            limit=999,
        ) == sorted(
            (one.id, path, len(own & {*_steps(path)}) / len(own | {*_steps(path)}))
            for path, one in paths[1:]
        )
        for made, path in known[:9]:
            more = {"conversion": made.id, "lookbackDays": lookback}
            rows = run_query(graph.driver, "journey_of_conversion", more)
            assert [row["touch"] for row in rows] == [touch.id for touch in path]


def _rows(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row[name] for name in columns) for row in rows)


def _steps(path: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """From channel to channel, with the start and the conversion as None."""
    return list(pairwise([None, *path, None]))


def _counts(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(((*row, count) for row, count in Counter(rows).items()), key=repr)


def _days(made: Conversion, path: Sequence[Touchpoint]) -> int | None:
    if not path:
        return None
    assert made.timestamp is not None
    assert path[0].timestamp is not None
    return (made.timestamp - path[0].timestamp).days


def _sums(made: Iterable[tuple[Any, Conversion]]) -> list[tuple[Any, ...]]:
    """Each key with the number of its conversions and their value."""
    counts: Counter[str] = Counter()
    values: Counter[str] = Counter()
    keys = {}
    for key, conversion in made:
        keys[repr(key)] = key
        counts[repr(key)] += 1
        values[repr(key)] += conversion.value  # type: ignore[assignment]
    return sorted(((keys[one], counts[one], values[one]) for one in keys), key=repr)


@pytest.mark.parametrize("name", ["top_paths", "path_length", "time_lag", "first_to_last"])
def test_a_conversion_of_a_hub_costs_no_more_than_another_one(graph: Stores, name: str) -> None:
    def hits(size: int) -> float:
        graph.driver.execute_query(
            "MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n", database_=DATABASE
        )
        touches, conversions = world(1, size)
        ingest_batch(graph.driver, event_table(touches, conversions))
        with graph.driver.session(database=DATABASE) as session:
            summary = session.run(
                "PROFILE " + query(f"explore/{name}").text,
                {
                    "from": START,
                    "to": START + timedelta(days=61),
                    "lookbackDays": 30,
                    "limit": 10,
                },
            ).consume()
        return _hits(summary.profile) / len(conversions)

    # most conversions are the hub's in both, and its journeys are as long
    assert hits(2000) < 1.25 * hits(500)


def _hits(plan: Any) -> int:
    return int(plan.get("dbHits", 0)) + sum(map(_hits, plan.get("children", ())))
