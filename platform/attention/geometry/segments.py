"""Segments and parents of points from their distances alone, in any geometry."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attention.geometry.lorentz import norm, polar_distances


@dataclass(frozen=True, eq=False)
class Segments:
    """A partition of points around some of them.

    Attributes:
        labels: Segment of each point, from 0.
        medoids: The point in the middle of each segment.
        cost: Sum over the points of the (squared) distance to their medoid.
    """

    labels: Int[Tensor, " m"]
    medoids: Int[Tensor, " s"]
    cost: float


def segments(square: Float[Tensor, "m m"], count: int, *, iterations: int = 100) -> Segments:
    """Cluster points by their fused distances around medoids, points that stand for a segment.

    Kaufman and Rousseeuw 1990: medoids are added greedily, each where it lowers the cost most, then
    exchanged, one for one, as long as that lowers it further. Exchanges are weighed all at once by
    the nearest and the second nearest medoid (Schubert and Rousseeuw 2019), ``O(m^2)`` a round.
    Deterministic; ties go to the lower index.

    Args:
        square: Symmetric distances or squared distances between all points.
        count: Number of segments.
        iterations: At most so many exchanges.

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
        change, leaving, entering = best_exchange(square, middle)
        if change >= 0:
            break
        middle[leaving] = entering
    apart, labels = square[:, middle].min(1)
    return Segments(labels, middle, float(apart.sum()))


def best_exchange(
    square: Float[Tensor, "m m"], medoids: Int[Tensor, " s"]
) -> tuple[float, int, int]:
    """Find the exchange of a medoid for another point that lowers the cost most.

    Returns:
        The change of the cost, which medoid leaves, and which point enters.
    """
    m, s = len(square), len(medoids)
    if s == m:
        return 0.0, 0, 0
    near, labels = square[:, medoids].topk(min(2, s), dim=1, largest=False)
    first = near[:, :1]
    second = near[:, 1:] if s > 1 else torch.full_like(first, torch.inf)
    kept = torch.minimum(first, square)  # [point, entering]
    orphaned = torch.minimum(second, square) - kept
    cost = kept.sum(0) + orphaned.new_zeros(s, m).index_add(0, labels[:, 0], orphaned)
    cost[:, medoids] = torch.inf
    best = int(cost.argmin())
    change = float(cost.flatten()[best] - first.sum())
    # what rounding calls a gain could be exchanged for ever
    noise = 10 * torch.finfo(square.dtype).eps * float(first.sum())
    return (change if change < -noise else 0.0), best // m, best % m


def hierarchy(tangents: Float[Tensor, "m d"], *, neighbours: int = 8) -> Int[Tensor, " m"]:
    """Guess the parent of each point of a trained tree: near it, and nearer the root.

    Among its nearest neighbours in hyperbolic space, take the nearest with a smaller radius. A
    point without such a neighbour has no parent (-1): it is a root.

    Args:
        tangents: Tangents at the origin; the radius tells how specific a point is.
        neighbours: How many neighbours are looked at.
    """
    m = len(tangents)
    radius = norm(tangents)[:, 0]
    apart = polar_distances(tangents, tangents)
    apart = apart + torch.diag(apart.new_full((m,), torch.inf))
    k = min(neighbours, m - 1)
    near, place = apart.topk(k, dim=1, largest=False)
    above = radius[place] < radius[:, None]
    best = torch.where(above, near, torch.inf)
    if k == 0:
        return torch.full((m,), -1, device=tangents.device)
    parent = place.gather(1, best.argmin(1, keepdim=True))[:, 0]
    return torch.where(above.any(1), parent, -1)
