"""What a fitted network predicts for units: curves, and what each element of a creative adds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gnn.fatigue.graphs import UnitColumns, graph_of
from gnn.fatigue.model import FatigueNetwork, FatigueSizes, coalitions_of_kinds, shapley_of_kinds

AHEAD = 5
"""Point of the curve whose log ratio elements share: 15 days."""

FEW = 2000
"""Units up to which several threads of torch wait for each other longer than they work."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Curves of units.

    Attributes:
        log_level: log of the highest rate so far, corrected ``[n]``.
        log_ratio: log R at 0, 3, .., 30 days ``[n, 11]``.
        elements: Shapley value of each kind of element for log R in 15 days ``[n, kinds]``.
    """

    log_level: NDArray[np.float64]
    log_ratio: NDArray[np.float64]
    elements: NDArray[np.float64]


@torch.no_grad()
def predict(network: FatigueNetwork, columns: UnitColumns, count: int | None = None) -> Predicted:
    """Curves of the first ``count`` units, or of all; their order changes nothing."""
    coalitions = coalitions_of_kinds(network.sizes.kinds)
    with threads_for(len(columns)):
        curves, values = network.with_coalitions(graph_of(columns), coalitions, AHEAD, count)
    return Predicted(
        curves.log_level.double().numpy(),
        curves.log_ratio.double().numpy(),
        shapley_of_kinds(values).double().numpy(),
    )


@contextmanager
def threads_for(units: int) -> Iterator[None]:
    """One thread of torch where there are few units, as many as before otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if units <= FEW else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def state_of(network: FatigueNetwork) -> dict[str, NDArray[np.float32]]:
    """Parameters by name."""
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def load_network(sizes: FatigueSizes, state: Mapping[str, NDArray[np.float32]]) -> FatigueNetwork:
    """The network of which these are the parameters."""
    network = FatigueNetwork(sizes)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    return network.eval()
