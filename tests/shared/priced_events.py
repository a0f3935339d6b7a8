"""Touches with and without a cost."""

from __future__ import annotations

import numpy as np

from attrigraph.domain import Categorical, Conversions, EventTable, Touches


def column(*codes: int, keys: tuple[str, ...]) -> Categorical:
    return Categorical(keys, np.array(codes, np.int32))


def priced_events() -> EventTable:
    """One customer with four touches: two of b, of which one has no cost, one of a, one of none."""
    kinds = column(0, 0, 0, 0, keys=("touch",))
    return EventTable(
        customers=np.array(["c"], dtype=object),
        bucket=np.zeros(1, np.int32),
        touches=Touches(
            id=np.array(["t1", "t2", "t3", "t4"], dtype=object),
            customer=np.zeros(4, np.int32),
            time=np.array([10, 20, 30, 40]),
            nanosecond=np.zeros(4, np.int32),
            position=np.zeros(4, np.int32),
            kind=kinds,
            channel=column(1, 1, 0, -1, keys=("a", "b")),
            campaign=column(-1, -1, -1, -1, keys=()),
            creative=column(-1, -1, -1, -1, keys=()),
            cost=np.array([2.0, np.nan, 4.0, 8.0]),
        ),
        conversions=Conversions(
            id=np.array([], dtype=object),
            customer=np.zeros(0, np.int32),
            time=np.zeros(0, np.int64),
            nanosecond=np.zeros(0, np.int32),
            position=np.zeros(0, np.int32),
            kind=column(keys=()),
            value=np.zeros(0),
        ),
    )
