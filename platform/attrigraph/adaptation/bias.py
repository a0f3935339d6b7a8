"""The smallest adapter: a constant for each output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.clipping import clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BIAS_RATE: Final = 0.05
"""Part of the gradient that one step takes off the constants, in every adapter."""


class BiasAdapter:
    """Adds a constant to each score: it follows shifts that all cases have in common."""

    def __init__(self, n_outputs: int) -> None:
        self.bias = np.zeros(n_outputs)

    @property
    def parameters(self) -> dict[str, Floats]:
        """The constants."""
        return {"bias": self.bias}

    def correction(self, x: Floats) -> Floats:  # noqa: ARG002, the protocol's
        """The constants, whatever the features."""
        return self.bias.copy()

    def learn(self, x: Floats, gradient: Floats) -> None:  # noqa: ARG002, the protocol's
        """Take one step of rate ``BIAS_RATE``."""
        self.bias -= BIAS_RATE * clipped(gradient)

    def reset(self) -> None:
        """Set the constants to 0."""
        self.bias.fill(0)

    def mark_boundary(self) -> None:
        """Nothing is protected."""
