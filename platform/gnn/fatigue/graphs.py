"""Graphs of live units: what they share campaigns, audiences and channels with, and resemble."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import HeteroData

UNIT = "unit"
GROUPS = ("campaign", "audience")
"""Kinds of nodes that learn from their units, each unit in one of each."""

CHANNEL = "channel"

SIMILAR = (UNIT, "wears", UNIT)


@dataclass(frozen=True, eq=False)
class UnitColumns:
    """Live units at the end of a day, as arrays.

    Attributes:
        features: figures of each unit ``[n, features]``.
        summed: sums over similar units of the audience ``[n, summed]``; exposures add up, and
            averages over messages cannot count.
        elements: vectors of the elements ``[n, kinds, width]``; 0 where one is absent.
        groups: numbers of campaign and audience ``[n, 2]``.
        channel: number of the channel, one of those that the network knows, or 0 ``[n]``.
        source: rows of units that wear others out ``[edges]``.
        target: rows of these others ``[edges]``.
        edge: what is known of a pair ``[edges, edge features]``.
        log_peak: log of the highest rate so far ``[n]``.
        log_ratio: log R at 0, 3, .., 30 days by another model, which the network corrects
            ``[n, points]``; decreasing and at most 0.
    """

    features: NDArray[np.float32]
    summed: NDArray[np.float32]
    elements: NDArray[np.float32]
    groups: NDArray[np.int64]
    channel: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    edge: NDArray[np.float32]
    log_peak: NDArray[np.float32]
    log_ratio: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.features)


def graph_of(columns: UnitColumns) -> HeteroData:
    """The graph of a snapshot; groups without units are left out.

    Raises:
        ValueError: an edge names no row, or a figure is not finite.
    """
    _check(columns)
    graph = HeteroData()
    graph[UNIT].x = torch.from_numpy(columns.features)
    graph[UNIT].summed = torch.from_numpy(columns.summed)
    graph[UNIT].elements = torch.from_numpy(columns.elements)
    graph[UNIT].log_peak = torch.from_numpy(columns.log_peak)
    graph[UNIT].log_ratio = torch.from_numpy(columns.log_ratio)
    units = torch.arange(len(columns))
    for number, group in enumerate(GROUPS):
        _, of_unit = np.unique(columns.groups[:, number], return_inverse=True)
        index = torch.from_numpy(of_unit.astype(np.int64))
        graph[group].num_nodes = int(index.max()) + 1 if len(index) else 0
        graph[UNIT, "in", group].edge_index = torch.stack([units, index])
    channels, of_unit = np.unique(columns.channel, return_inverse=True)
    graph[CHANNEL].number = torch.from_numpy(channels)
    index = torch.from_numpy(of_unit.astype(np.int64))
    graph[CHANNEL, "of", UNIT].edge_index = torch.stack([index, units])
    graph[SIMILAR].edge_index = torch.from_numpy(np.stack([columns.source, columns.target]))
    graph[SIMILAR].edge_attr = torch.from_numpy(columns.edge)
    return graph


def _check(columns: UnitColumns) -> None:
    for name in ("features", "summed", "elements", "edge", "log_peak", "log_ratio"):
        if not np.isfinite(getattr(columns, name)).all():
            raise ValueError(f"{name} of units must be finite")
    for name in ("source", "target"):
        rows = getattr(columns, name)
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(columns)):
            raise ValueError(
                f"{name} rows must be from 0 to {len(columns) - 1}, got {rows.min()} to"
                f" {rows.max()}"
            )
