"""Attribution over touchpoints and conversions held in memory, with no store and no file."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from attrigraph.domain import BUCKETS, NO_TIME, Categorical, Conversions, EventTable, Touches
from attrigraph.errors import InputError
from attrigraph.services.attribute import AttributionOptions, fitting_models, inquire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from attrigraph.domain import Attribution, Conversion, StringArray, Touchpoint


def attribute_events(
    touchpoints: Sequence[Touchpoint],
    conversions: Sequence[Conversion],
    options: AttributionOptions | None = None,
) -> Attribution:
    """Share out conversions over touchpoints; the same credits as through the graph.

    Args:
        touchpoints: in any order; none gives an answer without credits.
        conversions: in any order.
        options: what is asked; ``touch_model`` and ``keep`` play no part.

    Raises:
        InputError: an id stands twice, a time has no zone, or a value or cost is not a number of
            at least 0.
        NeedsTimesError: a model or option needs times and some event has none.
    """
    options = options or AttributionOptions()
    asked = inquire(events_from_objects(touchpoints, conversions), None, options)
    return asked.answer(fitting_models(options, asked, say=_unheard), options.by)


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
    touches = sorted(touchpoints, key=_order)
    ends = sorted(conversions, key=_order)
    return EventTable(
        customers=_text(customers),
        bucket=np.array([crc32(name.encode()) % BUCKETS for name in customers], dtype=np.int32),
        touches=Touches(
            **_common(touches, place, "touchpoint"),
            channel=_coded(touch.channel for touch in touches),
            campaign=_coded(touch.campaign for touch in touches),
            creative=_coded(touch.creative for touch in touches),
            cost=np.array([_amount(touch.id, "cost", touch.cost) for touch in touches], float),
        ),
        conversions=Conversions(
            **_common(ends, place, "conversion"),
            value=np.array([_amount(end.id, "value", end.value) for end in ends], float),
        ),
    )


def epoch_ms(name: str, instant: datetime) -> int:
    """An instant as epoch milliseconds.

    Raises:
        InputError: it has no time zone.
    """
    if instant.tzinfo is None:
        raise InputError(
            f"{name} needs a time zone, got {instant.isoformat()}; for UTC give tzinfo=datetime.UTC"
        )
    return round(instant.timestamp() * 1000)


def _unheard(words: str) -> None:
    del words


def _time(event: Touchpoint | Conversion) -> int:
    return NO_TIME if event.timestamp is None else epoch_ms(event.id, event.timestamp)


def _order(event: Touchpoint | Conversion) -> tuple[str, int, int, str]:
    return event.customer_id, _time(event), event.position, event.id


def _common(
    events: Sequence[Touchpoint] | Sequence[Conversion], place: dict[str, int], noun: str
) -> dict[str, Any]:
    """The columns that touches and conversions share."""
    ids = list(map(attrgetter("id"), events))
    if len(set(ids)) < len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise InputError(f"the {noun} {twice!r} stands twice; give each an id of its own")
    return {
        "id": _text(ids),
        "customer": np.array([place[event.customer_id] for event in events], dtype=np.int32),
        "time": np.array([_time(event) for event in events], dtype=np.int64),
        "position": np.array([event.position for event in events], dtype=np.int32),
        "kind": _coded(event.kind for event in events),
    }


def _text(values: Sequence[str]) -> StringArray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _coded(values: Iterable[str | None]) -> Categorical:
    column = list(values)
    keys = tuple(sorted({value for value in column if value is not None}))
    code: dict[str | None, int] = {key: row for row, key in enumerate(keys)} | {None: -1}
    return Categorical(keys, np.array([code[value] for value in column], dtype=np.int32))


def _amount(owner: str, name: str, amount: float | None) -> float:
    if amount is None:
        return float("nan")
    if not 0 <= amount < float("inf"):
        raise InputError(f"the {name} of {owner!r} must be a number of at least 0, got {amount}")
    return amount
