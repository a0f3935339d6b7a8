"""Random graphs of live units for tests of the fatigue network."""

from __future__ import annotations

import numpy as np

from gnn.fatigue.graphs import UnitColumns
from gnn.fatigue.model import POINTS, FatigueNetwork, FatigueSizes

SIZES = FatigueSizes(
    features=5, channels=3, summed=2, kinds=3, width_of_elements=6, edges=4, width=16
)


def random_units(count: int, seed: int, pairs: int = 40) -> UnitColumns:
    """Units of a few campaigns and audiences; some lack elements."""
    rng = np.random.default_rng(seed)
    source, target = rng.integers(count, size=(2, pairs))
    kept = source != target
    elements = rng.normal(size=(count, 3, 6)).astype(np.float32)
    elements[rng.random((count, 3)) < 0.2] = 0
    drops = rng.gamma(1.0, 0.1, size=(count, POINTS))
    return UnitColumns(
        features=rng.normal(size=(count, 5)).astype(np.float32),
        summed=rng.gamma(1.0, size=(count, 2)).astype(np.float32),
        elements=elements,
        groups=np.stack([rng.integers(6, size=count), rng.integers(4, size=count)], axis=1),
        channel=rng.integers(4, size=count),
        source=source[kept],
        target=target[kept],
        edge=rng.gamma(1.0, size=(int(kept.sum()), 4)).astype(np.float32),
        log_peak=rng.normal(-4, 0.5, size=count).astype(np.float32),
        log_ratio=-np.cumsum(drops, axis=1).astype(np.float32),
    )


def random_network(seed: int, sizes: FatigueSizes = SIZES) -> FatigueNetwork:
    """A network whose head is not 0."""
    import torch

    torch.manual_seed(seed)
    network = FatigueNetwork(sizes)
    last = network.head[-1]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.normal_(last.weight, std=0.5)
    return network.eval()
