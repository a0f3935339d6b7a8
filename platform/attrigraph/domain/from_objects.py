"""Touchpoint and conversion objects as a table, with the checks that files get."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
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
from attrigraph.domain.events import (
    Conversion,
    Conversions,
    EventTable,
    Touches,
    Touchpoint,
)
from attrigraph.domain.order import event_order
from attrigraph.errors import InputError
from attrigraph.escaping import is_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Event = TypeVar("Event", Touchpoint, Conversion)


def events_from_objects(
    touchpoints: Sequence[Touchpoint],
    conversions: Sequence[Conversion],
    customers: Iterable[str] = (),
) -> EventTable:
    """Touchpoints and conversions as columns, sorted as ``EventTable`` requires.

    The customers are those of the events and ``customers``, who may be without events. Whole
    numbers are taken as ids and names by their digits, as files have them; a channel,
    campaign or creative that is empty or missing (None, NaN, NA) is unknown.

    Raises:
        InputError: an id or customer is missing, an id occurs twice, a name is neither text nor a
            whole number, a time is no datetime with a zone, or a value or cost is not a number of
            at least 0.
    """
    _check_types(touchpoints, Touchpoint)
    _check_types(conversions, Conversion)
    touchpoints = [_checked_touchpoint(touch, row) for row, touch in enumerate(touchpoints)]
    conversions = [_checked(end, row, "conversion") for row, end in enumerate(conversions)]
    events: list[Touchpoint | Conversion] = [*touchpoints, *conversions]
    names = sorted({*customers, *(event.customer_id for event in events)})
    place = {customer: row for row, customer in enumerate(names)}
    touches = _ordered(touchpoints, place, "touchpoint")
    ends = _ordered(conversions, place, "conversion")
    return EventTable(
        customers=string_array(names),
        bucket=buckets_of(names),
        touches=Touches(
            **_common(touches, place),
            channel=Categorical.encode(touch.channel for touch in touches),
            campaign=Categorical.encode(touch.campaign for touch in touches),
            creative=Categorical.encode(touch.creative for touch in touches),
            cost=np.array([_cost(touch) for touch in touches], float),
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


def _check_types(events: Sequence[object], form: type[Touchpoint | Conversion]) -> None:
    for row, event in enumerate(events):
        if not isinstance(event, form):
            raise InputError(
                f"expected {form.__name__} objects or a data frame, got {event!r} of type "
                f"{type(event).__name__} at index {row}; read files with `attrigraph attribute "
                "--input`, or as a data frame"
            )


def _checked_touchpoint(touch: Touchpoint, row: int) -> Touchpoint:
    checked = _checked(touch, row, "touchpoint")
    channel = _name(touch.channel, "channel", touch.id)
    campaign = _name(touch.campaign, "campaign", touch.id)
    creative = _name(touch.creative, "creative", touch.id)
    if channel is touch.channel and campaign is touch.campaign and creative is touch.creative:
        return checked
    return replace(checked, channel=channel, campaign=campaign, creative=creative)


def _checked(event: Event, row: int, noun: str) -> Event:
    """The event with text for its ids."""
    customer = _name(event.customer_id, "customer_id", f"{noun} {row}")
    identifier = _name(event.id, "id", f"{noun} {row}")
    if customer is None or identifier is None:
        missing = "customer_id" if customer is None else "id"
        raise InputError(f"the {noun} at index {row} has no {missing}; each needs one")
    if event.timestamp is not None and not _is_time(event.timestamp):
        raise InputError(
            f"the timestamp of {identifier!r} must be a datetime with a time zone, or None where "
            f"only the order is known; got {event.timestamp!r}"
        )
    if customer is event.customer_id and identifier is event.id:
        return event
    return replace(event, customer_id=customer, id=identifier)


def _name(value: object, field: str, owner: object) -> str | None:
    """Text, or the digits of a whole number; None where nothing is known."""
    if isinstance(value, str):
        if not value.strip():
            return None
        if not is_utf8(value):
            raise InputError(f"the {field} of {owner!r} holds half a character: {value!r}")
        return str(value)  # NumPy has texts of its own
    if _is_missing(value):
        return None
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    raise InputError(
        f"the {field} of {owner!r} must be text or a whole number, got {value!r} of type "
        f"{type(value).__name__}"
    )


def _is_missing(value: object) -> bool:
    """Whether this is None, NaN, NaT or pandas' NA."""
    try:
        return value is None or bool(value != value)  # NaN and NaT are not equal to themselves
    except TypeError:  # NA is neither equal nor unequal
        return True


def _is_time(value: object) -> bool:
    """Whether this is a point in time; pandas' NaT is a datetime and not equal to itself."""
    return isinstance(value, datetime) and value == value


def _ordered(events: Sequence[Event], place: dict[str, int], noun: str) -> list[Event]:
    ids = list(map(attrgetter("id"), events))
    if len(set(ids)) < len(ids):
        twice = next(name for name, count in Counter(ids).items() if count > 1)
        raise InputError(f"duplicate {noun} id {twice!r}; ids must be unique")
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


def _cost(touch: Touchpoint) -> float:
    return float("nan") if touch.cost is None else _amount(touch.id, "cost", touch.cost)


def _amount(owner: str, name: str, amount: float) -> float:
    try:
        is_amount = bool(0 <= amount < float("inf"))
    except TypeError:  # no number
        is_amount = False
    if not is_amount:
        raise InputError(f"the {name} of {owner!r} must be a number of at least 0, got {amount!r}")
    return float(amount)
