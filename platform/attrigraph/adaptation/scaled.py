"""Corrections of outputs of different sizes, learnt in units in which they are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.adaptation.adapter import Adapter

    Floats = NDArray[np.float64]


class Scaled:
    """An adapter whose corrections are multiplied by a scale ``[n_outputs]``.

    With 1 / sqrt(m) for counts around m, gradients of the Poisson loss have a variance of about 1,
    as those of standardised outputs. Otherwise the largest count decides the direction of steps.
    """

    def __init__(self, adapter: Adapter, scale: Floats) -> None:
        self.adapter = adapter
        self.scale = scale

    @property
    def parameters(self) -> dict[str, Floats]:
        """Those of the adapter."""
        return self.adapter.parameters

    def correction(self, x: Floats) -> Floats:
        """That of the adapter, times the scale."""
        return self.scale * self.adapter.correction(x)

    def learn(self, x: Floats, gradient: Floats) -> None:
        """Take one step by the gradient of the adapter's own outputs."""
        self.adapter.learn(x, self.scale * gradient)

    def reset(self) -> None:
        """Reset the adapter."""
        self.adapter.reset()

    def mark_boundary(self) -> None:
        """Mark it in the adapter."""
        self.adapter.mark_boundary()
