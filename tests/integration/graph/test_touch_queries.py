"""Queries about the touches of periods on a world of repeats and ties, against plain Python."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.graph.channel_days import link_channel_days
from attrigraph.graph.explore import run_query
from attrigraph.graph.ingest import ingest_batch
from event_tables import EPOCH, event_table
from event_world import START, place, world
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.stores import Stores

PERIODS = [(0, 61), (2, 9)]
"""First day, and last day (exclusive)."""

Row = tuple[Any, ...]


class World:
    """Events as lists. Touches at one time have positions: without, they have no known order."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        touches, self.conversions = world(seed)
        self.own: dict[str, list[Touchpoint]] = defaultdict(list)
        at: Counter[tuple[str, datetime]] = Counter()
        for touch in sorted(touches, key=place):
            key = touch.customer_id, place(touch)[0]
            self.own[touch.customer_id].append(
                replace(
                    touch,
                    kind=draw.choice(["click", "impression"]),
                    campaign=draw.choice(["spring", "brand", None]),
                    cost=draw.choice([None, 0.0, 0.5, 2.0]),
                    position=at[key],
                )
            )
            at[key] += 1
        self.made: dict[str, list[Conversion]] = defaultdict(list)
        for one in sorted(self.conversions, key=place):
            self.made[one.customer_id].append(one)

    def load(self, graph: Stores) -> None:
        touches = [touch for own in self.own.values() for touch in own]
        ingest_batch(graph.driver, event_table(touches, self.conversions))
        days = sorted({(place(touch)[0] - EPOCH).days for touch in touches})
        link_channel_days(graph.driver, days, len(touches), 3)

    def within(self, period: tuple[int, int]) -> list[Touchpoint]:
        return [touch for own in self.own.values() for touch in own if _within(touch, period)]

    def following(self, touch: Touchpoint) -> Touchpoint | None:
        """The customer's next touch."""
        own = self.own[touch.customer_id]
        index = own.index(touch) + 1
        return own[index] if index < len(own) else None


def _within(event: Touchpoint | Conversion, period: tuple[int, int]) -> bool:
    at, (first, end) = place(event)[0], period
    return START + timedelta(days=first) <= at < START + timedelta(days=end)


@pytest.fixture(params=PERIODS)
def period(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param  # type: ignore[no-any-return]


class Asked:
    """Answers of the graph about a period, as sorted tuples of some columns."""

    def __init__(self, graph: Stores, period: tuple[int, int]) -> None:
        first, end = (START + timedelta(days=day) for day in period)
        self.graph, self.period = graph, {"from": first, "to": end}

    def __call__(self, name: str, *columns: str, **more: Any) -> list[Row]:
        rows = run_query(self.graph.driver, name, {**self.period, **more})
        return sorted((tuple(row[column] for column in columns) for row in rows), key=repr)


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=repr)


@cases("seed", range(6), short=1)
def test_touches_by_property(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    touches = known.within(period)
    of_kind: dict[str, list[Touchpoint]] = defaultdict(list)
    for touch in touches:
        of_kind[touch.kind].append(touch)
    columns = ("propertyValue", "touches", "customers", "cost", "priced")
    ask = Asked(graph, period)
    assert ask("touches_by_property", *columns, property="kind", limit=9) == _sorted(
        (
            kind,
            len(own),
            len({touch.customer_id for touch in own}),
            sum(touch.cost or 0.0 for touch in own),
            sum(touch.cost is not None for touch in own),
        )
        for kind, own in of_kind.items()
    )


@cases("seed", range(6), short=1)
def test_reach_and_frequency(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    touches, ask = known.within(period), Asked(graph, period)
    campaigns = Counter((touch.campaign, touch.customer_id) for touch in touches)
    assert ask("reach_by_campaign", "campaign", "reach", "touches", limit=9) == _sorted(
        (
            name,
            sum(campaign == name for campaign, _ in campaigns),
            sum(n for (campaign, _), n in campaigns.items() if campaign == name),
        )
        for name in ("spring", "brand")
    )
    channels = Counter((touch.channel, touch.customer_id) for touch in touches if touch.channel)
    often = Counter((channel, n) for (channel, _), n in channels.items())
    reach = Counter(channel for channel, _ in channels)
    assert ask("frequency_by_channel", "channel", "touches", "customers", "share") == _sorted(
        (channel, n, count, count / reach[channel]) for (channel, n), count in often.items()
    )


@cases("seed", range(6), short=1)
def test_time_between_touches(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    hours: dict[str, list[float | None]] = defaultdict(list)
    for touch in known.within(period):
        after = known.following(touch)
        gap = None if after is None else (place(after)[0] - place(touch)[0]).total_seconds() / 3600
        hours[touch.channel or "?"].append(gap)
    columns = ("touches", "followed", "lowerQuartileHours", "medianHours", "upperQuartileHours")
    answer = Asked(graph, period)("time_between_touches", "channel", *columns)
    assert [row[:3] for row in answer] == _sorted(
        (channel, len(gaps), len([gap for gap in gaps if gap is not None]))
        for channel, gaps in hours.items()
    )
    for channel, *_, low, median, high in answer:
        gaps = [gap for gap in hours[channel] if gap is not None]
        assert [low, median, high] == pytest.approx(quantiles(gaps, n=4, method="inclusive"))
