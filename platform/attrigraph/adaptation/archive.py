"""Arrays by name as bytes, and back to the bit."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def to_bytes(arrays: Mapping[str, Floats]) -> bytes:
    """The arrays in the format npz."""
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, Floats]:
    """The arrays that ``to_bytes`` was given."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)
