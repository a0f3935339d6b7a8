"""Arrays by name as bytes, and back to the bit; JSON values are arrays, too."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def to_bytes(arrays: Mapping[str, NDArray[Any]], *, compressed: bool = False) -> bytes:
    """The arrays in the format npz."""
    buffer = BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays that ``to_bytes`` was given."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)


def text_array(value: Any) -> NDArray[np.uint8]:
    """A JSON value as an array of such an archive; arrays of texts lose zeros at their ends."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def text_of(array: NDArray[np.uint8]) -> Any:
    """The JSON value of ``text_array``."""
    return json.loads(array.tobytes())
