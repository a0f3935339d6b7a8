"""Gradients of bounded length, so that one wild observation cannot undo what was learnt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_LENGTH: Final = 5.0
"""Of the gradient of the loss by the scores."""


def clipped(gradient: Floats) -> Floats:
    """The gradient, shortened to ``MAX_LENGTH`` where it is longer."""
    length = math.sqrt(gradient.dot(gradient))
    return gradient if length <= MAX_LENGTH else gradient * (MAX_LENGTH / length)
