"""Journeys as graphs of PyTorch Geometric, and mini-batches of them.

A batch is one ``HeteroData`` graph with two kinds of nodes and two of edges::

    touch [-1 unknown]  --preceded {days between}-->  touch      the next touch of the same journey
    touch               --in-->                       journey

Masked touches are removed *before* the graph is built, and the touches around the gap are linked,
as if the masked touch had never happened. All index arrays come from the columns' offsets in a few
array operations; no graph store is queried.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import HeteroData

from gnn.journeys import KINDS, JourneyColumns

PRECEDED = ("touch", "preceded", "touch")
IN = ("touch", "in", "journey")


def graph_of(journeys: JourneyColumns, hidden: NDArray[np.int64] | None = None) -> HeteroData:
    """Build the graph of some journeys.

    Args:
        journeys: the columns.
        hidden: number of touches of each journey that training dropped, ``[journeys]``; none if
            None. Touches removed as if they had never happened are not hidden.

    Returns:
        ``touch``: ``code`` int64 ``[touches, 3]`` (channel, campaign, creative; 0 where unknown,
        else the code plus 1) and ``days`` float64 ``[touches]``; ``journey``: ``covariates``
        float32 ``[journeys, p]``, ``converted``, ``weight`` and ``hidden`` float32 ``[journeys]``;
        PRECEDED edges with ``days`` float32 ``[edges]``, the time between.
    """
    owner = journeys.journey
    linked = np.flatnonzero(owner[1:] == owner[:-1])
    gap_days = journeys.days[linked] - journeys.days[linked + 1]
    codes = np.stack([journeys.channel, journeys.campaign, journeys.creative], axis=1) + 1
    graph = HeteroData()
    graph["touch"].code = torch.from_numpy(codes)
    graph["touch"].days = torch.from_numpy(journeys.days)
    graph["touch"].num_nodes = len(owner)
    graph["journey"].covariates = torch.from_numpy(journeys.covariates).float()
    graph["journey"].converted = torch.from_numpy(journeys.converted).float()
    graph["journey"].weight = torch.from_numpy(journeys.weight).float()
    dropped = np.zeros(len(journeys)) if hidden is None else hidden
    graph["journey"].hidden = torch.from_numpy(dropped).float()
    graph["journey"].num_nodes = len(journeys)
    graph[PRECEDED].edge_index = torch.from_numpy(np.stack([linked, linked + 1]))
    graph[PRECEDED].days = torch.from_numpy(gap_days).float()
    graph[IN].edge_index = torch.from_numpy(np.stack([np.arange(len(owner)), owner]))
    return graph


def batch_rows(
    journeys: JourneyColumns, size: int, rng: np.random.Generator | None = None
) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of mini-batches of journeys of similar length, which need little padding.

    Args:
        journeys: the columns.
        size: journeys per batch, at least 1.
        rng: shuffles journeys of similar length, and the batches; without it the order is by length
            alone.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 journey per batch, got {size}")
    if rng is None:
        order = np.argsort(journeys.touches, kind="stable")
    else:
        # noise on the lengths: batches of a single length would make noisy steps
        noisy_length = journeys.touches * np.exp(0.5 * rng.random(len(journeys))) + rng.random(
            len(journeys)
        )
        order = np.argsort(noisy_length)
    starts = np.arange(0, len(order), size)
    for start in starts if rng is None else rng.permutation(starts):
        yield order[start : start + size]


def check_codes(journeys: JourneyColumns, sizes: tuple[int, int, int]) -> None:
    """Raise ``ValueError`` for codes outside a vocabulary of these sizes."""
    for kind, size, codes in zip(
        KINDS, sizes, (journeys.channel, journeys.campaign, journeys.creative), strict=True
    ):
        if len(codes) and codes.max() >= size:
            raise ValueError(
                f"{kind} codes must be below {size}, the size of the vocabulary, got {codes.max()}"
            )
