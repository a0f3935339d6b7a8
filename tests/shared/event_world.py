"""Events of customers for tests of queries: repeats, ties and a customer with most of them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.graph.channel_days import link_channel_days
from attrigraph.graph.ingest import ingest_batch
from event_tables import EPOCH, event_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def place(event: Touchpoint | Conversion) -> tuple[datetime, int]:
    """When an event is in the order of its customer."""
    assert event.timestamp is not None
    return event.timestamp, event.position


def journeys(
    touches: Sequence[Touchpoint],
    conversions: Sequence[Conversion],
    period: tuple[datetime, datetime],
    lookback: int,
) -> Iterator[tuple[Conversion, list[Touchpoint]]]:
    """The conversions of a period with their touches, by definition."""

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


def within(event: Touchpoint | Conversion, period: tuple[int, int]) -> bool:
    """Whether an event is in a period: first day, and last day (exclusive)."""
    at, (first, end) = place(event)[0], period
    return START + timedelta(days=first) <= at < START + timedelta(days=end)


class World:
    """Events with costs and campaigns; positions state the order of touches at one time."""

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
        return [touch for own in self.own.values() for touch in own if within(touch, period)]

    def following(self, touch: Touchpoint) -> Touchpoint | None:
        """The customer's next touch."""
        own = self.own[touch.customer_id]
        index = own.index(touch) + 1
        return own[index] if index < len(own) else None
