"""A low-rank correction that protects what it learnt before (elastic weight consolidation).

Online form with a running Fisher diagonal (Kirkpatrick et al. 2017; Schwarz et al. 2018). The
penalty (strength / 2) sum F (theta - anchor)^2 is taken implicitly:

    theta <- (theta - eta g + eta strength F anchor) / (1 + eta strength F)

Explicit steps diverge where eta strength F > 2; these are stable for every strength. F is divided
by its mean, so that the strength has no unit. A rank of 1 or 2 has no room for two tasks: it either
forgets or stops to learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.low_rank import LowRank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MEMORY: Final = 0.999
"""Of the running mean of squared gradients."""

KEPT: Final = 0.9
"""Part of the importance that outlives a boundary at which a parameter did not matter."""


class ElasticLowRank:
    """``LowRank`` whose parameters are held where they mattered before the last boundary."""

    def __init__(
        self,
        n_outputs: int,
        n_features: int,
        *,
        rank: int = 8,
        rate: float = 0.15,
        strength: float = 10.0,
        seed: int = 0,
    ) -> None:
        self.correct = LowRank(n_outputs, n_features, rank=rank, rate=rate, seed=seed)
        self.strength = strength
        learnt = self.correct.parameters
        self.running = {name: np.zeros_like(array) for name, array in learnt.items()}
        self.importance = {name: np.zeros_like(array) for name, array in learnt.items()}
        self.anchor = {name: array.copy() for name, array in learnt.items()}
        self.mean_importance = np.zeros(1)

    @property
    def parameters(self) -> dict[str, Floats]:
        """Factors and constants, and what protects them."""
        protection = {
            f"{kind}_{name}": array
            for kind in ("running", "importance", "anchor")
            for name, array in getattr(self, kind).items()
        }
        return self.correct.parameters | protection | {"mean_importance": self.mean_importance}

    def correction(self, x: Floats) -> Floats:
        """That of the low rank."""
        return self.correct.correction(x)

    def learn(self, x: Floats, gradient: Floats) -> None:
        """Take one step, implicit in the penalty."""
        learnt = self.correct.parameters
        for name, (slope, rate) in self.correct.steps(x, gradient).items():
            self.running[name] *= MEMORY
            self.running[name] += (1 - MEMORY) * slope**2
            pull = rate * self._penalty(name)
            learnt[name] -= rate * slope
            learnt[name] += pull * self.anchor[name]
            learnt[name] /= 1 + pull

    def mark_boundary(self) -> None:
        """Protect what has been learnt until now: the market is about to be another."""
        for name, array in self.correct.parameters.items():
            self.importance[name][...] = np.maximum(
                self.running[name], KEPT * self.importance[name]
            )
            self.anchor[name][...] = array
        self.mean_importance[0] = np.concatenate(
            [array.ravel() for array in self.importance.values()]
        ).mean()

    def reset(self) -> None:
        """Forget what was learnt and what protects it."""
        self.correct.reset()
        for name, array in self.correct.parameters.items():
            self.running[name].fill(0)
            self.importance[name].fill(0)
            self.anchor[name][...] = array
        self.mean_importance.fill(0)

    def _penalty(self, name: str) -> Floats:
        """Strength times importance, of which the mean over all parameters is 1."""
        mean = float(self.mean_importance[0])
        return self.importance[name] * (self.strength / mean if mean > 0 else 0.0)
