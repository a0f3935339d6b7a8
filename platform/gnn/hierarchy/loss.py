"""The loss of an embedded tree: ancestors are nearer than random other nodes.

For a node u, its ancestor v and negatives N(u), with the distance D and the scale s::

    -log( exp(-s D(u, v)) / (exp(-s D(u, v)) + sum_{v' in N(u)} exp(-s D(u, v'))) )

The radius term makes ancestors lie nearer to the origin, so that a small radius means a general
node. References: Nickel and Kiela 2017 (Poincare embeddings); Ganea et al. 2018 (entailment cones).
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attention.geometry.lorentz import excess_to_distance, exp0, inner, norm

Distance = Callable[[Tensor, Tensor], Tensor]
"""Distances between rows of tangents of equal width, ``[n, 1, d]`` and ``[n, m, d]``."""


def hyperbolic_distance(
    u: Float[Tensor, "*#rows d"], v: Float[Tensor, "*#rows d"]
) -> Float[Tensor, "*rows"]:
    """Distances of rows of tangents in hyperbolic space of curvature -1."""
    return excess_to_distance(-inner(exp0(u), exp0(v)) - 1)


def euclidean_distance(
    u: Float[Tensor, "*#rows d"], v: Float[Tensor, "*#rows d"]
) -> Float[Tensor, "*rows"]:
    """Distances of rows in flat space, to compare with; 1e-15 keeps the slope at 0 finite."""
    return ((u - v).square().sum(-1) + 1e-15).sqrt()


def ball_distance(
    x: Float[Tensor, "*#rows d"], y: Float[Tensor, "*#rows d"]
) -> Float[Tensor, "*rows"]:
    """``arcosh(1 + 2 |x - y|^2 / ((1 - |x|^2) (1 - |y|^2)))`` in the Poincare ball."""
    inside = (1 - x.square().sum(-1)) * (1 - y.square().sum(-1))
    return excess_to_distance(2 * (x - y).square().sum(-1) / inside)


def ranking_loss(
    distances: Float[Tensor, "n m"], masked: Bool[Tensor, "n m"], scale: float
) -> Float[Tensor, " n"]:
    """The loss of each pair; column 0 holds the ancestor, the others negatives."""
    logits = (-scale * distances).masked_fill(masked, -torch.inf)
    return logits.logsumexp(-1) - logits[:, 0]


def radius_loss(
    nodes: Float[Tensor, "n d"], ancestors: Float[Tensor, "n d"], margin: float
) -> Float[Tensor, " n"]:
    """How far each ancestor's radius exceeds the node's less a margin: radius is generality."""
    gap = norm(ancestors) - norm(nodes) + margin
    return torch.relu(gap)[:, 0]
