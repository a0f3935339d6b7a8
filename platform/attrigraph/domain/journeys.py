"""Journeys and paths, derived from events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """Journeys derived from events, one after another (compressed rows).

    Journey j owns the touches ``touch[offsets[j]:offsets[j + 1]]``, oldest first; it may own none.

    Attributes:
        offsets: int64 ``[n_journeys + 1]``.
        touch: int64 ``[n]``, row in ``EventTable.touches``; a touch is in several journeys only
            where touches are re-used.
        customer: int32 ``[n_journeys]``, index into ``EventTable.customers``.
        conversion: int64 ``[n_journeys]``, row in ``EventTable.conversions``, -1 where none.
        value: float64 ``[n_journeys]``, the conversion's value, 0 where none.
        age: float64 ``[n]``, days from the touch to the journey's end; NaN where times are missing.
    """

    offsets: NDArray[np.int64]
    touch: NDArray[np.int64]
    customer: NDArray[np.int32]
    conversion: NDArray[np.int64]
    value: NDArray[np.float64]
    age: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.conversion)

    @property
    def converted(self) -> NDArray[np.bool_]:
        """Bool ``[n_journeys]``: which journeys end in a conversion."""
        return self.conversion >= 0


@dataclass(frozen=True, slots=True, eq=False)
class PathCounts:
    """Distinct paths and how often each occurred: all that most models need.

    Path p is ``codes[offsets[p]:offsets[p + 1]]``; the empty path is that of journeys without a
    touch.

    Attributes:
        keys: what the codes name: channels, campaigns or creatives; None is the key of touches
            for which it is unknown.
        offsets: int64 ``[n_paths + 1]``.
        codes: int32 ``[n]``, index into ``keys``.
        conversions: float64 ``[n_paths]``, converting journeys.
        value: float64 ``[n_paths]``, sum of their values.
        nulls: float64 ``[n_paths]``, journeys that did not convert.
    """

    keys: tuple[str | None, ...]
    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]
    conversions: NDArray[np.float64]
    value: NDArray[np.float64]
    nulls: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.conversions)
