"""Types of the small journeys that tests make, and of the fixtures that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrigraph.domain import EventTable, PathCounts

Row = tuple[Sequence[str | None], float, float, float]
"""Keys of a path, conversions, value and journeys without a conversion."""

Event = dict[str, Any]
Customers = Sequence[Sequence[Event]]
MakePaths = Callable[[Iterable[Row]], PathCounts]
MakeEvents = Callable[[Customers], EventTable]
