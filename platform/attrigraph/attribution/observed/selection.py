"""The events of a window: what a model that looks at whole histories may see."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import Categorical, EventTable

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Some events of all customers.

    Attributes:
        events: the customers with these events.
        touch: int64, row of each touch in the facts they were taken from.
        conversion: int64, the same of each conversion.
    """

    events: EventTable
    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]


def select_events(
    events: EventTable, window: tuple[int, int] | None, kinds: Collection[str] = ()
) -> Selection:
    """The touches and conversions inside a window, and of conversions those of some kinds.

    Args:
        events: all events.
        window: epoch milliseconds, start within and end without; None for all.
        kinds: of conversions; empty means all.
    """
    touches, conversions = events.touches, events.conversions
    touch = np.flatnonzero(_inside(touches.time, window))
    wanted = _inside(conversions.time, window)
    if kinds:
        named = np.array([key in kinds for key in conversions.kind.keys], dtype=bool)
        wanted &= np.append(named, False)[conversions.kind.codes]
    conversion = np.flatnonzero(wanted)
    taken = replace(
        events, touches=_rows(touches, touch), conversions=_rows(conversions, conversion)
    )
    return Selection(taken, touch, conversion)


def _inside(times: NDArray[np.int64], window: tuple[int, int] | None) -> NDArray[np.bool_]:
    if window is None:
        return np.ones(len(times), dtype=bool)
    return (times >= window[0]) & (times < window[1])


def _rows(events: Any, rows: NDArray[np.intp]) -> Any:
    """Some rows of touches or of conversions."""
    columns = {field.name: getattr(events, field.name) for field in fields(events)}
    return type(events)(
        **{
            name: Categorical(column.keys, column.codes[rows])
            if isinstance(column, Categorical)
            else column[rows]
            for name, column in columns.items()
        }
    )
