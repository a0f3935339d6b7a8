"""A correction with one weight for each output and feature, learnt by normalised gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.adaptation.bias import BIAS_RATE
from attrigraph.adaptation.clipping import clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class FullHead:
    """W x + b, with W from 0 by steps of g x' rate / (1 + |x|^2).

    The normalised step (Nagumo & Noda 1967) takes about ``rate`` of an error off its own case,
    whatever the scale of the features. One step costs O(n_outputs n_features).
    """

    def __init__(self, n_outputs: int, n_features: int, *, rate: float = 0.25) -> None:
        self.weights = np.zeros((n_outputs, n_features))
        self.bias = np.zeros(n_outputs)
        self.rate = rate

    @property
    def parameters(self) -> dict[str, Floats]:
        """Weights and constants."""
        return {"weights": self.weights, "bias": self.bias}

    def correction(self, x: Floats) -> Floats:
        """W x + b."""
        return self.weights @ x + self.bias

    def learn(self, x: Floats, gradient: Floats) -> None:
        """Take one normalised step."""
        g = clipped(gradient)
        self.weights -= np.multiply.outer(g * (self.rate / (1 + x.dot(x))), x)
        self.bias -= BIAS_RATE * g

    def reset(self) -> None:
        """Set weights and constants to 0."""
        self.weights.fill(0)
        self.bias.fill(0)

    def mark_boundary(self) -> None:
        """Nothing is protected."""
