"""Learning positions in the Poincare ball by Riemannian gradient descent (Nickel and Kiela 2017).

In two dimensions, as for a picture, this reconstructs a tree that Adam on tangents does not; from
five on Adam is as good and faster.
"""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from attention.geometry.lorentz import norm
from gnn.hierarchy.loss import ball_distance, ranking_loss
from gnn.hierarchy.negatives import Batch, epoch_batches
from gnn.hierarchy.training import HierarchySettings, check_nodes

MAX_NORM = 1 - 1e-5
"""Largest norm of a point, which is a radius of 12.2."""

DISC = HierarchySettings(
    dimensions=2, scale=1.0, epochs=80, batch_size=32, learning_rate=0.3, burn_in=20
)
"""Settings of a picture."""


def fit_ball(
    pairs: NDArray[np.int64], n_nodes: int, settings: HierarchySettings = DISC
) -> NDArray[np.float64]:
    """Learn positions from all pairs (node, ancestor); return tangents ``[n_nodes, dimensions]``.

    The settings of the encoder, of the radius term and of the largest radius do not count.

    Raises:
        ValueError: a pair has a node outside the tree.
    """
    check_nodes(pairs, n_nodes)
    rng = np.random.default_rng(settings.seed)
    points = rng.uniform(-1e-3, 1e-3, (n_nodes, settings.dimensions))
    for epoch in range(settings.epochs):
        rate = settings.rate(epoch)
        for batch in epoch_batches(
            pairs,
            n_nodes,
            negatives=settings.negatives,
            batch_size=settings.batch_size,
            rng=rng,
        ):
            nodes, inverse = batch.unique()
            points[nodes] = _step(points[nodes], inverse, batch, settings.scale, rate)
    return _tangents(points)


def _step(
    points: NDArray[np.float64],
    inverse: NDArray[np.int64],
    batch: Batch,
    scale: float,
    rate: float,
) -> NDArray[np.float64]:
    """Points after one step against the sum of a batch's losses."""
    x = torch.from_numpy(points).requires_grad_()
    places = x[torch.from_numpy(inverse)]
    distances = ball_distance(places[:, :1], places[:, 1:])
    loss = ranking_loss(distances, torch.from_numpy(batch.masked), scale).sum()
    (gradient,) = torch.autograd.grad(loss, x)
    moved = project(x.detach() - rate * riemannian_gradient(x.detach(), gradient))
    return np.asarray(moved.numpy())


def riemannian_gradient(x: Float[Tensor, "n d"], gradient: Tensor) -> Float[Tensor, "n d"]:
    """The gradient in the ball's metric: ``(1 - |x|^2)^2 / 4`` times that of the coordinates."""
    return (1 - x.square().sum(-1, keepdim=True)).square() / 4 * gradient


def project(x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Pull points beyond ``MAX_NORM`` back to it."""
    length = norm(x)
    return torch.where(length > MAX_NORM, x * (MAX_NORM / length.clamp_min(MAX_NORM)), x)


def _tangents(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tangents at the origin of points of the ball: ``r = 2 artanh |x|``."""
    length = np.linalg.norm(points, axis=1, keepdims=True)
    scale = 2 * np.arctanh(length) / np.maximum(length, np.finfo(np.float64).tiny)
    return np.asarray(points * scale)
