"""Segments and parents of points from their distances alone, in any geometry."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attention.geometry.lorentz import norm, polar_distances


@dataclass(frozen=True, eq=False)
class Segments:
    """A partition of points around medoids.

    Attributes:
        labels: Segment of each point, from 0.
        medoids: Index of the central point of each segment.
        cost: Sum over the points of the (squared) distance to their medoid.
    """

    labels: Int[Tensor, " m"]
    medoids: Int[Tensor, " s"]
    cost: float


def segments(square: Float[Tensor, "m m"], count: int, *, iterations: int = 100) -> Segments:
    """Cluster points around medoids (PAM, Kaufman and Rousseeuw 1990).

    Medoids are added greedily, each where it lowers the cost most, then swapped one for one while
    that lowers it further. All swaps of a round are evaluated by the nearest and the second nearest
    medoid (Schubert and Rousseeuw 2019) in ``O(m^2)``. Deterministic; ties go to the lower index.

    Args:
        square: Symmetric distances or squared distances between all points.
        count: Number of segments.
        iterations: Largest number of swaps.

    Raises:
        ValueError: More segments than points, or none.
    """
    m = len(square)
    if not 1 <= count <= m:
        raise ValueError(f"count must lie between 1 and {m}, the number of points, got {count}")
    medoids = [int(square.sum(1).argmin())]
    while len(medoids) < count:
        gain = torch.minimum(square[:, medoids].amin(1, keepdim=True), square).sum(0)
        gain[medoids] = torch.inf
        medoids.append(int(gain.argmin()))
    middle = torch.tensor(medoids, device=square.device)
    for _ in range(iterations):
        change, leaving, entering = best_swap(square, middle)
        if change >= 0:
            break
        middle[leaving] = entering
    distances, labels = square[:, middle].min(1)
    return Segments(labels, middle, float(distances.sum()))


def best_swap(square: Float[Tensor, "m m"], medoids: Int[Tensor, " s"]) -> tuple[float, int, int]:
    """Find the swap of a medoid for another point that lowers the cost most.

    Returns:
        The change of the cost, which medoid leaves, and which point enters.
    """
    m, s = len(square), len(medoids)
    if s == m:
        return 0.0, 0, 0
    nearest, labels = square[:, medoids].topk(min(2, s), dim=1, largest=False)
    first = nearest[:, :1]
    second = nearest[:, 1:] if s > 1 else torch.full_like(first, torch.inf)
    kept = torch.minimum(first, square)  # [point, entering]
    orphaned = torch.minimum(second, square) - kept
    cost = kept.sum(0) + orphaned.new_zeros(s, m).index_add(0, labels[:, 0], orphaned)
    cost[:, medoids] = torch.inf
    best = int(cost.argmin())
    change = float(cost.flatten()[best] - first.sum())
    # a gain from rounding alone could be swapped back and forth without end
    noise = 10 * torch.finfo(square.dtype).eps * float(first.sum())
    return (change if change < -noise else 0.0), best // m, best % m


def hierarchy(tangents: Float[Tensor, "m d"], *, neighbours: int = 8) -> Int[Tensor, " m"]:
    """Estimate the parent of each point of a trained tree.

    The parent is the nearest in hyperbolic space among its nearest neighbours that have a smaller
    radius. A point without such a neighbour has no parent (-1): it is a root.

    Args:
        tangents: Tangents at the origin; points with a larger radius are more specific.
        neighbours: Number of neighbours to search.
    """
    m = len(tangents)
    radius = norm(tangents)[:, 0]
    distances = polar_distances(tangents, tangents)
    distances = distances + torch.diag(distances.new_full((m,), torch.inf))
    k = min(neighbours, m - 1)
    near, index = distances.topk(k, dim=1, largest=False)
    above = radius[index] < radius[:, None]
    best = torch.where(above, near, torch.inf)
    if k == 0:
        return torch.full((m,), -1, device=tangents.device)
    parent = index.gather(1, best.argmin(1, keepdim=True))[:, 0]
    return torch.where(above.any(1), parent, -1)
