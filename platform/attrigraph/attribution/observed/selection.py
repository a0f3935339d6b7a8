"""The events of a window, for models of complete histories."""

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
    """A selection of events; all customers are kept.

    Attributes:
        events: all customers with the selected events.
        touch: int64, row of each touch in the original event table.
        conversion: int64, row of each conversion in the original event table.
    """

    events: EventTable
    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]


def select_events(
    events: EventTable, window: tuple[int, int] | None, kinds: Collection[str] = ()
) -> Selection:
    """Select the touches in a window, and the conversions of some kinds in it.

    Args:
        events: all events.
        window: epoch milliseconds ``[start, end)``; None for all.
        kinds: kinds of conversions; empty for all.
    """
    touches, conversions = events.touches, events.conversions
    touch = np.flatnonzero(_inside(touches.time, window))
    is_selected = _inside(conversions.time, window)
    if kinds:
        is_kind = np.array([key in kinds for key in conversions.kind.keys], dtype=bool)
        is_selected &= np.append(is_kind, False)[conversions.kind.codes]
    conversion = np.flatnonzero(is_selected)
    selected = replace(
        events, touches=_selected(touches, touch), conversions=_selected(conversions, conversion)
    )
    return Selection(selected, touch, conversion)


def _inside(times: NDArray[np.int64], window: tuple[int, int] | None) -> NDArray[np.bool_]:
    if window is None:
        return np.ones(len(times), dtype=bool)
    return (times >= window[0]) & (times < window[1])


def _selected(events: Any, rows: NDArray[np.intp]) -> Any:
    """The selected touches or conversions; all of them need no copy."""
    return events if len(rows) == len(events) else take_rows(events, rows)


def take_rows(events: Any, rows: NDArray[np.intp]) -> Any:
    """The given rows of touches or conversions."""
    columns = {field.name: getattr(events, field.name) for field in fields(events)}
    return type(events)(**{name: _taken(column, rows) for name, column in columns.items()})


def _taken(column: Any, rows: NDArray[np.intp]) -> Any:
    """The rows of a column; a column that was not read stays None."""
    if column is None:
        return None
    if isinstance(column, Categorical):
        return Categorical(column.keys, column.codes[rows])
    return column[rows]
