"""What files state of single events beyond what models read: audience, UTM fields, own columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Flags, Rows

PropertyValue = str | int | float | bool | date
"""A text, number, truth value, date or time with zone."""

PropertyType = Literal["integer", "number", "boolean", "date", "time", "text"]


@dataclass(frozen=True, slots=True, eq=False)
class EventProperties:
    """Properties of n touches or conversions, each combination of them once.

    Attributes:
        combinations: properties by their name in the graph; those that are missing are left out.
        codes: int ``[n]``, index into ``combinations``; -1 for none.
    """

    combinations: tuple[Mapping[str, PropertyValue], ...]
    codes: NDArray[np.signedinteger[Any]]

    def __getitem__(self, rows: slice | Flags | Rows) -> EventProperties:
        return replace(self, codes=self.codes[rows])

    def in_use(self) -> EventProperties:
        """The same without combinations that no event has."""
        used, codes = np.unique(self.codes, return_inverse=True)
        missing = len(used) > 0 and used[0] < 0
        kept = tuple(self.combinations[code] for code in used[int(missing) :])
        return EventProperties(kept, codes - int(missing))

    def names(self) -> list[str]:
        """The names that any combination has, sorted."""
        return sorted({name for one in self.combinations for name in one})
