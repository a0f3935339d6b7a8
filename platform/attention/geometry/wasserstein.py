"""Sliced-Wasserstein distances and transport plans between weighted point clouds.

Bonneel et al. 2015: along a random direction optimal transport is a matter of sorting::

    SW2^2(A, B) = mean_l integral_0^1 (F^-1_{A theta_l}(t) - F^-1_{B theta_l}(t))^2 dt

In expectation over directions ``SW2^2 <= W2^2 / d``, so ``sqrt(d) SW2`` is on the scale of
distances. Each direction also pairs the points: the best pairing is a feasible plan and its cost
an upper bound on the exact one (Mahey et al. 2023).

Clouds are ``(*batch, k, d)`` with weights ``(*batch, k)`` that sum to 1 in each cloud; points of
weight 0 are padding and may hold anything.
"""

import importlib
from dataclasses import dataclass
from types import ModuleType

import torch
from jaxtyping import Float, Int
from torch import Tensor

MAX_EXACT_POINTS = 500
"""Largest number of points of a cloud for the exact plan, whose cost grows with its cube."""


MAX_PAIRS = 32_768
"""Largest number of pairs of clouds in the median; larger indexes are sampled."""


class MissingTransportError(ImportError):
    """The exact plan needs the optional package POT, which is not installed."""


@dataclass(frozen=True, eq=False)
class TransportPlan:
    """The mass that moves from each point of one cloud to each point of another.

    Attributes:
        plan: Mass, at least 0; rows sum to the weights of the first cloud, columns to the second's.
        plan_cost: ``sum plan |x - y|^2``.
        upper_bound: True when ``plan_cost`` may exceed the exact ``W2^2``.
    """

    plan: Float[Tensor, "k1 k2"]
    plan_cost: float
    upper_bound: bool


def directions(
    dim: int, projections: int = 64, *, seed: int = 42, like: Tensor | None = None
) -> Float[Tensor, "d l"]:
    """Draw directions uniformly on the sphere, the same for the same seed on any device.

    Args:
        dim: Width of the points.
        projections: Number of directions.
        seed: Random seed.
        like: Tensor whose dtype and device the directions take.
    """
    if dim < 1 or projections < 1:
        raise ValueError(f"dim and projections must be at least 1, got {dim} and {projections}")
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(dim, projections, generator=generator, dtype=torch.float64)
    theta: Tensor = drawn / torch.linalg.vector_norm(drawn, dim=0)
    return theta if like is None else theta.to(like)


def naive_sliced_wasserstein(
    a: Float[Tensor, "k1 d"],
    b: Float[Tensor, "k2 d"],
    theta: Float[Tensor, "d l"],
    a_weights: Float[Tensor, " k1"],
    b_weights: Float[Tensor, " k2"],
    p: float = 2.0,
) -> Float[Tensor, ""]:
    """Compute ``SW_p^p`` direction by direction, moving mass from left to right."""
    total = a.new_zeros(())
    for direction in theta.T:
        x, y = a @ direction, b @ direction
        left = sorted(zip(x.tolist(), a_weights.tolist(), strict=True))
        right = sorted(zip(y.tolist(), b_weights.tolist(), strict=True))
        (here, mass), (there, room) = left.pop(0), right.pop(0)
        while True:
            moved = min(mass, room)
            total += moved * abs(here - there) ** p
            mass, room = mass - moved, room - moved
            if mass <= room:
                if not left:
                    break
                here, mass = left.pop(0)
            else:
                if not right:
                    break
                there, room = right.pop(0)
    return total / theta.shape[-1]


def sliced_wasserstein(
    a: Float[Tensor, "*#batch k1 d"],
    b: Float[Tensor, "*#batch k2 d"],
    theta: Float[Tensor, "d l"],
    a_weights: Float[Tensor, "*#batch k1"] | None = None,
    b_weights: Float[Tensor, "*#batch k2"] | None = None,
    *,
    p: float = 2.0,
) -> Float[Tensor, "*batch"]:
    """``SW_p^p`` of clouds whose batch dimensions broadcast; squared distance units for ``p = 2``.

    Equal sizes without weights need one sort per cloud; other clouds need a merged quantile grid.

    Args:
        a: First clouds.
        b: Second clouds.
        theta: Unit directions, in columns.
        a_weights: Weights of the points, summing to 1; ``None`` for equal ones.
        b_weights: The same for ``b``.
        p: Power of the cost, at least 1.
    """
    if p < 1:
        raise ValueError(f"p must be at least 1, got {p}")
    if a_weights is None and b_weights is None and a.shape[-2] == b.shape[-2]:
        difference = (a @ theta).sort(-2).values - (b @ theta).sort(-2).values
        return power(difference, p).mean((-2, -1))
    x, x_levels, _ = quantiles(a, equal_weights(a) if a_weights is None else a_weights, theta)
    y, y_levels, _ = quantiles(b, equal_weights(b) if b_weights is None else b_weights, theta)
    mass, i, j = merged_grid(x_levels, y_levels)
    difference = take(x, i) - take(y, j)
    return (mass * power(difference, p)).sum(-1).mean(-1)


def power(difference: Tensor, p: float) -> Tensor:
    """``|difference|^p``, as a square for ``p = 2``."""
    return difference.square() if p == 2 else difference.abs() ** p


def equal_weights(cloud: Float[Tensor, "*batch k d"]) -> Float[Tensor, "*batch k"]:
    """Return equal weights for the points of a cloud."""
    return torch.full_like(cloud[..., 0].detach(), 1 / cloud.shape[-2])


def quantiles(
    cloud: Float[Tensor, "*batch k d"],
    weights: Float[Tensor, "*#batch k"],
    theta: Float[Tensor, "d l"],
) -> tuple[Float[Tensor, "*batch l k"], Float[Tensor, "*batch l k"], Int[Tensor, "*batch l k"]]:
    """Quantile function of a cloud along each direction.

    Returns:
        Sorted projections, the cumulative weight including each, and the index of its point.
    """
    x, order = (cloud @ theta).transpose(-2, -1).sort(-1)
    mass = weights[..., None, :].expand(x.shape).gather(-1, order)
    levels = mass.cumsum(-1)
    # the last level is exactly 1, or rounding would move some mass to padding
    return x, levels / levels[..., -1:], order


def merged_grid(
    x_levels: Float[Tensor, "*#batch l k1"], y_levels: Float[Tensor, "*#batch l k2"]
) -> tuple[Float[Tensor, "*batch l k"], Int[Tensor, "*batch l k"], Int[Tensor, "*batch l k"]]:
    """Split [0, 1] at both sets of levels; return the pieces' lengths and points in each cloud."""
    batch = (x_levels[..., 0] + y_levels[..., 0]).shape
    x_levels = x_levels.expand(*batch, -1).contiguous()
    y_levels = y_levels.expand(*batch, -1).contiguous()
    levels = torch.cat((x_levels, y_levels), -1).sort(-1).values
    mass = levels.diff(dim=-1, prepend=torch.zeros_like(levels[..., :1]))
    grid = levels.detach()
    i = torch.searchsorted(x_levels.detach(), grid).clamp_max(x_levels.shape[-1] - 1)
    j = torch.searchsorted(y_levels.detach(), grid).clamp_max(y_levels.shape[-1] - 1)
    return mass, i, j


def take(values: Tensor, index: Tensor) -> Tensor:
    """Gather along the last dimension, broadcasting the others to those of the index."""
    return values.expand(*index.shape[:-1], -1).gather(-1, index)


def pairwise_sliced_wasserstein(
    query: Float[Tensor, "*batch n k1 d"],
    keys: Float[Tensor, "*batch m k2 d"],
    theta: Float[Tensor, "d l"],
    query_weights: Float[Tensor, "*batch n k1"] | None = None,
    key_weights: Float[Tensor, "*batch m k2"] | None = None,
    *,
    p: float = 2.0,
) -> Float[Tensor, "*batch n m"]:
    """``SW_p^p`` of every query cloud with every key cloud."""
    return sliced_wasserstein(
        query[..., :, None, :, :],
        keys[..., None, :, :, :],
        theta,
        None if query_weights is None else query_weights[..., :, None, :],
        None if key_weights is None else key_weights[..., None, :, :],
        p=p,
    )


@torch.no_grad()
def median_distance(
    index: Float[Tensor, "m k d"],
    theta: Float[Tensor, "d l"],
    weights: Float[Tensor, "m k"] | None = None,
    *,
    p: float = 2.0,
) -> float:
    """Median of ``SW_p^p`` over the pairs of an index: a temperature on the scale of the data.

    More than 32 768 pairs are sampled with seed 42. An index of one cloud, or with median 0, has no
    scale, and its temperature is 1.
    """
    m = len(index)
    first, second = torch.triu_indices(m, m, 1)
    if len(first) > MAX_PAIRS:
        drawn = torch.randperm(len(first), generator=torch.Generator().manual_seed(42))[:MAX_PAIRS]
        first, second = first[drawn], second[drawn]
    distances = [
        sliced_wasserstein(
            index[i],
            index[j],
            theta,
            None if weights is None else weights[i],
            None if weights is None else weights[j],
            p=p,
        )
        for i, j in zip(torch.split(first, 256), torch.split(second, 256), strict=True)
        if len(i)
    ]
    median = float(torch.cat(distances).median()) if distances else 0.0
    return median if median > 0 else 1.0


def best_slice_plan(
    a: Float[Tensor, "k1 d"],
    b: Float[Tensor, "k2 d"],
    theta: Float[Tensor, "d l"],
    a_weights: Float[Tensor, " k1"] | None = None,
    b_weights: Float[Tensor, " k2"] | None = None,
) -> TransportPlan:
    """Return the cheapest in the full space of the plans of all directions.

    Each direction pairs points from left to right. That is a feasible plan, so its cost bounds the
    exact cost from above.
    """
    _, a_levels, a_order = quantiles(a, equal_weights(a) if a_weights is None else a_weights, theta)
    _, b_levels, b_order = quantiles(b, equal_weights(b) if b_weights is None else b_weights, theta)
    mass, i, j = merged_grid(a_levels, b_levels)
    i, j = take(a_order, i), take(b_order, j)
    moved = torch.where(mass > 0, (a[i] - b[j]).square().sum(-1), 0.0)
    costs = (mass * moved).sum(-1)
    best = int(costs.argmin())
    plan = a.new_zeros(len(a) * len(b))
    plan = plan.index_add(0, i[best] * len(b) + j[best], mass[best])
    return TransportPlan(plan.reshape(len(a), len(b)), float(costs[best]), upper_bound=True)


def exact_plan(
    a: Float[Tensor, "k1 d"],
    b: Float[Tensor, "k2 d"],
    a_weights: Float[Tensor, " k1"] | None = None,
    b_weights: Float[Tensor, " k2"] | None = None,
) -> TransportPlan:
    """Optimal plan for the squared Euclidean cost, by the network simplex of POT.

    Raises:
        ValueError: More than 500 points in a cloud.
        MissingTransportError: POT is not installed.
    """
    if max(len(a), len(b)) > MAX_EXACT_POINTS:
        raise ValueError(
            f"a cloud must have at most {MAX_EXACT_POINTS} points for the exact plan, "
            f"got {len(a)} and {len(b)}; use the plan of the best slice"
        )
    pot = import_pot()
    x = equal_weights(a) if a_weights is None else a_weights
    y = equal_weights(b) if b_weights is None else b_weights
    cost = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").square()
    x, y, dense = (t.detach().cpu().double() for t in (x, y, cost))
    plan = torch.from_numpy(pot.emd((x / x.sum()).numpy(), (y / y.sum()).numpy(), dense.numpy()))
    return TransportPlan(plan.to(a), float((plan * dense).sum()), upper_bound=False)


def import_pot() -> ModuleType:
    """Load the optional package of exact optimal transport."""
    try:
        return importlib.import_module("ot")
    except ImportError as error:
        raise MissingTransportError(
            "the exact transport plan needs the package POT: pip install 'attrigraph[transport]'"
        ) from error
