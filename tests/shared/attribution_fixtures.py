"""Types of the fixtures that the tests of attribution share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrigraph.domain import Categorical, EventTable, PathCounts

MakeEvents = Callable[[Sequence[Sequence[dict[str, Any]]]], EventTable]
MakePaths = Callable[[Iterable[tuple[Sequence[str | None], float, float, float]]], PathCounts]
MakeCoded = Callable[[Sequence[str | None]], Categorical]
