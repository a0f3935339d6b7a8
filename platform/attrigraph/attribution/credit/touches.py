"""Credit of single touches, the atom of every roll-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TouchCredit:
    """Credit of single touches for single conversions, as columns.

    Attributes:
        touch: int64 ``[n]``, row in ``EventTable.touches``.
        conversion: int64 ``[n]``, row in ``EventTable.conversions``.
        credit: float64 ``[n]``, part of the conversion. A rule's are above 0 and those of a
            conversion add up to one; an incremental model's may be below 0 and leave a part.
        value: float64 ``[n]``, the same part of the conversion's value.
        captured: float64 ``[n]``, part of the conversion that the touch captured at the moment of
            purchase, not in ``credit``; None for models that do not separate it.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]
    captured: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.touch)
