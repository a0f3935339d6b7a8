"""What a fitted network predicts for units: curves, and what each element of a creative adds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gnn.fatigue.graphs import UnitColumns, graph_of
from gnn.fatigue.model import FatigueNetwork, FatigueSizes, coalitions_of_kinds, shapley_of_kinds

AHEAD = 5
"""Point of the curve whose log ratio elements share: 15 days."""


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
    curves, values = network.with_coalitions(graph_of(columns), coalitions, AHEAD, count)
    return Predicted(
        curves.log_level.double().numpy(),
        curves.log_ratio.double().numpy(),
        shapley_of_kinds(values).double().numpy(),
    )


def state_of(network: FatigueNetwork) -> dict[str, NDArray[np.float32]]:
    """Parameters by name."""
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def load_network(sizes: FatigueSizes, state: Mapping[str, NDArray[np.float32]]) -> FatigueNetwork:
    """The network of which these are the parameters."""
    network = FatigueNetwork(sizes)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    return network.eval()
