"""What every adapter does: correct the scores of a frozen model, and learn from a gradient.

An adapter knows neither the model nor the loss. The model gives scores ``[n_outputs]`` for a case
with features ``x`` ``[n_features]``, and the adapter adds a correction, which is 0 until it learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Adapter(Protocol):
    """A correction of scores that is linear in the features."""

    @property
    def parameters(self) -> dict[str, Floats]:
        """All that it has learnt, by name: the arrays themselves, not copies."""
        ...

    def correction(self, x: Floats) -> Floats:
        """What is added to the scores ``[n_outputs]`` of a case."""
        ...

    def learn(self, x: Floats, gradient: Floats) -> None:
        """Take one step against the gradient of the loss by the scores ``[n_outputs]``."""
        ...

    def reset(self) -> None:
        """Forget all, so that the correction is 0."""
        ...

    def mark_boundary(self) -> None:
        """Protect what has been learnt until now, where the adapter can: errors have changed."""
        ...


def state_of(adapter: Adapter) -> dict[str, Floats]:
    """Copies of the parameters, from which ``load_state`` restores them to the bit."""
    return {name: array.copy() for name, array in adapter.parameters.items()}


def load_state(adapter: Adapter, state: Mapping[str, Floats]) -> None:
    """Replace the parameters of an adapter by those of a state.

    Raises:
        InputError: the state is of another kind or size of adapter; nothing is replaced.
    """
    parameters = adapter.parameters
    expected = {name: array.shape for name, array in parameters.items()}
    given = {name: array.shape for name, array in state.items()}
    if expected != given:
        raise InputError(
            f"the state of the adapter must have the arrays {expected}, got {given}: "
            "load it into an adapter of the same kind and size"
        )
    for name, array in parameters.items():
        array[...] = state[name]
