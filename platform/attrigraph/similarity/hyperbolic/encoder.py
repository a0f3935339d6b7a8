"""The trained encoder of texts in NumPy: a text vector's position, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """``width -> hidden -> dimensions`` with GELU; ``gnn.hierarchy.encoder`` trains the weights.

    Attributes:
        hidden_weight: ``[hidden, width]``.
        hidden_bias: ``[hidden]``.
        out_weight: ``[dimensions, hidden]``.
        out_bias: ``[dimensions]``.
        max_radius: largest radius of a position.
    """

    hidden_weight: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    out_weight: NDArray[np.float64]
    out_bias: NDArray[np.float64]
    max_radius: float

    def place(self, texts: NDArray[np.floating]) -> NDArray[np.float64]:
        """Positions of text vectors ``[n, width]`` as tangents at the origin ``[n, dimensions]``.

        Only the direction of a text vector counts; a vector of zeros has a position too.

        Raises:
            InputError: the width is another, or a value is not finite.
        """
        width = self.hidden_weight.shape[1]
        if texts.ndim != 2 or texts.shape[1] != width:
            raise InputError(f"text vectors must have the shape (n, {width}), got {texts.shape}")
        if not np.isfinite(texts).all():
            raise InputError("text vectors must be finite, got NaN or infinity")
        hidden = _unit_rows(texts) @ self.hidden_weight.T + self.hidden_bias
        tangents = (hidden * ndtr(hidden)) @ self.out_weight.T + self.out_bias
        radius = np.linalg.norm(tangents, axis=1, keepdims=True)
        return np.asarray(tangents * (self.max_radius / np.maximum(radius, self.max_radius)))


def _unit_rows(texts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows scaled to length 1 without overflow; rows of zeros stay zeros."""
    largest = np.abs(texts).max(axis=1, keepdims=True, initial=0.0)
    scaled = texts.astype(np.float64) / np.where(largest > 0, largest, 1.0)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.asarray(scaled / np.where(length > 0, length, 1.0))
