"""Fitting the fatigue model: Poisson likelihood of clicks in windows around a day."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn.errors import NotConvergedError
from gnn.fatigue.graphs import UNIT, UnitColumns, graph_of
from gnn.fatigue.model import Curves, FatigueNetwork, FatigueSizes


@dataclass(frozen=True)
class FatigueTraining:
    """How a network is fitted.

    Attributes:
        learning_rate: highest rate of AdamW (Loshchilov and Hutter 2019).
        weight_decay: of AdamW.
        epochs: at most; each passes over all snapshots once.
        patience: epochs without a lower loss of held-out campaigns, after which fitting ends.
        seed: of start values and order.
    """

    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    epochs: int = 40
    patience: int = 8
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Observed:
    """What happened to the units of a snapshot, impressions and clicks ``[n, 12]`` each.

    Columns: the first days, the last three days, and ten windows of three days ahead; a window that
    was not seen has no impressions.

    Attributes:
        impressions: at equal conditions ``[n, 12]``.
        clicks: ``[n, 12]``.
        fit: bool ``[n]``: units whose clicks are fitted.
        stop: bool ``[n]``: units whose loss ends the fit.
    """

    impressions: NDArray[np.float32]
    clicks: NDArray[np.float32]
    fit: NDArray[np.bool_]
    stop: NDArray[np.bool_]


def fit_fatigue(
    snapshots: list[tuple[UnitColumns, Observed]],
    sizes: FatigueSizes,
    settings: FatigueTraining | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[FatigueNetwork, list[float]]:
    """Fit a network; the same input and settings give the same network on the same machine."""
    settings = settings or FatigueTraining()
    torch.manual_seed(settings.seed)
    network = FatigueNetwork(sizes)
    graphs = [(graph_of(columns), _tensors(observed)) for columns, observed in snapshots]
    network.standardise(torch.cat([torch.cat([g[UNIT].x, g[UNIT].summed], -1) for g, _ in graphs]))
    optimizer = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
    )
    steps = settings.epochs * len(graphs)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=steps, pct_start=0.15
    )
    rng = np.random.default_rng(settings.seed)
    best, best_state, since, losses = math.inf, copy.deepcopy(network.state_dict()), 0, []
    for epoch in range(settings.epochs):
        network.train()
        for number in rng.permutation(len(graphs)):
            graph, (impressions, clicks, fit, _) = graphs[number]
            if not fit.any():
                continue
            optimizer.zero_grad()
            loss = poisson_loss(network(graph), impressions, clicks, fit)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        losses.append(_held_out(network, graphs))
        if progress is not None:
            progress(epoch + 1, settings.epochs)
        if not math.isfinite(losses[-1]):
            raise NotConvergedError("the loss became non-finite; lower learning_rate")
        if losses[-1] < best - 1e-5:
            best, best_state, since = losses[-1], copy.deepcopy(network.state_dict()), 0
        else:
            since += 1
            if since >= settings.patience:
                break
    network.load_state_dict(best_state)
    return network.eval(), losses


def window_log_ratios(curves: Curves) -> Tensor:
    """Log rates relative to the level in the columns of :class:`Observed` ``[n, 12]``."""
    ratio = curves.log_ratio
    between = (ratio[:, :-1] + ratio[:, 1:]) / 2
    return torch.cat([torch.zeros_like(ratio[:, :1]), ratio[:, :1], between], -1)


def poisson_loss(curves: Curves, impressions: Tensor, clicks: Tensor, chosen: Tensor) -> Tensor:
    """Mean negative log-likelihood of units, each divided by the root of its clicks."""
    log_rate = (curves.log_level[:, None] + window_log_ratios(curves))[chosen]
    impressions, clicks = impressions[chosen], clicks[chosen]
    loss = (log_rate.exp() * impressions - clicks * log_rate).sum(-1)
    floor = torch.special.xlogy(clicks, clicks / impressions.clamp_min(1)) - clicks
    mean: Tensor = ((loss + floor.sum(-1)) / (clicks.sum(-1) + 1).sqrt()).mean()
    return mean


@torch.no_grad()
def _held_out(
    network: FatigueNetwork, graphs: list[tuple[HeteroData, tuple[Tensor, ...]]]
) -> float:
    network.eval()
    total, count = 0.0, 0
    for graph, (impressions, clicks, _, stop) in graphs:
        if stop.any():
            rows = int(stop.sum())
            total += float(poisson_loss(network(graph), impressions, clicks, stop)) * rows
            count += rows
    return total / max(count, 1)


def _tensors(observed: Observed) -> tuple[Tensor, ...]:
    return (
        torch.from_numpy(observed.impressions),
        torch.from_numpy(observed.clicks),
        torch.from_numpy(observed.fit),
        torch.from_numpy(observed.stop),
    )
