"""Touchpoint and conversion objects as a table, with the checks that files get."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from attrigraph.domain.columns import (
    NO_TIME,
    Categorical,
    buckets_of,
    epoch_ms,
    nanosecond_of,
    string_array,
)
from attrigraph.domain.events import Conversions, EventTable, Touches
from attrigraph.domain.order import event_order
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from attrigraph.domain.events import Conversion, Touchpoint

    Event = TypeVar("Event", Touchpoint, Conversion)


def events_from_objects(
    touchpoints: Sequence[Touchpoint], conversions: Sequence[Conversion]
) -> EventTable:
    """Touchpoints and conversions as columns, sorted as ``EventTable`` says.

    Raises:
        InputError: an id stands twice, a time has no zone, or a value or cost is not a number of
            at least 0.
    """
    events: list[Touchpoint | Conversion] = [*touchpoints, *conversions]
    customers = sorted({event.customer_id for event in events})
    place = {customer: row for row, customer in enumerate(customers)}
    touches = _ordered(touchpoints, place, "touchpoint")
    ends = _ordered(conversions, place, "conversion")
    return EventTable(
        customers=string_array(customers),
        bucket=buckets_of(customers),
        touches=Touches(
            **_common(touches, place),
            channel=Categorical.encode(touch.channel for touch in touches),
            campaign=Categorical.encode(touch.campaign for touch in touches),
            creative=Categorical.encode(touch.creative for touch in touches),
            cost=np.array([_amount(touch.id, "cost", touch.cost) for touch in touches], float),
        ),
        conversions=Conversions(
            **_common(ends, place),
            value=np.array([_amount(end.id, "value", end.value) for end in ends], float),
        ),
    )


def timestamp_ms(name: str, instant: datetime) -> int:
    """An instant as epoch milliseconds, rounded down.

    Raises:
        InputError: it has no time zone.
    """
    if instant.tzinfo is None:
        raise InputError(
            f"{name} needs a time zone, got {instant.isoformat()}; for UTC give tzinfo=datetime.UTC"
        )
    return epoch_ms(instant)


def _time(event: Touchpoint | Conversion) -> int:
    return NO_TIME if event.timestamp is None else timestamp_ms(event.id, event.timestamp)


def _nanosecond(event: Touchpoint | Conversion) -> int:
    return 0 if event.timestamp is None else nanosecond_of(event.timestamp)


def _ordered(events: Sequence[Event], place: dict[str, int], noun: str) -> list[Event]:
    ids = list(map(attrgetter("id"), events))
    if len(set(ids)) < len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise InputError(f"the {noun} {twice!r} stands twice; give each an id of its own")
    columns = _common(events, place)
    order = event_order(
        *(columns[name] for name in ("customer", "time", "nanosecond", "position", "id"))
    )
    return [events[row] for row in order.tolist()]


def _common(events: Sequence[Touchpoint | Conversion], place: dict[str, int]) -> dict[str, Any]:
    """The columns that touches and conversions share."""
    return {
        "id": string_array([event.id for event in events]),
        "customer": np.array([place[event.customer_id] for event in events], dtype=np.int32),
        "time": np.array([_time(event) for event in events], dtype=np.int64),
        "nanosecond": np.array([_nanosecond(event) for event in events], dtype=np.int32),
        "position": np.array([event.position for event in events], dtype=np.int32),
        "kind": Categorical.encode(event.kind for event in events),
    }


def _amount(owner: str, name: str, amount: float | None) -> float:
    if amount is None:
        return float("nan")
    if not 0 <= amount < float("inf"):
        raise InputError(f"the {name} of {owner!r} must be a number of at least 0, got {amount}")
    return amount
