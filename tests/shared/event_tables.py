"""Touchpoints and conversions as the tables that loads write."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import NO_TIME, Categorical, Conversions, EventTable, Touches
from attrigraph.domain.order import tie_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attrigraph.domain import Conversion, StringArray, Touchpoint

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def texts(values: Iterable[str]) -> StringArray:
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def coded(values: Sequence[str | None]) -> Categorical:
    keys = tuple(sorted({value for value in values if value is not None}))
    return Categorical(
        keys, np.array([-1 if v is None else keys.index(v) for v in values], np.int32)
    )


def epoch(time: datetime | None) -> int:
    return NO_TIME if time is None else (time - EPOCH) // timedelta(milliseconds=1)


def finer(time: datetime | None) -> int:
    return 0 if time is None else (time - EPOCH) % timedelta(milliseconds=1) * 1000 // MICROSECOND


def event_table(
    touches: Iterable[Touchpoint], conversions: Iterable[Conversion] = ()
) -> EventTable:
    rows, made = list(touches), list(conversions)
    events: list[Touchpoint | Conversion] = [*rows, *made]
    bucket = {row.customer_id: zlib.crc32(row.customer_id.encode()) % 1024 for row in events}
    customers = sorted(bucket, key=lambda name: (bucket[name], name))
    place = {name: number for number, name in enumerate(customers)}

    def key(row: Touchpoint | Conversion) -> tuple[int, ...]:
        when = (epoch(row.timestamp), finer(row.timestamp), row.position)
        return (place[row.customer_id], *when, int(tie_hash([row.id])[0]))

    rows.sort(key=key)
    made.sort(key=key)

    def number(values: Iterable[int], kind: Any) -> Any:
        return np.array(list(values), kind)

    return EventTable(
        texts(customers),
        number((bucket[name] for name in customers), np.int32),
        Touches(
            texts(row.id for row in rows),
            number((place[row.customer_id] for row in rows), np.int32),
            number((epoch(row.timestamp) for row in rows), np.int64),
            number((finer(row.timestamp) for row in rows), np.int32),
            number((row.position for row in rows), np.int32),
            coded([row.kind for row in rows]),
            coded([row.channel for row in rows]),
            coded([row.campaign for row in rows]),
            coded([row.creative for row in rows]),
            np.array([np.nan if row.cost is None else row.cost for row in rows], np.float64),
        ),
        Conversions(
            texts(row.id for row in made),
            number((place[row.customer_id] for row in made), np.int32),
            number((epoch(row.timestamp) for row in made), np.int64),
            number((finer(row.timestamp) for row in made), np.int32),
            number((row.position for row in made), np.int32),
            coded([row.kind for row in made]),
            np.array([row.value for row in made], np.float64),
        ),
    )
