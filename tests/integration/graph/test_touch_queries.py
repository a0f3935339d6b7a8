"""Queries about the touches of periods on a world of repeats and ties, against plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.graph.explore import run_query
from event_world import START, World, place, within
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.stores import Stores

PERIODS = [(0, 61), (2, 9)]
"""First day, and last day (exclusive)."""

Row = tuple[Any, ...]


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


@cases("seed", range(6), short=1)
def test_transitions(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    everybody: Counter[tuple[str, str | None]] = Counter()
    converters: Counter[tuple[str, str | None]] = Counter()
    for touch in known.within(period):
        after = known.following(touch)
        step = touch.channel or "?", None if after is None else after.channel or "?"
        everybody[step] += 1
        converters[step] += touch.customer_id in known.made
    columns = ("channel", "next", "touches", "share", "ofConverters", "shareOfConverters")
    assert Asked(graph, period)("transitions", *columns, limit=99) == _sorted(
        (*step, n, n / _from(step, everybody), converters[step], _share(step, converters))
        for step, n in everybody.items()
    )


def _from(step: tuple[str, str | None], steps: Counter[tuple[str, str | None]]) -> int:
    return sum(n for other, n in steps.items() if other[0] == step[0])


def _share(step: tuple[str, str | None], steps: Counter[tuple[str, str | None]]) -> float | None:
    total = _from(step, steps)
    return steps[step] / total if total else None


@cases("seed", range(6), short=1)
def test_conversion_rate_by_touches(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    customers: Counter[int] = Counter()
    converted: Counter[int] = Counter()
    for customer, own in known.own.items():
        touches = [touch for touch in own if within(touch, period)]
        made = [one for one in known.made.get(customer, []) if within(one, period)]
        if made:
            touches = [touch for touch in touches if place(touch) < place(made[0])]
        customers[len(touches)] += 1
        converted[len(touches)] += bool(made)
    del customers[0]
    columns = ("touches", "customers", "converted", "rate")
    assert Asked(graph, period)("conversion_rate_by_touches", *columns) == _sorted(
        (n, count, converted[n], converted[n] / count) for n, count in customers.items()
    )


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
def test_cohorts(graph: Stores, period: tuple[int, int], unit: str) -> None:
    known = World(1)
    known.load(graph)
    cohorts: Counter[date] = Counter()
    made: dict[tuple[date, int | None], list[Conversion | str]] = defaultdict(list)
    for customer, first in _newcomers(known, period):
        begins = _begin(place(first)[0].date(), unit)
        cohorts[begins] += 1
        later = [one for one in known.made.get(customer, []) if place(first) < place(one)]
        for one in later:
            made[begins, _elapsed(begins, place(one)[0].date(), unit)].append(one)
        if not later:
            made[begins, None].append(customer)
    columns = ("begins", "cohort", "elapsed", "customers", "conversions", "value")
    assert Asked(graph, period)("cohorts", *columns, unit=unit) == _sorted(
        (
            begins,
            cohorts[begins],
            elapsed,
            len({one if isinstance(one, str) else one.customer_id for one in rows}),
            0 if elapsed is None else len(rows),
            sum(0.0 if isinstance(one, str) else one.value for one in rows),
        )
        for (begins, elapsed), rows in made.items()
    )


def _newcomers(known: World, period: tuple[int, int]) -> list[tuple[str, Touchpoint]]:
    return [(name, own[0]) for name, own in known.own.items() if within(own[0], period)]


def _begin(day: date, unit: str) -> date:
    month = {"quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}.get(unit, day.month)
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
    return date(day.year, month, 1)


def _elapsed(begins: date, day: date, unit: str) -> int:
    """How many units begin after the first day, up to another one."""
    days = (begins + timedelta(days=n) for n in range(1, (day - begins).days + 1))
    return sum(_begin(one, unit) == one for one in days)


@cases("seed", range(6), short=1)
def test_first_channels(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    customers: dict[str, list[list[Conversion]]] = defaultdict(list)
    for customer, first in _newcomers(known, period):
        later = [one for one in known.made.get(customer, []) if place(first) < place(one)]
        customers[first.channel or "?"].append(later)
    columns = ("channel", "customers", "converted", "rate", "conversions", "value")
    assert Asked(graph, period)("first_channels", *columns) == _sorted(
        (
            channel,
            len(made),
            len([one for one in made if one]),
            len([one for one in made if one]) / len(made),
            sum(map(len, made)),
            sum(one.value for later in made for one in later),
        )
        for channel, made in customers.items()
    )


@cases("seed", range(6), short=1)
def test_cost_of_non_converters(graph: Stores, seed: int, period: tuple[int, int]) -> None:
    known = World(seed)
    known.load(graph)
    touches: dict[str, list[Touchpoint]] = defaultdict(list)
    for touch in known.within(period):
        touches[touch.channel or "?"].append(touch)

    def figures(own: list[Touchpoint]) -> Row:
        never = [touch for touch in own if touch.customer_id not in known.made]
        cost, lost = (sum(touch.cost or 0.0 for touch in some) for some in (own, never))
        return (
            len(own),
            sum(touch.cost is not None for touch in own),
            cost,
            len({touch.customer_id for touch in own}),
            len({touch.customer_id for touch in never}),
            lost,
            lost / cost,
        )

    columns = ("touches", "priced", "cost", "customers", "nonConverters", "costOfNonConverters")
    assert Asked(graph, period)("cost_of_non_converters", "channel", *columns, "share") == _sorted(
        (channel, *figures(own)) for channel, own in touches.items()
    )
