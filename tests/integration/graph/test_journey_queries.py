"""Queries about journeys on a world of repeats, ties and a hub, against the documented rule."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.graph.catalogue import query
from attrigraph.graph.explore import run_query
from attrigraph.graph.ingest import ingest_batch
from attrigraph.settings import DATABASE
from event_tables import event_table
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attrigraph.stores import Stores

START = datetime(2026, 1, 1, tzinfo=UTC)
HUB = "hub"


def world(seed: int, hub: int = 90) -> tuple[list[Touchpoint], list[Conversion]]:
    """Few instants for many events, two kinds of conversions, and a customer with most of them."""
    draw = random.Random(seed)
    touches, conversions = [], []
    for name, size in [*((f"c{number}", 8) for number in range(25)), (HUB, hub)]:
        days = 12 if name != HUB else 60
        for i in range(draw.randrange(size + 1) if name != HUB else size):
            channel = draw.choice([None, "mail", "search", "tv"])
            touches.append(Touchpoint(f"{name}-t{i}", name, _at(draw, days), channel))
        conversions += [
            Conversion(
                id=f"{name}-v{i}",
                customer_id=name,
                timestamp=_at(draw, days),
                value=float(draw.randrange(9)),
                kind=draw.choice(["purchase", "signup"]),
                position=draw.randrange(2),
            )
            for i in range(draw.choice([0, 1, 3]) if name != HUB else size // 3)
        ]
    return touches, conversions


def _at(draw: random.Random, days: int) -> datetime:
    return START + timedelta(days=draw.randrange(days), hours=draw.choice([0, 1]))


def journeys(
    touches: Sequence[Touchpoint],
    conversions: Sequence[Conversion],
    period: tuple[datetime, datetime],
    lookback: int,
) -> Iterator[tuple[Conversion, list[Touchpoint]]]:
    """The conversions of a period with their touches, by definition."""

    def place(event: Touchpoint | Conversion) -> tuple[datetime, int]:
        assert event.timestamp is not None
        return event.timestamp, event.position

    own = defaultdict(list)
    for touch in touches:
        own[touch.customer_id].append(touch)
    for made in conversions:
        at, _ = place(made)
        if not period[0] <= at < period[1]:
            continue
        before = [
            place(other)
            for other in conversions
            if (other.customer_id, other.kind) == (made.customer_id, made.kind)
            and (*place(other), other.id) < (*place(made), made.id)
        ]
        since = (at - timedelta(days=lookback), -1)
        yield (
            made,
            sorted(
                (
                    touch
                    for touch in own[made.customer_id]
                    if max(before, default=since) <= place(touch) < place(made)
                    and since <= place(touch)
                ),
                key=lambda touch: (*place(touch), touch.id),
            ),
        )


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
        for made, path in known[:9]:
            more = {"conversion": made.id, "lookbackDays": lookback}
            rows = run_query(graph.driver, "journey_of_conversion", more)
            assert [row["touch"] for row in rows] == [touch.id for touch in path]


def _rows(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row[name] for name in columns) for row in rows)


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
