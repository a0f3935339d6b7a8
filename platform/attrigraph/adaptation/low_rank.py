"""A correction of low rank (LoRA, Hu et al. 2021): few numbers, thousands of which can be kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.adaptation.bias import BIAS_RATE
from attrigraph.adaptation.clipping import clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class LowRank:
    """s B A x + b with s = 1 / sqrt(rank), A ``[rank, n_features]`` and B ``[n_outputs, rank]``.

    A starts from N(0, 1 / n_features) and B from 0, so that the correction starts from 0. Steps on
    each factor are normalised by what the other contributes, which frees the rate of the scale of
    the features. A is learnt too: random directions alone catch almost nothing of a drift. One step
    costs O((n_outputs + n_features) rank).
    """

    def __init__(
        self, n_outputs: int, n_features: int, *, rank: int = 2, rate: float = 0.15, seed: int = 0
    ) -> None:
        self.a = np.empty((rank, n_features))
        self.b = np.empty((n_outputs, rank))
        self.bias = np.empty(n_outputs)
        self.scale = 1 / math.sqrt(rank)
        self.rate = rate
        self.seed = seed
        self.reset()

    @property
    def parameters(self) -> dict[str, Floats]:
        """Both factors and the constants."""
        return {"a": self.a, "b": self.b, "bias": self.bias}

    def correction(self, x: Floats) -> Floats:
        """The product s B A x, plus b."""
        return self.b @ (self.scale * (self.a @ x)) + self.bias

    def learn(self, x: Floats, gradient: Floats) -> None:
        """Take one normalised step on A, B and the constants."""
        parameters = self.parameters
        for name, (slope, rate) in self.steps(x, gradient).items():
            parameters[name] -= rate * slope

    def steps(self, x: Floats, gradient: Floats) -> dict[str, tuple[Floats, float]]:
        """Gradient and rate of each parameter."""
        g = clipped(gradient)
        inner = self.scale * (self.a @ x)
        flat = self.b.ravel()
        length_a = self.scale**2 * float(flat.dot(flat)) * float(x.dot(x))
        return {
            "a": (np.multiply.outer(self.scale * (g @ self.b), x), self.rate / (1 + length_a)),
            "b": (np.multiply.outer(g, inner), self.rate / (1 + float(inner.dot(inner)))),
            "bias": (g, BIAS_RATE),
        }

    def reset(self) -> None:
        """Set B and the constants to 0, and draw A as at first."""
        n_features = self.a.shape[1]
        draws = np.random.default_rng(self.seed).normal(size=self.a.shape)
        self.a[...] = draws / math.sqrt(n_features)
        self.b.fill(0)
        self.bias.fill(0)

    def mark_boundary(self) -> None:
        """Nothing is protected."""
